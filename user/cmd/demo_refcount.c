// SPDX-License-Identifier: GPL-2.0-only
/*
 * Scene refcount: a list from its making to its end.
 */
#include <inttypes.h>

#include "demo.h"

/* A line that leaves @name bound to the list, whose count must then be @refs. */
static int count_after(struct demo *demo, const char *python, const char *text, const char *name,
		       uint32_t refs, const char *claim)
{
	struct seen list;
	int ret = demo_run(demo, python, text, NULL);

	if (!ret)
		ret = demo_name(demo, name, &list);
	if (ret)
		return ret;
	demo_claim(demo, claim, list.refs == refs, "%s names object %u, whose count is %u", name,
		   list.id, list.refs);
	return CMD_OK;
}

static int up_and_down(struct demo *demo)
{
	int ret;

	ret = count_after(demo, "a = []",
			  ASM("BUILD_LIST r0, ()") ASM("STORE_GLOBAL r0!, a"), "a", 1, "E1");
	if (!ret)
		ret = count_after(demo, "b = a",
				  ASM("LOAD_GLOBAL r0, a") ASM("STORE_GLOBAL r0!, b"), "b", 2,
				  "E2");
	if (!ret)
		ret = count_after(demo, "del a", ASM("DELETE_GLOBAL a"), "b", 1, "E3");
	return ret;
}

/* "del b", between two counts of what was freed: only that instruction is executed in between. */
static int delete_last(struct demo *demo, struct pymm_stat *before, struct pymm_stat *after)
{
	int ret;

	demo_python(demo, "del b");
	ret = demo_begin(demo, demo->thread, ASM("NOP") ASM("DELETE_GLOBAL b"), 1);
	if (!ret)
		ret = demo_stat(demo, before);
	if (!ret)
		ret = demo_step(demo, demo->thread, 1);
	if (!ret)
		ret = demo_stat(demo, after);
	return ret;
}

static uint64_t collections(const struct pymm_stat *stat)
{
	uint64_t sum = 0;

	for (int i = 0; i < PYMM_GENERATIONS; i++)
		sum += stat->collections[i];
	return sum;
}

static uint64_t collected(const struct pymm_stat *stat)
{
	uint64_t sum = 0;

	for (int i = 0; i < PYMM_GENERATIONS; i++)
		sum += stat->collected[i];
	return sum;
}

static int to_zero(struct demo *demo)
{
	struct pymm_stat before, after;
	struct seen list, gone;
	int ret = demo_name(demo, "b", &list);

	demo_log_clear(demo);
	if (!ret)
		ret = delete_last(demo, &before, &after);
	if (!ret)
		ret = demo_object(demo, list.id, &gone);
	if (ret)
		return ret;
	if (demo->log)
		demo_seen(demo, demo_log_count(demo, LOG_FREE, PYMM_TYPE_LIST) == 1 &&
			  demo_log_find(demo, LOG_FREE, list.id, 0) >= 0,
			  "events: lists freed: %u",
			  demo_log_count(demo, LOG_FREE, PYMM_TYPE_LIST));
	demo_claim(demo, "E4", !gone.id && after.objects_freed == before.objects_freed + 1 &&
		   collections(&after) == collections(&before),
		   "by that one instruction %" PRIu64 " object was freed; number %u is no more; "
		   "collections: %" PRIu64,
		   (uint64_t)(after.objects_freed - before.objects_freed), list.id,
		   collections(&after) - collections(&before));
	return demo_step(demo, demo->thread, 0);
}

static int from_list(struct demo *demo)
{
	unsigned int names, items;
	struct seen d = { 0 };
	int ret;

	ret = demo_run(demo, "d = []; l = [d, d]",
		       ASM("BUILD_LIST r0, ()")
		       ASM("COPY r1, r0")
		       ASM("BUILD_LIST r2, r0..r1")
		       ASM("STORE_GLOBAL r0!, d")
		       ASM("DELETE_FAST r1")
		       ASM("STORE_GLOBAL r2!, l"), NULL);
	if (!ret)
		ret = demo_name(demo, "d", &d);
	if (!ret)
		ret = demo_holders(demo, d.id, &names, &items);
	if (ret)
		return ret;
	demo_claim(demo, "S20", d.refs == 3 && names == 1 && items == 2,
		   "the count of object %u is %u; who refers to it: %u name, and %u items of a "
		   "list",
		   d.id, d.refs, names, items);
	return CMD_OK;
}

