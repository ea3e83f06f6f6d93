// SPDX-License-Identifier: GPL-2.0-only
/*
 * workload threads --mode mixed: some threads compute all the time, the others sleep and count in
 * turn: who gets how much.
 */
#include <inttypes.h>
#include <stdlib.h>

#include "workload_modes.h"

/* counts = 100; while counts > 0: counts -= 1 */
#define COUNTS		100U
#define COUNTS_TEXT	"100"
#define COUNT_INSNS	(1 + 6 * COUNTS - 1)
/* With the loop around it, and the sleep. */
#define ROUND_INSNS	(6 + COUNT_INSNS + 1)

static const char round_text[] =
	ASM("LOAD_CONST r4, " COUNTS_TEXT)
	"count:\n"
	ASM("LOAD_CONST r5, 1")
	ASM("BINARY_OP r4, r4!, r5!, -=")
	ASM("LOAD_CONST r5, 0")
	ASM("COMPARE_OP r6, r4, r5!, >")
	ASM("POP_JUMP_IF_FALSE r6!, rest")
	ASM("JUMP_BACKWARD count")
	"rest:\n"
	ASM("SLEEP r5, r3");

/**
 * struct mixed - all of them
 * @w: the call
 * @sleepers: how many threads sleep: the last ones
 * @arena: where the threads are
 * @computes: what the first ones run
 * @sleeps: what the last ones run
 * @jobs: of each
 * @members: what became of them
 * @wall_ns: how long they ran
 */
struct mixed {
	struct workload *w;
	unsigned int sleepers;
	struct pymm_arena *arena;
	struct pymm_program *computes;
	struct pymm_program *sleeps;
	struct team_job *jobs;
	struct team_member *members;
	uint64_t wall_ns;
};

static bool does_sleep(const struct mixed *mixed, unsigned int i)
{
	return i >= mixed->w->threads - mixed->sleepers;
}

static uint64_t rounds(const struct team_member *member)
{
	return member->run.steps / ROUND_INSNS;
}

static void sum_up(const struct mixed *mixed, uint64_t *steps, uint64_t *held_ns)
{
	*steps = 0;
	*held_ns = 0;
	for (unsigned int i = 0; i < mixed->w->threads; i++) {
		*steps += mixed->members[i].run.steps;
		*held_ns += mixed->members[i].gil.hold_ns;
	}
}

static double percent(uint64_t part, uint64_t whole)
{
	return whole ? 100 * (double)part / (double)whole : 0;
}

static void print_member(const struct mixed *mixed, unsigned int i, uint64_t steps,
			 uint64_t held_ns)
{
	const struct team_member *member = &mixed->members[i];
	uint64_t waits = member->gil.waits ? member->gil.waits : 1;
	char hold[TIME_TEXT_LEN], wait[TIME_TEXT_LEN], wait_max[TIME_TEXT_LEN], text[24] = "-";

	if (does_sleep(mixed, i))
		snprintf(text, sizeof(text), "%" PRIu64, rounds(member));
	printf("%8u %-9s %12" PRIu64 " %5.1f%% %9s %5.1f%% %8s %8" PRIu64 " %9s %9s\n",
	       member->thread_id, does_sleep(mixed, i) ? "sleeps" : "computes",
	       (uint64_t)member->run.steps, percent(member->run.steps, steps),
	       time_text(hold, member->gil.hold_ns), percent(member->gil.hold_ns, held_ns), text,
	       (uint64_t)member->gil.waits, time_text(wait, member->gil.wait_ns / waits),
	       time_text(wait_max, member->gil.wait_max_ns));
}

