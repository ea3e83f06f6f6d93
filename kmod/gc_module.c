// SPDX-License-Identifier: GPL-2.0-only
/*
 * The module gc: what a program sees of the collector and tells it, as CPython 3.13's
 * (semantics.md 4.07, 4.09 to 4.11, 4.18 to 4.20), with its messages.
 */
#include <linux/limits.h>
#include <linux/string.h>

#include "builtin.h"
#include "exception.h"
#include "op.h"

/* ---- arguments ---- */

static bool pymm_gc_takes_generation(const struct pymm_builtin_ops *builtin)
{
	return !builtin->min && builtin->max == 1;
}

/* The one argument of some functions may have its name. */
static int pymm_gc_args_generation(struct pymm_thread *thread,
				   const struct pymm_builtin_ops *builtin,
				   const struct pymm_args *args)
{
	struct pymm_arena *arena = thread->arena;

	if (args->count > 1)
		return pymm_raise(thread, PYMM_EXC_TYPE_ERROR,
				  "%s() takes at most 1 argument (%u given)", builtin->name,
				  args->count);
	if (pymm_args_names(arena, args) &&
	    !pymm_attr_is(arena, pymm_items(arena, args->names)[0], "generation"))
		return pymm_raise_keyword(thread, builtin->name, args);
	return 0;
}

/**
 * pymm_gc_args() - are the arguments of a function of the module as many as it takes?
 * @thread: the running thread
 * @builtin: the function
 * @args: the arguments
 *
 * Return: 0 or PYMM_RAISED.
 */
int pymm_gc_args(struct pymm_thread *thread, const struct pymm_builtin_ops *builtin,
		 const struct pymm_args *args)
{
	const char *name = builtin->name;

	if (pymm_gc_takes_generation(builtin))
		return pymm_gc_args_generation(thread, builtin, args);
	if (pymm_args_names(thread->arena, args))
		return pymm_raise(thread, PYMM_EXC_TYPE_ERROR,
				  "%s%s() takes no keyword arguments",
				  builtin->max == 3 ? "" : "gc.", name);
	if (args->count >= builtin->min && args->count <= builtin->max)
		return 0;
	if (builtin->max == 3)
		return pymm_raise(thread, PYMM_EXC_TYPE_ERROR, "gc.%s requires 1 to 3 arguments",
				  name);
	if (builtin->max == 1)
		return pymm_raise(thread, PYMM_EXC_TYPE_ERROR,
				  "gc.%s() takes exactly one argument (%u given)", name,
				  args->count);
	return pymm_raise(thread, PYMM_EXC_TYPE_ERROR, "gc.%s() takes no arguments (%u given)",
			  name, args->count);
}

static bool pymm_gc_is_int(const struct pymm_arena *arena, u32 no)
{
	return pymm_is(arena, no, PYMM_TYPE_INT) || pymm_is(arena, no, PYMM_TYPE_BOOL);
}

static int pymm_gc_int(struct pymm_thread *thread, u32 no, s64 min, const char *too_large,
		       s64 *value)
{
	if (!pymm_gc_is_int(thread->arena, no))
		return pymm_raise(thread, PYMM_EXC_TYPE_ERROR,
				  "'%s' object cannot be interpreted as an integer",
				  pymm_type_name(thread->arena, no));
	*value = pymm_object(thread->arena, no)->ival;
	if (*value > S32_MAX)
		return pymm_raise(thread, PYMM_EXC_OVERFLOW_ERROR, "%s", too_large);
	if (*value < min)
		return pymm_raise(thread, PYMM_EXC_OVERFLOW_ERROR, "%s",
				  min ? too_large : "pymm has no negative thresholds");
	return 0;
}

/**
 * pymm_gc_collect_args() - the arguments of gc.collect()
 * @thread: the running thread
 * @args: the arguments
 * @generation: receives the generation
 *
 * Return: 0 or PYMM_RAISED.
 */
