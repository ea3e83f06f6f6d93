// SPDX-License-Identifier: GPL-2.0-only
/*
 * Scene cycle: what counting cannot free, and the generations of the collector.
 */
#include <inttypes.h>
#include <string.h>

#include "demo.h"
#include "trace_hist.h"

/* Far over the threshold of the youngest generation, and over that of the next one. */
#define LISTS	50000

static int make_cycle(struct demo *demo, struct seen *a, struct seen *b)
{
	int ret = demo_run(demo, "a = []; b = []; a.append(b); b.append(a)",
			   ASM("BUILD_LIST r0, ()")
			   ASM("BUILD_LIST r1, ()")
			   ASM("LIST_APPEND r0, r1")
			   ASM("LIST_APPEND r1, r0")
			   ASM("STORE_GLOBAL r0!, a")
			   ASM("STORE_GLOBAL r1!, b"), NULL);

	if (!ret)
		ret = demo_name(demo, "a", a);
	return ret ? ret : demo_name(demo, "b", b);
}

/* The objects numbered @a->id and @b->id as they are now. */
static int look_again(struct demo *demo, struct seen *a, struct seen *b)
{
	int ret = demo_object(demo, a->id, a);

	return ret ? ret : demo_object(demo, b->id, b);
}

static int collect_cycle(struct demo *demo)
{
	struct seen a, b, was_a, was_b;
	struct demo_output output;
	int ret = make_cycle(demo, &a, &b);

	if (!ret)
		ret = demo_run(demo, "del a; del b", ASM("DELETE_GLOBAL a") ASM("DELETE_GLOBAL b"),
			       NULL);
	was_a = a;
	was_b = b;
	if (!ret)
		ret = look_again(demo, &a, &b);
	if (ret)
		return ret;
	demo_claim(demo, "S24", a.id && b.id && a.refs == 1 && b.refs == 1 && was_a.refs == 2,
		   "no name is left; objects %u and %u live on, counts fell from %u, %u to %u, %u",
		   was_a.id, was_b.id, was_a.refs, was_b.refs, a.refs, b.refs);
	ret = demo_run(demo, "print(gc.collect())",
		       ASM("GC_COLLECT r0, 2") ASM("PRINT r0!, end"), &output);
	if (!ret)
		ret = look_again(demo, &a, &b);
	if (ret)
		return ret;
	output.text[strcspn(output.text, "\n")] = '\0';
	demo_claim(demo, "S25", !strcmp(output.text, "2") && !a.id && !b.id,
		   "gc.collect() returned %s; object %u is %s, %u is %s", output.text, was_a.id,
		   a.id ? "alive" : "gone", was_b.id, b.id ? "alive" : "gone");
	return CMD_OK;
}

static int start_young(struct demo *demo)
{
	struct seen p, n;
	int ret;

	ret = demo_run(demo, "p = [[]]; n = 1000",
		       ASM("BUILD_LIST r0, ()")
		       ASM("BUILD_LIST r0, r0..r0!")
		       ASM("STORE_GLOBAL r0!, p")
		       ASM("LOAD_CONST r0, 1000")
		       ASM("STORE_GLOBAL r0!, n"), NULL);
	if (!ret)
		ret = demo_name(demo, "p", &p);
	if (!ret)
		ret = demo_name(demo, "n", &n);
	if (ret)
		return ret;
	demo_claim(demo, "S27", p.id && p.generation == 0 && n.id &&
		   n.generation == PYMM_GENERATION_NONE,
		   "list %u is in generation %u; int %u is %s", p.id, p.generation, n.id,
		   n.generation == PYMM_GENERATION_NONE ? "in none" : "in one");
	return CMD_OK;
}

static int promote(struct demo *demo)
{
	struct seen once, twice;
	int ret;

	ret = demo_run(demo, "gc.collect(0)", ASM("GC_COLLECT r0, 0"), NULL);
	if (!ret)
		ret = demo_name(demo, "p", &once);
	if (!ret)
		ret = demo_run(demo, "gc.collect(1)", ASM("GC_COLLECT r0, 1"), NULL);
	if (!ret)
		ret = demo_name(demo, "p", &twice);
	if (ret)
		return ret;
	demo_claim(demo, "S29",
		   once.id && once.generation == 1 && twice.id && twice.generation == 2,
		   "list %u is in generation %u after the first, %u after the second", once.id,
		   once.generation, twice.generation);
	return CMD_OK;
}

/* p is in the last generation by now. */
static int fill_generations(struct demo *demo)
{
	struct seen p, q, r;
	int ret;

	ret = demo_run(demo, "q = [[]]; gc.collect(0); r = [[]]",
		       ASM("BUILD_LIST r0, ()")
		       ASM("BUILD_LIST r0, r0..r0!")
		       ASM("STORE_GLOBAL r0!, q")
		       ASM("GC_COLLECT r0, 0")
		       ASM("BUILD_LIST r0, ()")
		       ASM("BUILD_LIST r0, r0..r0!")
		       ASM("STORE_GLOBAL r0!, r"), NULL);
	if (!ret)
		ret = demo_name(demo, "p", &p);
	if (!ret)
		ret = demo_name(demo, "q", &q);
	if (!ret)
		ret = demo_name(demo, "r", &r);
	if (ret)
		return ret;
	demo_claim(demo, "S26", p.generation == 2 && q.generation == 1 && r.id && !r.generation,
		   "list %u is in generation %u, %u in %u, %u in %u", p.id, p.generation, q.id,
		   q.generation, r.id, r.generation);
	return CMD_OK;
}

