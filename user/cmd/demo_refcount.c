// SPDX-License-Identifier: GPL-2.0-only
/*
 * Scene refcount: a list from its making to its end.
 */
#include <inttypes.h>

#include "demo.h"

/* A line that leaves @name bound to the list, whose count must then be @refs. */
static int count_after(struct demo *demo, const char *python, const char *text, const char *name,
		       uint32_t refs, const struct claim *claim)
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
	static const struct claim made = { .says = "a = []  # A list is created. ref_count = 1" };
	static const struct claim named = {
		.says = "b = a  # Another name points to it. ref_count = 2",
	};
	static const struct claim deleted = {
		.says = "del a  # ref_count = 1; the list is not deleted yet because 'b' still "
			"points to it",
	};
	int ret;

	ret = count_after(demo, "a = []",
			  ASM("BUILD_LIST r0, ()") ASM("STORE_GLOBAL r0!, a"), "a", 1, &made);
	if (!ret)
		ret = count_after(demo, "b = a",
				  ASM("LOAD_GLOBAL r0, a") ASM("STORE_GLOBAL r0!, b"), "b", 2,
				  &named);
	if (!ret)
		ret = count_after(demo, "del a", ASM("DELETE_GLOBAL a"), "b", 1, &deleted);
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

static int to_zero(struct demo *demo)
{
	static const struct claim freed = {
		.says = "del b  # ref_count = 0: immediately deallocated, and its memory is freed",
	};
	static const struct claim collected = {
		.says = "now, the list is garbage collected",
		.but = "it is freed by its count; the garbage collector takes no part",
	};
	struct pymm_stat before, after;
	struct seen list, gone;
	uint64_t collections = 0;
	int ret = demo_name(demo, "b", &list);

	if (!ret)
		ret = delete_last(demo, &before, &after);
	if (!ret)
		ret = demo_object(demo, list.id, &gone);
	if (!ret)
		ret = demo_step(demo, demo->thread, 0);
	if (ret)
		return ret;
	demo_claim(demo, &freed, !gone.id && after.objects_freed == before.objects_freed + 1,
		   "by that one instruction %" PRIu64 " object was freed; number %u is no more",
		   (uint64_t)(after.objects_freed - before.objects_freed), list.id);
	for (int i = 0; i < PYMM_GENERATIONS; i++)
		collections += after.collections[i];
	demo_claim(demo, &collected, collections == 0,
		   "collections since the arena was made: %" PRIu64, collections);
	return CMD_OK;
}

static int from_list(struct demo *demo)
{
	static const struct claim names = {
		.says = "every object has a count of how many names are pointing to it",
		.but = "every strong reference counts, as that of a list to its items",
	};
	struct seen d;
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
	if (ret)
		return ret;
	demo_claim(demo, &names, d.refs == 3, "one name, d, points to object %u; its count is %u",
		   d.id, d.refs);
	return CMD_OK;
}

static int check_trace(struct demo *demo, struct trace *trace)
{
	static const struct claim events = {
		.says = "(the same, by the events that the kernel sends)",
	};
	uint64_t freed;
	int ret = demo_trace_end(demo, trace);

	if (ret || !trace)
		return ret;
	freed = trace_object_freed(trace, demo->arena_id, PYMM_TYPE_LIST);
	demo_claim(demo, &events, freed == 1 && !trace_lost(trace),
		   "pymm_object_free events for lists: %" PRIu64 "; lost events: %" PRIu64, freed,
		   trace_lost(trace));
	return CMD_OK;
}

int demo_refcount(struct demo *demo)
{
	struct trace *trace;
	int ret = demo_trace(demo, &trace_tool_object, &trace);

	if (!ret)
		ret = up_and_down(demo);
	if (!ret)
		ret = to_zero(demo);
	if (!ret)
		ret = check_trace(demo, trace);
	trace_close(trace);
	return ret ? ret : from_list(demo);
}