int pymm_gc_collect_args(struct pymm_thread *thread, const struct pymm_args *args, u32 *generation)
{
	s64 value = PYMM_GENERATIONS - 1;
	int err = pymm_gc_args(thread, &pymm_gc_functions[0], args);

	if (!err && args->count)
		err = pymm_gc_int(thread, args->args[0], S32_MIN,
				  "Python int too large to convert to C int", &value);
	if (!err && (value < 0 || value >= PYMM_GENERATIONS))
		err = pymm_raise(thread, PYMM_EXC_VALUE_ERROR, "invalid generation");
	*generation = value;
	return err;
}

/* ---- settings and figures ---- */

static int pymm_gc_none(u32 *result)
{
	*result = PYMM_NO_NONE;
	return 0;
}

static int pymm_gc_new_int(struct pymm_thread *thread, s64 value, u32 *result)
{
	*result = pymm_int_new(thread->arena, value);
	return *result ? 0 : pymm_raise_nomem(thread);
}

static int pymm_gc_disable(struct pymm_thread *thread, const u32 *args, u32 count, u32 *result)
{
	thread->arena->gc.enabled = false;
	return pymm_gc_none(result);
}

static int pymm_gc_enable(struct pymm_thread *thread, const u32 *args, u32 count, u32 *result)
{
	thread->arena->gc.enabled = true;
	return pymm_gc_none(result);
}

static int pymm_gc_isenabled(struct pymm_thread *thread, const u32 *args, u32 count, u32 *result)
{
	*result = pymm_bool(thread->arena->gc.enabled);
	return 0;
}

/* A tuple of a number for each generation. */
static int pymm_gc_triple(struct pymm_thread *thread, const u32 *numbers, u32 *result)
{
	u32 i, items[PYMM_GENERATIONS];
	int err = 0;

	for (i = 0; i < PYMM_GENERATIONS && !err; i++)
		err = pymm_gc_new_int(thread, numbers[i], &items[i]);
	if (!err)
		err = pymm_sequence_new(thread, PYMM_TYPE_TUPLE, PYMM_GENERATIONS, result);
	if (!err) {
		memcpy(pymm_items(thread->arena, *result), items, sizeof(items));
		return 0;
	}
	while (i--)
		if (items[i])
			pymm_put(thread, items[i]);
	return err;
}

static int pymm_gc_get_count(struct pymm_thread *thread, const u32 *args, u32 count, u32 *result)
{
	u32 counts[PYMM_GENERATIONS];

	/* As they were before the tuple is made. */
	memcpy(counts, thread->arena->gc.counts, sizeof(counts));
	return pymm_gc_triple(thread, counts, result);
}

static int pymm_gc_get_threshold(struct pymm_thread *thread, const u32 *args, u32 count,
				 u32 *result)
{
	return pymm_gc_triple(thread, thread->arena->gc.thresholds, result);
}

static int pymm_gc_set_threshold(struct pymm_thread *thread, const u32 *args, u32 count,
				 u32 *result)
{
	s64 values[PYMM_GENERATIONS];
	u32 i;
	int err = 0;

	for (i = 0; i < count && !err; i++)
		err = pymm_gc_int(thread, args[i], 0, "signed integer is greater than maximum",
				  &values[i]);
	if (err)
		return err;
	for (i = 0; i < count; i++)
		thread->arena->gc.thresholds[i] = values[i];
	return pymm_gc_none(result);
}

static int pymm_gc_get_debug(struct pymm_thread *thread, const u32 *args, u32 count, u32 *result)
{
	return pymm_gc_new_int(thread, (s32)thread->arena->gc.debug, result);
}

static int pymm_gc_set_debug(struct pymm_thread *thread, const u32 *args, u32 count, u32 *result)
{
	s64 value;
	int err = pymm_gc_int(thread, args[0], S32_MIN,
			      "Python int too large to convert to C int", &value);

	if (!err)
		thread->arena->gc.debug = value;
	return err ?: pymm_gc_none(result);
}

/* A key and a number of a dict. */
struct pymm_gc_item {
	u32 key;
	u64 value;
};

