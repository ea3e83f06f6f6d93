// SPDX-License-Identifier: GPL-2.0-only
/*
 * Scenes model and objects: what there is, before it has names.
 */
#include <inttypes.h>
#include <string.h>

#include "demo.h"

/* ---- model ---- */

/* What a fresh arena has yet to make for itself does not count. */
static int warm_up(struct demo *demo)
{
	return demo_run(demo, NULL, ASM("LOAD_CONST r0, None") ASM("STORE_GLOBAL r0!, a")
			ASM("DELETE_GLOBAL a"), NULL);
}

static int both_halves(struct demo *demo)
{
	struct pymm_gil_args gil_before = { 0 }, gil_after = { 0 };
	struct pymm_stat before, after;
	uint64_t objects, holds;
	int ret = demo_stat(demo, &before), error;

	error = pymm_thread_gil_stat(demo->thread, &gil_before);
	if (!ret)
		ret = demo_run(demo, "a = []",
			       ASM("BUILD_LIST r0, ()") ASM("STORE_GLOBAL r0!, a"), NULL);
	if (!error)
		error = pymm_thread_gil_stat(demo->thread, &gil_after);
	if (!ret)
		ret = demo_stat(demo, &after);
	if (!ret && error)
		ret = cmd_fail_errno(demo->cmd, error, "cannot read GIL counters");
	if (ret)
		return ret;
	objects = after.objects - before.objects;
	holds = gil_after.holds - gil_before.holds;
	demo_claim(demo, "S01", objects == 1 && holds == 1,
		   "the arena's counters: %" PRIu64 " object more; the GIL's: held %" PRIu64
		   " time more, by this thread", objects, holds);
	return CMD_OK;
}

static int two_views(struct demo *demo)
{
	struct demo_output output;
	char expected[64];
	struct seen x;
	int ret;

	ret = demo_run(demo, "x = 300", ASM("LOAD_CONST r0, 300") ASM("STORE_GLOBAL r0!, x"), NULL);
	if (!ret)
		ret = demo_run(demo, "print(type(x), x, id(x))",
			       ASM("LOAD_GLOBAL r0, x")
			       ASM("GET_TYPE r1, r0")
			       ASM("PRINT r1!")
			       ASM("PRINT r0")
			       ASM("GET_ID r0, r0!")
			       ASM("PRINT r0!, end"), &output);
	if (!ret)
		ret = demo_name(demo, "x", &x);
	if (ret)
		return ret;
	snprintf(expected, sizeof(expected), "<class 'int'> 300 %u\n", x.id);
	demo_claim(demo, "S02", !strcmp(output.text, expected) && x.type == PYMM_TYPE_INT &&
		   x.value == 300 && x.refs == 1 && x.generation == PYMM_GENERATION_NONE,
		   "as Python shows it: type, value, id; in the dump: object %u, type %s, %" PRId64
		   ", count %u, %s", x.id, pymm_type_name(x.type), x.value, x.refs,
		   x.generation == PYMM_GENERATION_NONE ? "not tracked" : "tracked");
	return CMD_OK;
}

static int bind_and_unbind(struct demo *demo)
{
	struct pymm_stat before, between, after;
	int ret = demo_stat(demo, &before);

	if (!ret)
		ret = demo_run(demo, "b = []; c = [b, b]; b = {}",
			       ASM("BUILD_LIST r0, ()")
			       ASM("STORE_GLOBAL r0, b")
			       ASM("COPY r1, r0")
			       ASM("BUILD_LIST r0, r0..r1!")
			       ASM("STORE_GLOBAL r0!, c")
			       ASM("BUILD_MAP r0, ()")
			       ASM("STORE_GLOBAL r0!, b"), NULL);
	if (!ret)
		ret = demo_stat(demo, &between);
	if (!ret)
		ret = demo_run(demo, "del b; del c", ASM("DELETE_GLOBAL b") ASM("DELETE_GLOBAL c"),
			       NULL);
	if (!ret)
		ret = demo_stat(demo, &after);
	if (ret)
		return ret;
	demo_claim(demo, "S03", between.objects == before.objects + 3 &&
		   after.objects == before.objects,
		   "objects alive: %" PRIu64 ", then %" PRIu64 ", then %" PRIu64
		   "; nothing was freed by hand", (uint64_t)before.objects,
		   (uint64_t)between.objects, (uint64_t)after.objects);
	return CMD_OK;
}

