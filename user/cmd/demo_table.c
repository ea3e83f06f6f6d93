// SPDX-License-Identifier: GPL-2.0-only
/*
 * Scene table: what the text sums up.
 */
#include <inttypes.h>

#include "demo_updates.h"
#include "trace_hist.h"
#include "workload_team.h"

static int two_names(struct demo *demo)
{
	struct seen a, b;
	int ret;

	ret = demo_run(demo, "b = []; a = b",
		       ASM("BUILD_LIST r0, ()")
		       ASM("STORE_GLOBAL r0!, b")
		       ASM("LOAD_GLOBAL r0, b")
		       ASM("STORE_GLOBAL r0!, a"), NULL);
	if (!ret)
		ret = demo_prints(demo, "a.append(1); print(b)",
				  ASM("LOAD_GLOBAL r0, a")
				  ASM("LOAD_CONST r1, 1")
				  ASM("LIST_APPEND r0!, r1!")
				  ASM("LOAD_GLOBAL r0, b")
				  ASM("PRINT r0!, end"), "[1]");
	if (!ret)
		ret = demo_name(demo, "a", &a);
	if (!ret)
		ret = demo_name(demo, "b", &b);
	if (ret)
		return ret;
	demo_claim(demo, "T1", a.id == b.id && a.refs == 2,
		   "a names object %u, b %u; its count is %u", a.id, b.id, a.refs);
	return CMD_OK;
}

static int rebind_equal(struct demo *demo)
{
	struct seen first, second;
	int ret;

	ret = demo_run(demo, "n = 256", ASM("LOAD_CONST r0, 256") ASM("STORE_GLOBAL r0!, n"), NULL);
	if (!ret)
		ret = demo_name(demo, "n", &first);
	if (!ret)
		ret = demo_run(demo, "n = n + 0; n = 255 + 1",
			       ASM("LOAD_GLOBAL r0, n")
			       ASM("LOAD_CONST r1, 0")
			       ASM("BINARY_OP r0, r0!, r1!, +")
			       ASM("STORE_GLOBAL r0!, n")
			       ASM("LOAD_CONST r0, 255")
			       ASM("LOAD_CONST r1, 1")
			       ASM("BINARY_OP r0, r0!, r1!, +")
			       ASM("STORE_GLOBAL r0!, n"), NULL);
	if (!ret)
		ret = demo_name(demo, "n", &second);
	if (ret)
		return ret;
	demo_claim(demo, "T2", first.id && first.id == second.id, "id(n) was %u and is %u",
		   first.id, second.id);
	return CMD_OK;
}

static int modify(struct demo *demo)
{
	struct seen before, after;
	int ret;

	ret = demo_run(demo, "d = {}; e = d", ASM("BUILD_MAP r0, ()")
		       ASM("STORE_GLOBAL r0, d")
		       ASM("STORE_GLOBAL r0!, e"), NULL);
	if (!ret)
		ret = demo_name(demo, "d", &before);
	if (!ret)
		ret = demo_prints(demo, "d[1] = 2; print(e)",
				  ASM("LOAD_CONST r0, 2")
				  ASM("LOAD_GLOBAL r1, d")
				  ASM("LOAD_CONST r2, 1")
				  ASM("STORE_SUBSCR r0!, r1!, r2!")
				  ASM("LOAD_GLOBAL r0, e")
				  ASM("PRINT r0!, end"), "{1: 2}");
	if (!ret)
		ret = demo_name(demo, "d", &after);
	if (ret)
		return ret;
	demo_claim(demo, "T3", before.id && before.id == after.id && before.value == 0 &&
		   after.value == 1, "id(d) was %u and is %u; its length was %d and is %d",
		   before.id, after.id, (int)before.value, (int)after.value);
	return CMD_OK;
}

static int garbage(struct demo *demo)
{
	struct seen d = { 0 }, left, gone;
	int ret;

	ret = demo_run(demo, "c = {}; c[1] = c",
		       ASM("BUILD_MAP r0, ()")
		       ASM("LOAD_CONST r1, 1")
		       ASM("STORE_SUBSCR r0, r0, r1!")
		       ASM("STORE_GLOBAL r0!, c"), NULL);
	if (!ret)
		ret = demo_name(demo, "c", &d);
	if (!ret)
		ret = demo_run(demo, "del c", ASM("DELETE_GLOBAL c"), NULL);
	if (!ret)
		ret = demo_object(demo, d.id, &left);
	if (!ret)
		ret = demo_prints(demo, "print(gc.collect())",
				  ASM("GC_COLLECT r0, 2") ASM("PRINT r0!, end"), "1");
	if (!ret)
		ret = demo_object(demo, d.id, &gone);
	if (ret)
		return ret;
	demo_claim(demo, "T4", left.id == d.id && left.refs == 1 && !gone.id,
		   "object %u, a dict in itself, had no name and a count of %u; after the "
		   "collection it is %s", d.id, left.refs, gone.id ? "there" : "gone");
	return CMD_OK;
}

/* One OS thread runs both, so that nothing is simultaneous. */
static int alternate(struct demo *demo)
{
	int64_t value;
	int ret = updates_interleave(demo, &value);

	if (ret)
		return ret;
	demo_claim(demo, "T6", value == 1,
		   "two threads whose instructions alternate, never two at once: 2 updates, "
		   "counter is %" PRId64, value);
	return CMD_OK;
}

#define SLEEPERS	2
/* Two that wait at the same time take less than so much of the time of one after the other. */
#define FASTER		0.75

static int sleep_in_threads(struct demo *demo, const struct pymm_program *program, uint64_t *serial,
			    uint64_t *threads)
{
	struct team_member members[SLEEPERS];
	uint64_t ns;
	int ret = CMD_OK;

	*serial = 0;
	for (int i = 0; !ret && i < SLEEPERS; i++) {
		ret = team_run(demo->cmd, demo->arena, program, 1, members, &ns, NULL);
		*serial += ns;
	}
	return ret ? ret : team_run(demo->cmd, demo->arena, program, SLEEPERS, members, threads, NULL);
}

/* As scene threads shows of those that compute: threads that wait do gain. */
static int speedup(struct demo *demo)
{
	static const char text[] = ASM("LOAD_CONST r0, 0.2") ASM("SLEEP r0, r0!") ASM("RETURN_VALUE r0!");
	char serial_text[TIME_TEXT_LEN], threads_text[TIME_TEXT_LEN];
	uint64_t serial = 0, threads = 0;
	struct pymm_program *program;
	int ret = pymm_program_assemble(text, sizeof(text) - 1, NULL, &program);

	if (ret)
		return cmd_fail_errno(demo->cmd, ret, "cannot make a program");
	demo_python(demo, "time.sleep(.2)  # twice, then in two threads");
	ret = sleep_in_threads(demo, program, &serial, &threads);
	pymm_program_free(program);
	if (ret)
		return ret;
	demo_claim(demo, "T5", (double)threads < FASTER * (double)serial,
		   "two waits one after the other: %s; in two threads: %s; for what computes, see F1",
		   time_text(serial_text, serial), time_text(threads_text, threads));
	return CMD_OK;
}

int demo_table(struct demo *demo)
{
	int ret = two_names(demo);

	if (!ret)
		ret = rebind_equal(demo);
	if (!ret)
		ret = modify(demo);
	if (!ret)
		ret = garbage(demo);
	if (!ret)
		ret = speedup(demo);
	return ret ? ret : alternate(demo);
}