static int pymm_gc_dict(struct pymm_thread *thread, const struct pymm_gc_item *items, u32 count,
			u32 *result)
{
	u32 i, value, old;
	int err = 0;

	*result = pymm_dict_new(thread->arena);
	if (!*result)
		return pymm_raise_nomem(thread);
	for (i = 0; i < count && !err; i++) {
		err = pymm_gc_new_int(thread, items[i].value, &value);
		if (err)
			break;
		err = pymm_dict_set(thread, *result, items[i].key, value, &old);
		pymm_put(thread, value);
	}
	if (err)
		pymm_put(thread, *result);
	return err;
}

/**
 * pymm_gc_info() - what functions in gc.callbacks are told
 * @thread: the running thread
 * @collected: objects found
 * @result: receives a dict, a reference
 *
 * Return: 0, PYMM_RAISED or -EINTR.
 */
int pymm_gc_info(struct pymm_thread *thread, u64 collected, u32 *result)
{
	const struct pymm_gc_item items[] = {
		{ PYMM_NO_NAME_GENERATION, thread->arena->gc.generation },
		{ PYMM_NO_NAME_COLLECTED, collected },
		{ PYMM_NO_NAME_UNCOLLECTABLE, 0 },
	};

	return pymm_gc_dict(thread, items, ARRAY_SIZE(items), result);
}

static int pymm_gc_get_stats(struct pymm_thread *thread, const u32 *args, u32 count, u32 *result)
{
	const struct pymm_gc *gc = &thread->arena->gc;
	u32 i, dicts[PYMM_GENERATIONS];
	int err = 0;

	for (i = 0; i < PYMM_GENERATIONS && !err; i++) {
		const struct pymm_gc_item items[] = {
			{ PYMM_NO_NAME_COLLECTIONS, gc->collections[i] },
			{ PYMM_NO_NAME_COLLECTED, gc->collected[i] },
			{ PYMM_NO_NAME_UNCOLLECTABLE, 0 },
		};

		err = pymm_gc_dict(thread, items, ARRAY_SIZE(items), &dicts[i]);
	}
	i -= !!err;
	if (!err)
		err = pymm_sequence_new(thread, PYMM_TYPE_LIST, PYMM_GENERATIONS, result);
	if (!err) {
		memcpy(pymm_items(thread->arena, *result), dicts, sizeof(dicts));
		return 0;
	}
	while (i--)
		pymm_put(thread, dicts[i]);
	return err;
}

/* ---- objects ---- */

static int pymm_gc_is_tracked(struct pymm_thread *thread, const u32 *args, u32 count, u32 *result)
{
	*result = pymm_bool(pymm_object(thread->arena, args[0])->flags & PYMM_OBJ_TRACKED);
	return 0;
}

static int pymm_gc_is_finalized(struct pymm_thread *thread, const u32 *args, u32 count,
				u32 *result)
{
	const struct pymm_object *object = pymm_object(thread->arena, args[0]);

	*result = pymm_bool((object->type == PYMM_TYPE_INSTANCE ||
			     object->type == PYMM_TYPE_EXCEPTION) &&
			    (object->aux & PYMM_AUX_FINALIZED) &&
			    !(object->aux & PYMM_AUX_FINALIZING));
	return 0;
}

static int pymm_gc_do_freeze(struct pymm_thread *thread, const u32 *args, u32 count, u32 *result)
{
	pymm_gc_freeze(thread->arena);
	return pymm_gc_none(result);
}

static int pymm_gc_do_unfreeze(struct pymm_thread *thread, const u32 *args, u32 count, u32 *result)
{
	pymm_gc_unfreeze(thread->arena);
	return pymm_gc_none(result);
}

static int pymm_gc_get_freeze_count(struct pymm_thread *thread, const u32 *args, u32 count,
				    u32 *result)
{
	return pymm_gc_new_int(thread, thread->arena->gc.segs[PYMM_SEG_PERMANENT].live, result);
}

