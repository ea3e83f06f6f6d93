// SPDX-License-Identifier: GPL-2.0-only
/*
 * Scene race: updates of a counter that get lost.
 */
#include <inttypes.h>

#include "demo_updates.h"
#include "workload_team.h"

static int three_steps(struct demo *demo)
{
	struct seen read, added, written;
	int ret = updates_reset(demo, "counter = 0");

	demo_python(demo, "counter += 1");
	if (!ret)
		ret = demo_begin(demo, demo->thread, UPDATE, 2);
	if (!ret)
		ret = demo_name(demo, "counter", &read);
	if (!ret)
		ret = demo_step(demo, demo->thread, 1);
	if (!ret)
		ret = demo_name(demo, "counter", &added);
	if (!ret)
		ret = demo_step(demo, demo->thread, 1);
	if (!ret)
		ret = demo_name(demo, "counter", &written);
	if (!ret)
		ret = demo_step(demo, demo->thread, 0);
	if (ret)
		return ret;
	demo_claim(demo, "G2", read.id == added.id && added.id != written.id,
		   "counter names object %u after the read, %u after the addition, %u after the "
		   "write", read.id, added.id, written.id);
	return CMD_OK;
}

/* One after the other: as the text would have it. */
static int in_turn(struct demo *demo, int64_t *value)
{
	int ret = updates_reset(demo, "counter = 0; counter += 1; counter += 1");

	for (int i = 0; i < 2 && !ret; i++)
		ret = demo_run(demo, NULL, UPDATE, NULL);
	return ret ? ret : updates_counter(demo, value);
}

static int text_order(struct demo *demo)
{
	int64_t value, alone = 0;
	int ret = updates_interleave(demo, &value);

	if (ret)
		return ret;
	demo_claim(demo, "G4", value == 1,
		   "with the two threads paused in that order, counter is %" PRId64, value);
	ret = in_turn(demo, &alone);
	if (ret)
		return ret;
	demo_claim(demo, "S32", alone == 2 && value == 1,
		   "the same two updates one after the other: %" PRId64 "; in the text's order: %"
		   PRId64, alone, value);
	return CMD_OK;
}

static int internals(struct demo *demo, const struct updates *updates)
{
	unsigned int checked, wrong;
	int ret = demo_miscounted(demo, &checked, &wrong);

	if (ret)
		return ret;
	demo_claim(demo, "S37", checked && !wrong && updates->value < updates->expected,
		   "%" PRId64 " updates were lost, and %" PRIu64 " objects made meanwhile; of the "
		   "%u alive, %u have a count that is not the number of references to them",
		   updates->expected - updates->value, updates->made, checked, wrong);
	return CMD_OK;
}

/* As the text's snippet: with a lock that nobody asks for. Here it is even taken all the time. */
static int take_unused_lock(struct demo *demo)
{
	int ret = updates_make_lock(demo, "lock = Lock()");

	return ret ? ret : demo_run(demo, "lock.acquire()",
				    ASM("LOAD_GLOBAL r0, lock")
				    ASM("LOCK_ACQUIRE r1, r0, nowait"), NULL);
}

static int lose_updates(struct demo *demo, struct updates *updates)
{
	struct seen lock;
	int ret = take_unused_lock(demo);

	demo_python(demo, "t1.start(); t2.start(); t1.join(); t2.join()");
	if (!ret)
		ret = updates_run(demo, &loop_update, true, updates);
	if (!ret)
		ret = demo_name(demo, "lock", &lock);
	if (ret)
		return ret;
	demo_claim(demo, "G1", updates->value > 0 && updates->value < updates->expected,
		   "every instruction a check point: %" PRId64 " of %" PRId64 " updates, %" PRId64
		   " lost; %" PRIu64 " switches", updates->value, updates->expected,
		   updates->expected - updates->value, updates->switches);
	demo_claim(demo, "G5", lock.value == 1 && updates->value < updates->expected,
		   "a third thread had the lock taken, and has it still; the two ran to their ends "
		   "beside it, and lost %" PRId64 " updates", updates->expected - updates->value);
	return internals(demo, updates);
}

static int keep_updates(struct demo *demo, const struct updates *lost)
{
	struct updates updates;
	int ret;

	demo_python(demo, "t1.start(); t2.start(); t1.join(); t2.join()");
	ret = updates_run(demo, &loop_update, false, &updates);
	if (ret)
		return ret;
	demo_seen(demo, updates.value == updates.expected && updates.switches > UPDATE_THREADS,
		  "only backward jumps are check points, as in 3.13: %" PRId64 " of %" PRId64
		  " updates; %" PRIu64 " switches", updates.value, updates.expected,
		  updates.switches);
	demo_claim(demo, "G3", lost->value < lost->expected,
		   "every instruction is one, as in 3.9: %" PRId64 " of %" PRId64, lost->value,
		   lost->expected);
	return CMD_OK;
}