/* a = [], freed by its count; then a cycle, which the collector frees. */
static int two_ways(struct demo *demo)
{
	struct pymm_stat before, between, after;
	uint64_t freed, found;
	int ret = demo_stat(demo, &before);

	if (!ret)
		ret = demo_run(demo, "c = []; del c",
			       ASM("BUILD_LIST r0, ()")
			       ASM("STORE_GLOBAL r0!, c")
			       ASM("DELETE_GLOBAL c"), NULL);
	if (!ret)
		ret = demo_stat(demo, &between);
	if (!ret)
		ret = demo_prints(demo, "c = []; c.append(c); del c; print(gc.collect())",
				  ASM("BUILD_LIST r0, ()")
				  ASM("LIST_APPEND r0, r0")
				  ASM("STORE_GLOBAL r0!, c")
				  ASM("DELETE_GLOBAL c")
				  ASM("GC_COLLECT r0, 2")
				  ASM("PRINT r0!, end"), "1");
	if (!ret)
		ret = demo_stat(demo, &after);
	if (ret)
		return ret;
	freed = collected(&between) - collected(&before);
	found = collected(&after) - collected(&between);
	demo_claim(demo, "S18", between.objects == before.objects && !freed && found == 1 &&
		   after.objects == between.objects,
		   "the first list: objects alive %" PRIu64 " before and %" PRIu64
		   " after, collected %" PRIu64 "; the second: alive %" PRIu64
		   ", collected %" PRIu64,
		   (uint64_t)before.objects, (uint64_t)between.objects, freed,
		   (uint64_t)after.objects, found);
	return CMD_OK;
}

static int generations(struct demo *demo)
{
	struct pymm_stat before, after;
	uint64_t ran[PYMM_GENERATIONS];
	int ret = demo_stat(demo, &before);

	if (!ret)
		ret = demo_run(demo, "gc.collect(0); gc.collect(0); gc.collect(1)",
			       ASM("GC_COLLECT r0, 0")
			       ASM("GC_COLLECT r0, 0")
			       ASM("GC_COLLECT r0, 1"), NULL);
	if (!ret)
		ret = demo_stat(demo, &after);
	if (ret)
		return ret;
	for (int i = 0; i < PYMM_GENERATIONS; i++)
		ran[i] = after.collections[i] - before.collections[i];
	demo_claim(demo, "S19", ran[0] == 2 && ran[1] == 1 && ran[2] == 0,
		   "collections of generation 0: %" PRIu64 ", 1: %" PRIu64 ", 2: %" PRIu64,
		   ran[0], ran[1], ran[2]);
	return CMD_OK;
}

static int raise_count(struct demo *demo)
{
	struct seen before, after;
	int ret;

	ret = demo_run(demo, "a = []", ASM("BUILD_LIST r0, ()") ASM("STORE_GLOBAL r0!, a"), NULL);
	if (!ret)
		ret = demo_name(demo, "a", &before);
	if (!ret)
		ret = demo_run(demo, "b = a", ASM("LOAD_GLOBAL r0, a") ASM("STORE_GLOBAL r0!, b"),
			       NULL);
	if (!ret)
		ret = demo_name(demo, "a", &after);
	if (ret)
		return ret;
	demo_claim(demo, "S21", before.refs == 1 && after.refs == 2,
		   "the count of object %u was %u and is %u", after.id, before.refs, after.refs);
	return CMD_OK;
}

/* A name goes out of scope: the parameter of f. */
static int leave_scope(struct demo *demo)
{
	struct seen inside = { 0 }, after = { 0 };
	int ret;

	demo_python(demo, "def f(x): ...");
	demo_python(demo, "f(a)");
	ret = demo_begin(demo, demo->thread,
			 ASM("MAKE_FUNCTION r0, f")
			 ASM("LOAD_GLOBAL r1, a")
			 ASM("CALL r0, r0!, r1!")
			 ".code f x\n"
			 ASM("LOAD_CONST r1, None")
			 ASM("RETURN_VALUE r1!"), 4);
	if (!ret)
		ret = demo_name(demo, "a", &inside);
	if (!ret)
		ret = demo_step(demo, demo->thread, 0);
	if (!ret)
		ret = demo_name(demo, "a", &after);
	if (!ret)
		demo_seen(demo, inside.refs == 2 && after.refs == 1,
			  "the count of object %u was %u in the call and is %u after it", after.id,
			  inside.refs, after.refs);
	return ret;
}