/* What is tracked in a generation, but for the list itself, at the list's end; 0 or -EINTR. */
static int pymm_gc_list_generation(struct pymm_thread *thread, u32 generation, u32 list)
{
	struct pymm_arena *arena = thread->arena;
	const struct pymm_seg *seg = pymm_gc_segment_of(&arena->gc, generation);
	struct pymm_object *object = pymm_object(arena, list);
	int err = 0;
	u32 i, no;

	for (i = seg->start; i < seg->end && !err; i++) {
		no = arena->gc.order[i];
		if (no && no != list)
			pymm_items(arena, list)[object->len++] = pymm_get(arena, no);
		err = pymm_tick(thread, 1);
	}
	return err;
}

static int pymm_gc_list(struct pymm_thread *thread, u32 from, u32 to, u32 *result)
{
	u64 total = 1;
	u32 i;
	int err;

	for (i = from; i <= to; i++)
		total += pymm_gc_tracked(&thread->arena->gc, i);
	err = pymm_sequence_new(thread, PYMM_TYPE_LIST, total, result);
	if (err)
		return err;
	pymm_object(thread->arena, *result)->len = 0;
	pymm_pin(thread);
	for (i = from; i <= to && !err; i++)
		err = pymm_gc_list_generation(thread, i, *result);
	pymm_unpin(thread);
	if (err)
		pymm_put(thread, *result);
	return err;
}

static int pymm_gc_get_objects(struct pymm_thread *thread, const u32 *args, u32 count, u32 *result)
{
	s64 generation;
	int err;

	if (!count || args[0] == PYMM_NO_NONE)
		return pymm_gc_list(thread, 0, PYMM_GENERATIONS - 1, result);
	if (!pymm_gc_is_int(thread->arena, args[0]))
		return pymm_raise(thread, PYMM_EXC_TYPE_ERROR,
				  "argument should be integer or None, not '%s'",
				  pymm_type_name(thread->arena, args[0]));
	generation = pymm_object(thread->arena, args[0])->ival;
	if (generation >= PYMM_GENERATIONS)
		return pymm_raise(thread, PYMM_EXC_VALUE_ERROR,
				  "generation parameter must be less than the number of available generations (%u)",
				  PYMM_GENERATIONS);
	/* What CPython takes for no generation at all. */
	if (generation == -1)
		return pymm_gc_list(thread, 0, PYMM_GENERATIONS - 1, result);
	err = generation < 0 ? pymm_raise(thread, PYMM_EXC_VALUE_ERROR,
					  "generation parameter cannot be negative") : 0;
	return err ?: pymm_gc_list(thread, generation, generation, result);
}

/**
 * struct pymm_gc_search - objects whose references are looked at
 * @thread: the running thread
 * @targets: objects that are looked for
 * @count: how many
 * @found: one was found
 * @list: list that receives what was found
 */
struct pymm_gc_search {
	struct pymm_thread *thread;
	const u32 *targets;
	u32 count;
	bool found;
	u32 list;
};

static int pymm_gc_match(struct pymm_gc_search *search, u32 ref)
{
	u32 i;

	for (i = 0; i < search->count && !search->found; i++)
		search->found = search->targets[i] == ref;
	return 0;
}

static int pymm_gc_add(struct pymm_gc_search *search, u32 ref)
{
	return pymm_list_append(search->thread, search->list, ref);
}

/*
 * How many references of each group are visited: of value and key, as by dict_traverse(), the value
 * alone when all keys are strs. Or an error.
 */
static int pymm_gc_visited(struct pymm_thread *thread, u32 no, const struct pymm_span *span)
{
	const u32 *group = span->base;
	int err = 0;
	u32 i;

	if (!pymm_is(thread->arena, no, PYMM_TYPE_DICT) &&
	    !pymm_is(thread->arena, no, PYMM_TYPE_INSTANCE))
		return span->width;
	for (i = 0; span->width == 2 && i < span->groups && !err; i++, group += span->stride) {
		if (group[1] && !pymm_is(thread->arena, group[1], PYMM_TYPE_STR))
			return 2;
		err = pymm_tick(thread, 1);
	}
	return err ?: 1;
}