/* How often a value is handed over, and as text. */
#define MESSAGES	200
#define MESSAGES_TEXT	"200"

#define GO_ON(label) \
	ASM("LOAD_CONST r1, 1") \
	ASM("BINARY_OP r0, r0!, r1!, -=") \
	ASM("POP_JUMP_IF_FALSE r0, done") \
	ASM("JUMP_BACKWARD " label)

/*
 * The first thread writes data, then flag, and waits for the answer; the second waits for flag, and
 * looks at data. No check point lies within "me = role; role += 1".
 */
static const char messages[] =
	ASM("LOAD_GLOBAL r0, role")
	ASM("LOAD_CONST r1, 1")
	ASM("BINARY_OP r1, r0, r1!, +")
	ASM("STORE_GLOBAL r1!, role")
	ASM("COPY r1, r0!")
	ASM("LOAD_CONST r0, " MESSAGES_TEXT)
	ASM("POP_JUMP_IF_TRUE r1!, read")
	"write:\n"
	ASM("STORE_GLOBAL r0, data")
	ASM("STORE_GLOBAL r0, flag")
	"wait:\n"
	ASM("LOAD_GLOBAL r1, answer")
	ASM("COMPARE_OP r1, r1!, r0, ==")
	ASM("POP_JUMP_IF_TRUE r1!, answered")
	ASM("JUMP_BACKWARD wait")
	"answered:\n"
	GO_ON("write")
	"read:\n"
	ASM("LOAD_GLOBAL r1, flag")
	ASM("COMPARE_OP r1, r1!, r0, ==")
	ASM("POP_JUMP_IF_TRUE r1!, look")
	ASM("JUMP_BACKWARD read")
	"look:\n"
	ASM("LOAD_GLOBAL r1, data")
	ASM("COMPARE_OP r1, r1!, r0, ==")
	ASM("LOAD_GLOBAL r2, counter")
	ASM("BINARY_OP r2, r2!, r1!, +")
	ASM("STORE_GLOBAL r2!, counter")
	ASM("STORE_GLOBAL r0, answer")
	GO_ON("read")
	"done:\n"
	ASM("RETURN_VALUE r0!");

static int send(struct demo *demo)
{
	struct team_member members[UPDATE_THREADS];
	struct pymm_program *program;
	uint64_t wall_ns;
	int ret = pymm_program_assemble(messages, sizeof(messages) - 1, NULL, &program);

	if (ret)
		return cmd_fail_errno(demo->cmd, ret, "cannot make a program");
	ret = team_run(demo->cmd, demo->arena, program, UPDATE_THREADS, members, &wall_ns, NULL);
	pymm_program_free(program);
	return ret;
}

static int visibility(struct demo *demo)
{
	struct pymm_stat before, after;
	int64_t value = 0;
	int ret = updates_configure(demo, false);

	if (!ret)
		ret = demo_run(demo, "role = data = flag = answer = counter = 0",
			       ASM("LOAD_CONST r0, 0")
			       ASM("STORE_GLOBAL r0, role")
			       ASM("STORE_GLOBAL r0, data")
			       ASM("STORE_GLOBAL r0, flag")
			       ASM("STORE_GLOBAL r0, answer")
			       ASM("STORE_GLOBAL r0!, counter"), NULL);
	demo_python(demo, "data = n; flag = n  # in A, for each n, which then awaits B's answer");
	demo_python(demo, "if flag == n: counter += data == n; answer = n  # in B");
	if (!ret)
		ret = demo_stat(demo, &before);
	if (!ret)
		ret = send(demo);
	if (!ret)
		ret = demo_stat(demo, &after);
	if (!ret)
		ret = updates_counter(demo, &value);
	if (ret)
		return ret;
	demo_claim(demo, "G10", value == MESSAGES &&
		   after.gil_switches - before.gil_switches >= 2 * MESSAGES - 1,
		   "of %d values B saw %" PRId64 " as they were written before the flag; %" PRIu64
		   " switches", MESSAGES, value,
		   (uint64_t)(after.gil_switches - before.gil_switches));
	return CMD_OK;
}

int demo_race(struct demo *demo)
{
	struct updates updates;
	int ret = three_steps(demo);

	if (!ret)
		ret = text_order(demo);
	if (!ret)
		ret = lose_updates(demo, &updates);
	if (!ret)
		ret = keep_updates(demo, &updates);
	return ret ? ret : visibility(demo);
}