static int lower_count(struct demo *demo)
{
	struct seen before, after;
	int bound, freed, ret = demo_name(demo, "a", &before);

	if (!ret)
		ret = demo_run(demo, "b = None",
			       ASM("LOAD_CONST r0, None") ASM("STORE_GLOBAL r0!, b"), NULL);
	if (!ret)
		ret = demo_name(demo, "a", &after);
	if (ret)
		return ret;
	demo_seen(demo, before.refs == 2 && after.refs == 1,
		  "the count of object %u was %u and is %u", after.id, before.refs, after.refs);
	ret = leave_scope(demo);
	demo_log_clear(demo);
	if (!ret)
		ret = demo_run(demo, "a = 5", ASM("LOAD_CONST r0, 5") ASM("STORE_GLOBAL r0!, a"),
			       NULL);
	if (ret)
		return ret;
	freed = demo_log_find(demo, LOG_FREE, after.id, 0);
	for (bound = 0; bound < freed; bound++)
		if (demo_log_event(demo, bound)->kind == LOG_BIND)
			break;
	if (demo->log)
		demo_seen(demo, freed >= 0 && bound < freed &&
			  demo_log_event(demo, bound)->old_id == after.id,
			  "events: a was bound, then object %u was freed", after.id);
	ret = demo_object(demo, after.id, &after);
	if (!ret)
		demo_claim(demo, "S22", !after.id, "when its last name was reassigned, it was %s",
			   after.id ? "kept" : "freed");
	return ret;
}

/* f = F(), whose finalizer binds k to it. */
static int make_phoenix(struct demo *demo)
{
	demo_python(demo, "class F:");
	demo_python(demo, "    def __del__(self): global k; k = self");
	return demo_run(demo, "f = F()",
		       ASM("BUILD_MAP r1, ()")
		       ASM("MAKE_FUNCTION r2, del")
		       ASM("LOAD_CONST r3, \"__del__\"")
		       ASM("STORE_SUBSCR r2!, r1, r3!")
		       ASM("LOAD_CONST r0, None")
		       ASM("BUILD_CLASS r0, r0!, r1!, F")
		       ASM("CALL r0, r0!, ()")
		       ASM("STORE_GLOBAL r0!, f")
		       ".code del self\n"
		       ASM("STORE_GLOBAL self!, k")
		       ASM("LOAD_CONST r1, None")
		       ASM("RETURN_VALUE r1!"), NULL);
}

static int resurrect(struct demo *demo)
{
	struct seen f = { 0 }, k = { 0 };
	int ret = make_phoenix(demo);

	if (!ret)
		ret = demo_name(demo, "f", &f);
	if (!ret)
		ret = demo_run(demo, "del f", ASM("DELETE_GLOBAL f"), NULL);
	if (!ret)
		ret = demo_name(demo, "k", &k);
	if (!ret)
		demo_seen(demo, f.id && f.id == k.id && k.refs == 1,
			  "object %u, whose finalizer binds k to it, lives on as %u", f.id, k.id);
	return ret;
}

static int at_zero(struct demo *demo)
{
	struct pymm_stat before, after;
	struct seen list = { 0 }, gone;
	int ret = resurrect(demo);

	if (!ret)
		ret = demo_prints(demo, "n = None; print(sys.getrefcount(None))",
				  ASM("LOAD_CONST r0, None")
				  ASM("STORE_GLOBAL r0, n")
				  ASM("GET_REFCOUNT r0, r0!")
				  ASM("PRINT r0!, end"), "4294967295");
	if (!ret)
		ret = demo_run(demo, "b = [None] * 1000",
			       ASM("LOAD_CONST r0, None")
			       ASM("BUILD_LIST r0, r0..r0!")
			       ASM("LOAD_CONST r1, 1000")
			       ASM("BINARY_OP r0, r0!, r1!, *")
			       ASM("STORE_GLOBAL r0!, b"), NULL);
	if (!ret)
		ret = demo_name(demo, "b", &list);
	if (!ret)
		ret = delete_last(demo, &before, &after);
	if (!ret)
		ret = demo_object(demo, list.id, &gone);
	if (!ret)
		ret = demo_step(demo, demo->thread, 0);
	if (ret)
		return ret;
	demo_claim(demo, "S23", !gone.id && after.objects == before.objects - 1 &&
		   after.bytes < before.bytes,
		   "list %u was freed by the one instruction of del b, and with it %" PRIu64
		   " bytes of the arena", list.id, (uint64_t)(before.bytes - after.bytes));
	return CMD_OK;
}

int demo_refcount(struct demo *demo)
{
	int ret = two_ways(demo);

	if (!ret)
		ret = generations(demo);
	if (!ret)
		ret = from_list(demo);
	if (!ret)
		ret = demo_log_begin(demo);
	if (!ret)
		ret = raise_count(demo);
	if (!ret)
		ret = lower_count(demo);
	if (!ret)
		ret = at_zero(demo);
	if (!ret)
		ret = up_and_down(demo);
	if (!ret)
		ret = to_zero(demo);
	return ret ? ret : demo_log_end(demo);
}