static int delete_namespace(struct demo *demo)
{
	struct seen was_a = { 0 }, was_b = { 0 }, a, b;
	int ret;

	ret = demo_run(demo, "m = types.ModuleType(\"m\"); m.a = a = []; m.b = b = []; del b",
		       ASM("MODULE_NEW r0, m")
		       ASM("BUILD_LIST r1, ()")
		       ASM("STORE_ATTR r0, r1, a")
		       ASM("STORE_GLOBAL r1!, a")
		       ASM("BUILD_LIST r1, ()")
		       ASM("STORE_ATTR r0, r1, b")
		       ASM("STORE_GLOBAL r1!, b")
		       ASM("STORE_GLOBAL r0!, m"), NULL);
	if (!ret)
		ret = demo_name(demo, "a", &was_a);
	if (!ret)
		ret = demo_name(demo, "b", &was_b);
	if (!ret)
		ret = demo_run(demo, NULL, ASM("DELETE_GLOBAL b"), NULL);
	if (!ret)
		ret = demo_prints(demo, "print(m.a is a)",
				  ASM("LOAD_GLOBAL r0, m")
				  ASM("LOAD_ATTR r0, r0!, a")
				  ASM("LOAD_GLOBAL r1, a")
				  ASM("IS_OP r0, r0!, r1!, is")
				  ASM("PRINT r0!, end"), "True");
	if (!ret)
		ret = demo_run(demo, "del m", ASM("DELETE_GLOBAL m"), NULL);
	if (!ret)
		ret = demo_object(demo, was_a.id, &a);
	if (!ret)
		ret = demo_object(demo, was_b.id, &b);
	if (ret)
		return ret;
	demo_claim(demo, "S04", was_a.refs == 2 && a.refs == 1 && was_b.refs == 2 && !b.id,
		   "with its namespace, object %u, which has another name, lost one reference of "
		   "%u; %u, which has none, %s", was_a.id, was_a.refs, was_b.id,
		   b.id ? "lives on" : "was freed");
	return CMD_OK;
}

int demo_model(struct demo *demo)
{
	int ret = warm_up(demo);

	if (!ret)
		ret = both_halves(demo);
	if (!ret)
		ret = two_views(demo);
	if (!ret)
		ret = bind_and_unbind(demo);
	return ret ? ret : delete_namespace(demo);
}

/* ---- objects ---- */

#define TYPE_OF(load, end)	load ASM("GET_TYPE r0, r0!") ASM("PRINT r0!" end)
#define ID_OF(load, end)	load ASM("GET_ID r0, r0!") ASM("PRINT r0!" end)

/* What the text lists, and the class of classes. */
#define EACH(do_) \
	do_(ASM("LOAD_CONST r0, 42"), "") \
	do_(ASM("LOAD_CONST r0, \"hello\""), "") \
	do_(ASM("LOAD_GLOBAL r0, l"), "") \
	do_(ASM("LOAD_GLOBAL r0, f"), "") \
	do_(ASM("LOAD_GLOBAL r0, C"), "") \
	do_(ASM("LOAD_GLOBAL r0, type"), ", end")
#define NR_EACH		6

static bool all_unlike(const unsigned int *ids, int nr)
{
	for (int i = 0; i < nr; i++) {
		if (!ids[i])
			return false;
		for (int j = 0; j < i; j++)
			if (ids[i] == ids[j])
				return false;
	}
	return true;
}