static void print(const struct mixed *mixed)
{
	const struct workload *w = mixed->w;
	char wall[TIME_TEXT_LEN], think[TIME_TEXT_LEN];
	uint64_t steps, held_ns;

	sum_up(mixed, &steps, &held_ns);
	printf("Threads that compute: %u; that count to %u and sleep %s in turn: %u; for %s\n",
	       w->threads - mixed->sleepers, COUNTS, time_text(think, w->think_ns),
	       mixed->sleepers, time_text(wall, mixed->wall_ns));
	workload_print_config(w);
	printf(", check points: %s\n\n", check_points_text(workload_check_all(w)));
	printf("%8s %-9s %12s %6s %9s %6s %8s %8s %9s %9s\n", "thread", "", "instructions", "",
	       "held", "", "sleeps", "waits", "mean", "longest");
	for (unsigned int i = 0; i < w->threads; i++)
		print_member(mixed, i, steps, held_ns);
}

static void json_thread(const struct mixed *mixed, unsigned int i)
{
	struct json *json = mixed->w->cmd->json;

	json_open_member(json, &mixed->members[i]);
	json_add_string(json, "does", does_sleep(mixed, i) ? "sleeps" : "computes");
	if (does_sleep(mixed, i))
		json_add_uint(json, "sleeps", rounds(&mixed->members[i]));
	json_close(json);
}

static void write_json(const struct mixed *mixed)
{
	const struct workload *w = mixed->w;
	struct json *json = w->cmd->json;

	workload_json(w);
	json_add_bool(json, "check_all", workload_check_all(w));
	json_add_uint(json, "sleep_ns", w->think_ns);
	json_add_uint(json, "ns", mixed->wall_ns);
	json_open_array(json, "members");
	for (unsigned int i = 0; i < w->threads; i++)
		json_thread(mixed, i);
	json_close(json);
	json_close(json);
}

static int make_programs(struct mixed *mixed)
{
	struct workload *w = mixed->w;
	struct loop loop = { .body = round_text, .copies = 1 };
	char setup[64];
	int ret = loop_program(w->cmd, &loop_countdown, INT64_MAX, &mixed->computes);

	snprintf(setup, sizeof(setup), "\tLOAD_CONST r3, %" PRIu64 ".%09" PRIu64 "\n",
		 w->think_ns / 1000000000, w->think_ns % 1000000000);
	loop.setup = setup;
	return ret ? ret : loop_program(w->cmd, &loop, INT64_MAX, &mixed->sleeps);
}

static int measure(struct mixed *mixed)
{
	struct workload *w = mixed->w;
	struct progress progress = { .what = "running", .started_ns = time_now() };
	struct team_order order = {
		.jobs = mixed->jobs,
		.nr = w->threads,
		.limit_ns = w->wanted_ns,
		.progress = &progress,
	};
	int ret;

	for (unsigned int i = 0; i < w->threads; i++)
		mixed->jobs[i] = (struct team_job){
			.arena = mixed->arena,
			.program = does_sleep(mixed, i) ? mixed->sleeps : mixed->computes,
		};
	ret = team_work(w->cmd, &order, mixed->members, &mixed->wall_ns);
	progress_end(&progress);
	return ret;
}

static int run_all(struct mixed *mixed)
{
	int ret;

	if (!mixed->jobs || !mixed->members)
		return cmd_fail(mixed->w->cmd, "out of memory");
	ret = workload_arena(mixed->w, &mixed->arena);
	if (!ret)
		ret = make_programs(mixed);
	if (!ret)
		ret = measure(mixed);
	if (ret)
		return ret;
	if (mixed->w->cmd->json)
		write_json(mixed);
	else
		print(mixed);
	return CMD_OK;
}

int mode_mixed(struct workload *w)
{
	struct mixed mixed = {
		.w = w,
		.sleepers = w->threads / 2,
		.jobs = calloc(w->threads, sizeof(*mixed.jobs)),
		.members = calloc(w->threads, sizeof(*mixed.members)),
	};
	int ret = run_all(&mixed);

	free(mixed.jobs);
	free(mixed.members);
	pymm_program_free(mixed.computes);
	pymm_program_free(mixed.sleeps);
	pymm_arena_close(mixed.arena);
	return ret;
}