/* Call @visit for each reference of an object until one has been found; 0 or an error. */
static int pymm_gc_visit(struct pymm_gc_search *search, u32 no,
			 int (*visit)(struct pymm_gc_search *search, u32 ref))
{
	struct pymm_thread *thread = search->thread;
	struct pymm_span span = {};
	const u32 *group;
	int width, err = 0;
	u32 i;
	s32 j;

	if (pymm_type_of(thread->arena, no)->span)
		pymm_type_of(thread->arena, no)->span(thread->arena, no, &span);
	width = pymm_gc_visited(thread, no, &span);
	if (width < 0)
		return width;
	for (i = 0; i < span.groups && !err && !search->found; i++) {
		group = span.base + (size_t)(span.reverse ? span.groups - 1 - i : i) * span.stride;
		for (j = 0; j < width && !err; j++)
			if (group[j])
				err = visit(search, group[j]);
		if (!err)
			err = pymm_tick(thread, 1 + search->count);
	}
	if (!err && span.tail && !search->found)
		err = visit(search, span.tail);
	return err ?: pymm_tick(thread, 1);
}

static int pymm_gc_refer(struct pymm_gc_search *search, u32 no)
{
	int err;

	search->found = false;
	err = no == search->list ? 0 : pymm_gc_visit(search, no, pymm_gc_match);
	if (!err && search->found)
		err = pymm_list_append(search->thread, search->list, no);
	return err;
}

/* The order does not change but at its end, where nothing new is tracked meanwhile. */
static int pymm_gc_referrers(struct pymm_gc_search *search)
{
	struct pymm_arena *arena = search->thread->arena;
	const struct pymm_seg *seg;
	u32 i, at;
	int err = 0;

	for (i = 0; i < PYMM_GENERATIONS && !err; i++) {
		seg = pymm_gc_segment_of(&arena->gc, i);
		for (at = seg->start; at < seg->end && !err; at++)
			err = arena->gc.order[at] ? pymm_gc_refer(search, arena->gc.order[at]) :
						    pymm_tick(search->thread, 1);
	}
	/* The namespace is the oldest of all, and in none of them. */
	return err ?: pymm_gc_refer(search, arena->globals);
}

static int pymm_gc_get_referrers(struct pymm_thread *thread, const u32 *args, u32 count,
				 u32 *result)
{
	struct pymm_gc_search search = { .thread = thread, .targets = args, .count = count };
	int err = pymm_sequence_new(thread, PYMM_TYPE_LIST, 0, &search.list);

	if (err)
		return err;
	pymm_pin(thread);
	err = pymm_gc_referrers(&search);
	pymm_unpin(thread);
	*result = search.list;
	if (err)
		pymm_put(thread, search.list);
	return err;
}

static int pymm_gc_get_referents(struct pymm_thread *thread, const u32 *args, u32 count,
				 u32 *result)
{
	struct pymm_gc_search search = { .thread = thread };
	int err = pymm_sequence_new(thread, PYMM_TYPE_LIST, 0, &search.list);
	u32 i;

	if (err)
		return err;
	pymm_pin(thread);
	for (i = 0; i < count && !err; i++)
		if (pymm_type_of(thread->arena, args[i])->flags & PYMM_TYPE_GC)
			err = pymm_gc_visit(&search, args[i], pymm_gc_add);
	pymm_unpin(thread);
	*result = search.list;
	if (err)
		pymm_put(thread, search.list);
	return err;
}

/* ---- the module ---- */

#define PYMM_GC_AT(which)	(PYMM_BUILTIN_GC_##which - PYMM_BUILTIN_GC)