/* for _ in range(LISTS): l.append([]) */
static int build(struct demo *demo)
{
	char text[512];

	snprintf(text, sizeof(text),
		 ASM("BUILD_LIST r3, ()")
		 ASM("LOAD_CONST r0, %d")
		 "loop:\n"
		 ASM("BUILD_LIST r4, ()")
		 ASM("LIST_APPEND r3, r4!")
		 ASM("LOAD_CONST r1, 1")
		 ASM("BINARY_OP r0, r0!, r1!, -=")
		 ASM("LOAD_CONST r1, 0")
		 ASM("COMPARE_OP r2, r0, r1!, >")
		 ASM("POP_JUMP_IF_FALSE r2!, done")
		 ASM("JUMP_BACKWARD loop")
		 "done:\n"
		 ASM("STORE_GLOBAL r3!, l"), LISTS);
	return demo_run(demo, "l = []; for _ in range(50_000): l.append([])", text, NULL);
}

/*
 * A collection is due when more lists than the threshold are there. Every so many-th of those is of
 * the next generation, which has no time left for its own next one.
 */
#define TRIGGERS	(LISTS / (2000 + 1))
#define OLDER		(TRIGGERS / (10 + 2))

static int scan_young_often(struct demo *demo, uint64_t *runs)
{
	struct pymm_stat before, after;
	uint64_t sum = 0;
	int ret = demo_stat(demo, &before);

	if (!ret)
		ret = build(demo);
	if (!ret)
		ret = demo_stat(demo, &after);
	if (ret)
		return ret;
	for (int i = 0; i < PYMM_GENERATIONS; i++) {
		runs[i] = after.collections[i] - before.collections[i];
		sum += runs[i];
	}
	demo_claim(demo, "S28", sum == TRIGGERS,
		   "%d lists made, the threshold being 2000: %" PRIu64 " collections, all of "
		   "generation 0 and %" PRIu64 " of others as well", LISTS, sum, runs[1] + runs[2]);
	return CMD_OK;
}

static int check_trace(struct demo *demo)
{
	uint64_t traced = 0, counted = 0, garbage = 0, collected = 0;
	struct pymm_stat stat;
	int ret = demo_trace_end(demo, demo->gc);

	if (ret || !demo->gc)
		return ret;
	ret = demo_stat(demo, &stat);
	if (ret)
		return ret;
	for (uint32_t i = 0; i < PYMM_GENERATIONS; i++) {
		uint64_t found;

		traced += trace_gc_collections(demo->gc, demo->arena_id, i, &found);
		garbage += found;
		counted += stat.collections[i];
		collected += stat.collected[i];
	}
	demo_seen(demo, traced && traced == counted && garbage == collected &&
		  !trace_lost(demo->gc),
		  "events of the whole scene: %" PRIu64 " collections found %" PRIu64
		  " objects; by the arena's counters %" PRIu64 " and %" PRIu64, traced, garbage,
		  counted, collected);
	return CMD_OK;
}

/* The time of a collection of @generation. */
static int time_collection(struct demo *demo, const char *python, const char *text, uint64_t *ns)
{
	struct pymm_stat before, after;
	int ret = demo_stat(demo, &before);

	if (!ret)
		ret = demo_run(demo, python, text, NULL);
	if (!ret)
		ret = demo_stat(demo, &after);
	*ns = ret ? 0 : after.gc_ns - before.gc_ns;
	return ret;
}

static int compare_costs(struct demo *demo)
{
	char few[TIME_TEXT_LEN], many[TIME_TEXT_LEN];
	struct pymm_stat stat;
	uint64_t young, all;
	int ret = demo_run(demo, NULL, ASM("GC_COLLECT r0, 0"), NULL);

	if (!ret)
		ret = demo_stat(demo, &stat);
	if (!ret)
		ret = time_collection(demo, "gc.collect(0)", ASM("GC_COLLECT r0, 0"), &young);
	if (!ret)
		ret = time_collection(demo, "gc.collect()", ASM("GC_COLLECT r0, 2"), &all);
	if (ret)
		return ret;
	demo_claim(demo, "S31", stat.tracked[0] < LISTS / 10 &&
		   stat.tracked[1] + stat.tracked[2] >= LISTS && young < all / 2,
		   "objects in generation 0: %" PRIu64 ", in others: %" PRIu64
		   "; a collection of 0 took %s, one of all %s", (uint64_t)stat.tracked[0],
		   (uint64_t)(stat.tracked[1] + stat.tracked[2]), time_text(few, young),
		   time_text(many, all));
	return CMD_OK;
}

static int many_lists(struct demo *demo)
{
	uint64_t runs[PYMM_GENERATIONS];
	int ret = scan_young_often(demo, runs);

	if (!ret)
		ret = compare_costs(demo);
	if (!ret)
		ret = check_trace(demo);
	if (ret)
		return ret;
	demo_claim(demo, "S30", runs[0] + runs[1] == TRIGGERS && runs[1] == OLDER && !runs[2],
		   "with %d lists made, collections of generation 0 alone: %" PRIu64 ", 1: %" PRIu64
		   ", 2: %" PRIu64, LISTS, runs[0], runs[1], runs[2]);
	return CMD_OK;
}

int demo_cycle(struct demo *demo)
{
	int ret;

	trace_close(demo->gc);
	ret = demo_trace(demo, &trace_tool_gc, &demo->gc);
	if (!ret)
		ret = collect_cycle(demo);
	if (!ret)
		ret = start_young(demo);
	if (!ret)
		ret = promote(demo);
	if (!ret)
		ret = fill_generations(demo);
	return ret ? ret : many_lists(demo);
}