static int make_each(struct demo *demo)
{
	return demo_run(demo, "l = [1, 2, 3]; def f(): ...; class C: ...",
			ASM("LOAD_CONST r0, 1")
			ASM("LOAD_CONST r1, 2")
			ASM("LOAD_CONST r2, 3")
			ASM("BUILD_LIST r0, r0..r2!")
			ASM("STORE_GLOBAL r0!, l")
			ASM("MAKE_FUNCTION r0, f")
			ASM("STORE_GLOBAL r0!, f")
			ASM("LOAD_CONST r0, None")
			ASM("BUILD_MAP r1, ()")
			ASM("BUILD_CLASS r0, r0!, r1!, C")
			ASM("STORE_GLOBAL r0!, C")
			".code f\n"
			ASM("LOAD_CONST r0, None")
			ASM("RETURN_VALUE r0!"), NULL);
}

static int everything(struct demo *demo)
{
	struct demo_output types, ids;
	unsigned int id[NR_EACH] = { 0 };
	int ret = make_each(demo), nr;

	if (!ret)
		ret = demo_run(demo, "print(*(type(o) for o in (42, \"hello\", l, f, C, type)))",
			       EACH(TYPE_OF), &types);
	if (!ret)
		ret = demo_run(demo, "print(*(id(o) for o in (42, \"hello\", l, f, C, type)))",
			       EACH(ID_OF), &ids);
	if (ret)
		return ret;
	nr = sscanf(ids.text, "%u %u %u %u %u %u", &id[0], &id[1], &id[2], &id[3], &id[4], &id[5]);
	ids.text[strcspn(ids.text, "\n")] = '\0';
	demo_claim(demo, "S06", nr == NR_EACH && all_unlike(id, NR_EACH) &&
		   !strcmp(types.text, "<class 'int'> <class 'str'> <class 'list'> "
				       "<class 'function'> <class 'type'> <class 'type'>\n"),
		   "each has a type, a class like any other object, and an id of its own: %s",
		   ids.text);
	return CMD_OK;
}

/* "del a; b = []" and what it shows of the two lists. */
static int give_out_again(struct demo *demo, const struct seen *first)
{
	uint64_t gone = 0, made = 0;
	struct seen second;
	int freed, again, ret;

	demo_log_clear(demo);
	ret = demo_run(demo, "del a; b = []",
		       ASM("DELETE_GLOBAL a") ASM("BUILD_LIST r0, ()") ASM("STORE_GLOBAL r0!, b"),
		       NULL);
	if (!ret)
		ret = demo_name(demo, "b", &second);
	if (ret)
		return ret;
	freed = demo_log_find(demo, LOG_FREE, first->id, 0);
	again = demo_log_find(demo, LOG_ALLOC, first->id, 0);
	if (freed >= 0 && again >= 0) {
		gone = demo_log_event(demo, freed)->serial;
		made = demo_log_event(demo, again)->serial;
	}
	if (demo->log)
		demo_seen(demo, freed >= 0 && again > freed && made > gone,
			  "events: number %u was freed as object %" PRIu64 " of the arena and "
			  "given out again as %" PRIu64, first->id, gone, made);
	demo_claim(demo, "S07", first->id == second.id,
		   "id(a) was %u, id(b), after a was deleted, is %u", first->id, second.id);
	return CMD_OK;
}

static int identity(struct demo *demo)
{
	struct seen made, grown;
	int ret;

	ret = demo_run(demo, "a = []", ASM("BUILD_LIST r0, ()") ASM("STORE_GLOBAL r0!, a"), NULL);
	if (!ret)
		ret = demo_name(demo, "a", &made);
	if (!ret)
		ret = demo_run(demo, "a.append(1)",
			       ASM("LOAD_GLOBAL r0, a")
			       ASM("LOAD_CONST r1, 1")
			       ASM("LIST_APPEND r0!, r1!"), NULL);
	if (!ret)
		ret = demo_name(demo, "a", &grown);
	if (ret)
		return ret;
	demo_seen(demo, made.id && made.id == grown.id && grown.value == 1,
		  "a list with %d items: %u; with %d: %u", (int)made.value, made.id,
		  (int)grown.value, grown.id);
	return give_out_again(demo, &grown);
}

int demo_objects(struct demo *demo)
{
	int ret = everything(demo);

	if (!ret)
		ret = demo_log_begin(demo);
	if (!ret)
		ret = identity(demo);
	return ret ? ret : demo_log_end(demo);
}