/* A call of collect() is an instruction's, as what it begins goes on after that. */
const struct pymm_builtin_ops pymm_gc_functions[PYMM_NR_BUILTINS - PYMM_BUILTIN_GC] = {
	[PYMM_GC_AT(COLLECT)] = { "collect", 0, 1, NULL },
	[PYMM_GC_AT(DISABLE)] = { "disable", 0, 0, pymm_gc_disable },
	[PYMM_GC_AT(ENABLE)] = { "enable", 0, 0, pymm_gc_enable },
	[PYMM_GC_AT(FREEZE)] = { "freeze", 0, 0, pymm_gc_do_freeze },
	[PYMM_GC_AT(GET_COUNT)] = { "get_count", 0, 0, pymm_gc_get_count },
	[PYMM_GC_AT(GET_DEBUG)] = { "get_debug", 0, 0, pymm_gc_get_debug },
	[PYMM_GC_AT(GET_FREEZE_COUNT)] = { "get_freeze_count", 0, 0,
					   pymm_gc_get_freeze_count },
	[PYMM_GC_AT(GET_OBJECTS)] = { "get_objects", 0, 1, pymm_gc_get_objects },
	[PYMM_GC_AT(GET_REFERENTS)] = { "get_referents", 0, PYMM_MAX_SLOTS,
					pymm_gc_get_referents },
	[PYMM_GC_AT(GET_REFERRERS)] = { "get_referrers", 0, PYMM_MAX_SLOTS,
					pymm_gc_get_referrers },
	[PYMM_GC_AT(GET_STATS)] = { "get_stats", 0, 0, pymm_gc_get_stats },
	[PYMM_GC_AT(GET_THRESHOLD)] = { "get_threshold", 0, 0, pymm_gc_get_threshold },
	[PYMM_GC_AT(IS_FINALIZED)] = { "is_finalized", 1, 1, pymm_gc_is_finalized },
	[PYMM_GC_AT(IS_TRACKED)] = { "is_tracked", 1, 1, pymm_gc_is_tracked },
	[PYMM_GC_AT(ISENABLED)] = { "isenabled", 0, 0, pymm_gc_isenabled },
	[PYMM_GC_AT(SET_DEBUG)] = { "set_debug", 1, 1, pymm_gc_set_debug },
	[PYMM_GC_AT(SET_THRESHOLD)] = { "set_threshold", 1, 3, pymm_gc_set_threshold },
	[PYMM_GC_AT(UNFREEZE)] = { "unfreeze", 0, 0, pymm_gc_do_unfreeze },
};

/**
 * pymm_gc_module_init() - fill the module's dict
 * @arena: an arena whose immortal objects are there, and the names
 *
 * Context: may sleep; arena->lock held.
 *
 * Return: 0, or -ENOMEM having done nothing.
 */
int pymm_gc_module_init(struct pymm_arena *arena)
{
	static const u8 flags[] = {
		PYMM_GC_DEBUG_STATS, PYMM_GC_DEBUG_COLLECTABLE, PYMM_GC_DEBUG_UNCOLLECTABLE,
		PYMM_GC_DEBUG_SAVEALL, PYMM_GC_DEBUG_LEAK,
	};
	const u32 dict = PYMM_NO_GC_DICT;
	u32 i;
	int err = pymm_dict_init(arena, dict, PYMM_NR_BUILTINS - PYMM_BUILTIN_GC + 8);

	if (err || pymm_object(arena, dict)->len)
		return err;
	pymm_dict_init_entry(arena, dict, PYMM_NO_NAME_NAME, PYMM_NO_NAME_GC);
	for (i = PYMM_BUILTIN_GC; i < PYMM_NR_BUILTINS; i++)
		pymm_dict_init_entry(arena, dict, PYMM_NO_BUILTIN_NAMES + i,
				     PYMM_NO_BUILTINS + i);
	for (i = 0; i < ARRAY_SIZE(flags); i++)
		pymm_dict_init_entry(arena, dict, PYMM_NO_NAME_DEBUG_STATS + i,
				     PYMM_NO_SMALL_INTS - PYMM_SMALL_INT_MIN + flags[i]);
	pymm_dict_init_entry(arena, dict, PYMM_NO_NAME_CALLBACKS, PYMM_NO_GC_CALLBACKS);
	pymm_dict_init_entry(arena, dict, PYMM_NO_NAME_GARBAGE, PYMM_NO_GC_GARBAGE);
	return 0;
}
