// SPDX-License-Identifier: GPL-2.0-only
/*
 * Built-in functions: what a call of one runs is C, at once. They and the built-in types stand in
 * a namespace of their own, where a name is looked for that is not global (semantics.md 2.08).
 */
#include <linux/kernel.h>
#include <linux/string.h>

#include "builtin.h"
#include "exception.h"
#include "fpu.h"
#include "op.h"

/* ---- numbers ---- */

static int pymm_builtin_int(struct pymm_thread *thread, s64 value, u32 *result)
{
	*result = pymm_int_new(thread->arena, value);
	return *result ? 0 : pymm_raise_nomem(thread);
}

static int pymm_builtin_abs(struct pymm_thread *thread, const u32 *args, u32 count, u32 *result)
{
	const struct pymm_object *object = pymm_object(thread->arena, args[0]);

	if (object->type == PYMM_TYPE_FLOAT) {
		*result = pymm_float_new(thread->arena, object->float_bits & ~PYMM_FLOAT_SIGN);
		return *result ? 0 : pymm_raise_nomem(thread);
	}
	if (object->type != PYMM_TYPE_INT && object->type != PYMM_TYPE_BOOL)
		return pymm_raise(thread, PYMM_EXC_TYPE_ERROR, "bad operand type for abs(): '%s'",
				  pymm_type_name(thread->arena, args[0]));
	if (object->ival < 0)
		return pymm_negative(thread, args[0], result);
	if (object->type == PYMM_TYPE_BOOL)
		return pymm_builtin_int(thread, object->ival, result);
	*result = pymm_get(thread->arena, args[0]);
	return 0;
}

static int pymm_builtin_id(struct pymm_thread *thread, const u32 *args, u32 count, u32 *result)
{
	return pymm_builtin_int(thread, args[0], result);
}

static int pymm_builtin_len(struct pymm_thread *thread, const u32 *args, u32 count, u32 *result)
{
	u64 length;

	return pymm_object_length(thread, args[0], &length) ?:
	       pymm_builtin_int(thread, length, result);
}

static int pymm_builtin_hash(struct pymm_thread *thread, const u32 *args, u32 count, u32 *result)
{
	s64 hash;
	int err = pymm_hash(thread, args[0], &hash);

	return err ?: pymm_builtin_int(thread, hash, result);
}

static bool pymm_callable(const struct pymm_arena *arena, u32 no)
{
	switch (pymm_object(arena, no)->type) {
	case PYMM_TYPE_FUNCTION:
	case PYMM_TYPE_METHOD:
	case PYMM_TYPE_TYPE:
	case PYMM_TYPE_WEAKREF:
	case PYMM_TYPE_BUILTIN:
		return true;
	default:
		return false;
	}
}

/* ---- iteration ---- */

static int pymm_builtin_iter(struct pymm_thread *thread, const u32 *args, u32 count, u32 *result)
{
	if (count == 1)
		return pymm_iter(thread, args[0], result);
	if (!pymm_callable(thread->arena, args[0]))
		return pymm_raise(thread, PYMM_EXC_TYPE_ERROR, "iter(v, w): v must be callable");
	return pymm_raise(thread, PYMM_EXC_TYPE_ERROR, "pymm has no iterators that call");
}

static int pymm_builtin_next(struct pymm_thread *thread, const u32 *args, u32 count, u32 *result)
{
	int ret = pymm_next(thread, args[0], result);

	if (ret)
		return min(ret, 0);
	if (count < 2)
		return pymm_raise(thread, PYMM_EXC_STOP_ITERATION, "%s", "");
	*result = pymm_get(thread->arena, args[1]);
	return 0;
}

/**
 * struct pymm_extreme - the search for the largest, or smallest, of several objects
 * @op: how an object compares with the one that it takes the place of
 * @best: that one, a reference, or 0
 */
struct pymm_extreme {
	enum pymm_compare op;
	u32 best;
};

/* Takes the reference @no over. */
static int pymm_extreme_add(struct pymm_thread *thread, struct pymm_extreme *extreme, u32 no)
{
	int ret = extreme->best ? pymm_compare(thread, no, extreme->best, extreme->op) : 1;

	if (ret > 0)
		swap(extreme->best, no);
	if (no)
		pymm_put(thread, no);
	return ret < 0 ? ret : pymm_tick(thread, 1);
}

static int pymm_extreme_of_items(struct pymm_thread *thread, struct pymm_extreme *extreme, u32 no)
{
	struct pymm_cursor cursor;
	u32 item;
	int ret = pymm_cursor_begin(thread, no, &cursor) ?: 1;

	while (ret > 0) {
		ret = pymm_cursor_next(thread, &cursor, &item);
		if (ret <= 0)
			break;
		/* Of a range, which may be very long, the first and the last will do. */
		if (pymm_is(thread->arena, cursor.container, PYMM_TYPE_RANGE) ||
		    pymm_is(thread->arena, cursor.container, PYMM_TYPE_RANGE_ITERATOR))
			cursor.at = max(cursor.at,
					pymm_range(thread->arena, cursor.container)->length - 1);
		ret = pymm_extreme_add(thread, extreme, item) ?: 1;
	}
	if (!ret)
		pymm_cursor_commit(thread, &cursor);
	return ret;
}

static int pymm_extreme(struct pymm_thread *thread, const char *name, enum pymm_compare op,
			const u32 *args, u32 count, u32 *result)
{
	struct pymm_extreme extreme = { .op = op };
	int err = 0;
	u32 i;

	if (count == 1)
		err = pymm_extreme_of_items(thread, &extreme, args[0]);
	for (i = 0; i < count && count > 1 && !err; i++)
		err = pymm_extreme_add(thread, &extreme, pymm_get(thread->arena, args[i]));
	if (!err && !extreme.best)
		err = pymm_raise(thread, PYMM_EXC_VALUE_ERROR, "%s() iterable argument is empty",
				 name);
	if (err && extreme.best)
		pymm_put(thread, extreme.best);
	*result = extreme.best;
	return err;
}

static int pymm_builtin_max(struct pymm_thread *thread, const u32 *args, u32 count, u32 *result)
{
	return pymm_extreme(thread, "max", PYMM_COMPARE_GT, args, count, result);
}

static int pymm_builtin_min(struct pymm_thread *thread, const u32 *args, u32 count, u32 *result)
{
	return pymm_extreme(thread, "min", PYMM_COMPARE_LT, args, count, result);
}

/* ---- types ---- */

static int pymm_builtin_callable(struct pymm_thread *thread, const u32 *args, u32 count,
				 u32 *result)
{
	*result = pymm_bool(pymm_callable(thread->arena, args[0]));
	return 0;
}

/* What is being looked through: tuples of classes, which may hold others. */
struct pymm_classes {
	u32 class;
	const char *where;
	const char *wrong;
};

/* Is it a subclass of this one? 1, 0, or an error. A tuple is looked through at the next level. */
static int pymm_subclass_step(struct pymm_thread *thread, const struct pymm_classes *c, u32 no)
{
	struct pymm_walk *walk;
	int err = 0;

	if (pymm_is(thread->arena, no, PYMM_TYPE_TYPE))
		return pymm_class_is_subclass(thread, c->class, no);
	if (!pymm_is(thread->arena, no, PYMM_TYPE_TUPLE))
		return pymm_raise(thread, PYMM_EXC_TYPE_ERROR, "%s", c->wrong);
	walk = pymm_walk_push(thread, c->where, &err);
	if (!walk)
		return err;
	*walk = (struct pymm_walk){ .a = no };
	return 0;
}

static int pymm_subclass(struct pymm_thread *thread, const struct pymm_classes *c, u32 no)
{
	u32 base = thread->walk_top;
	struct pymm_walk *walk;
	int ret = pymm_subclass_step(thread, c, no);

	while (!ret && thread->walk_top > base) {
		walk = &thread->walk[thread->walk_top - 1];
		if (walk->i == pymm_object(thread->arena, walk->a)->len)
			thread->walk_top--;
		else
			ret = pymm_subclass_step(thread, c,
						 pymm_items(thread->arena, walk->a)[walk->i++]);
		if (!ret)
			ret = pymm_tick(thread, 1);
	}
	thread->walk_top = base;
	return ret;
}

static int pymm_builtin_isinstance(struct pymm_thread *thread, const u32 *args, u32 count,
				   u32 *result)
{
	const struct pymm_classes c = {
		.class = pymm_type_object(thread->arena, args[0]),
		.where = " in __instancecheck__",
		.wrong = "isinstance() arg 2 must be a type, a tuple of types, or a union",
	};
	int ret = pymm_subclass(thread, &c, args[1]);

	*result = pymm_bool(ret);
	return min(ret, 0);
}

static int pymm_builtin_issubclass(struct pymm_thread *thread, const u32 *args, u32 count,
				   u32 *result)
{
	const struct pymm_classes c = {
		.class = args[0],
		.where = " in __subclasscheck__",
		.wrong = "issubclass() arg 2 must be a class, a tuple of classes, or a union",
	};
	int ret;

	if (!pymm_is(thread->arena, args[0], PYMM_TYPE_TYPE))
		return pymm_raise(thread, PYMM_EXC_TYPE_ERROR,
				  "issubclass() arg 1 must be a class");
	ret = pymm_subclass(thread, &c, args[1]);
	*result = pymm_bool(ret);
	return min(ret, 0);
}

/* ---- attributes ---- */

static int pymm_attribute_name(struct pymm_thread *thread, u32 name)
{
	if (pymm_is(thread->arena, name, PYMM_TYPE_STR))
		return 0;
	return pymm_raise(thread, PYMM_EXC_TYPE_ERROR, "attribute name must be string, not '%s'",
			  pymm_type_name(thread->arena, name));
}

static int pymm_builtin_getattr(struct pymm_thread *thread, const u32 *args, u32 count,
				u32 *result)
{
	int ret = pymm_attribute_name(thread, args[1]);

	if (!ret && count == 2)
		return pymm_object_getattr(thread, args[0], args[1], result);
	if (!ret)
		ret = pymm_getattr(thread, args[0], args[1], result);
	if (!ret)
		*result = pymm_get(thread->arena, args[2]);
	return min(ret, 0);
}

static int pymm_builtin_hasattr(struct pymm_thread *thread, const u32 *args, u32 count,
				u32 *result)
{
	u32 value;
	int ret = pymm_attribute_name(thread, args[1]);

	if (!ret)
		ret = pymm_getattr(thread, args[0], args[1], &value);
	if (ret > 0)
		pymm_put(thread, value);
	*result = pymm_bool(ret);
	return min(ret, 0);
}

static int pymm_builtin_setattr(struct pymm_thread *thread, const u32 *args, u32 count,
				u32 *result)
{
	*result = PYMM_NO_NONE;
	return pymm_attribute_name(thread, args[1]) ?:
	       pymm_object_setattr(thread, args[0], args[1], args[2]);
}

static int pymm_builtin_delattr(struct pymm_thread *thread, const u32 *args, u32 count,
				u32 *result)
{
	*result = PYMM_NO_NONE;
	return pymm_attribute_name(thread, args[1]) ?:
	       pymm_object_delattr(thread, args[0], args[1]);
}

/* ---- the functions ---- */

static const struct pymm_builtin_ops pymm_functions[PYMM_BUILTIN_GC] = {
	[PYMM_BUILTIN_ABS] = { "abs", 1, 1, pymm_builtin_abs },
	[PYMM_BUILTIN_CALLABLE] = { "callable", 1, 1, pymm_builtin_callable },
	[PYMM_BUILTIN_DELATTR] = { "delattr", 2, 2, pymm_builtin_delattr },
	[PYMM_BUILTIN_GETATTR] = { "getattr", 2, 3, pymm_builtin_getattr },
	[PYMM_BUILTIN_HASATTR] = { "hasattr", 2, 2, pymm_builtin_hasattr },
	[PYMM_BUILTIN_HASH] = { "hash", 1, 1, pymm_builtin_hash },
	[PYMM_BUILTIN_ID] = { "id", 1, 1, pymm_builtin_id },
	[PYMM_BUILTIN_ISINSTANCE] = { "isinstance", 2, 2, pymm_builtin_isinstance },
	[PYMM_BUILTIN_ISSUBCLASS] = { "issubclass", 2, 2, pymm_builtin_issubclass },
	[PYMM_BUILTIN_ITER] = { "iter", 1, 2, pymm_builtin_iter },
	[PYMM_BUILTIN_LEN] = { "len", 1, 1, pymm_builtin_len },
	[PYMM_BUILTIN_MAX] = { "max", 1, PYMM_MAX_SLOTS, pymm_builtin_max },
	[PYMM_BUILTIN_MIN] = { "min", 1, PYMM_MAX_SLOTS, pymm_builtin_min },
	[PYMM_BUILTIN_NEXT] = { "next", 1, 2, pymm_builtin_next },
	[PYMM_BUILTIN_SETATTR] = { "setattr", 3, 3, pymm_builtin_setattr },
};

static const struct pymm_builtin_ops *pymm_builtin(u32 which)
{
	which = array_index_nospec(which, PYMM_NR_BUILTINS);
	return which < PYMM_BUILTIN_GC ? &pymm_functions[which] :
					 &pymm_gc_functions[which - PYMM_BUILTIN_GC];
}

/** pymm_builtin_which() - enum pymm_builtin of a built-in function */
u32 pymm_builtin_which(const struct pymm_arena *arena, u32 no)
{
	return pymm_object(arena, no)->ival;
}

/** pymm_builtin_name() - the name of a built-in function */
const char *pymm_builtin_name(const struct pymm_arena *arena, u32 no)
{
	return pymm_builtin(pymm_builtin_which(arena, no))->name;
}

/* CPython has other words for functions of one argument, and for those with keywords. */
static int pymm_builtin_args(struct pymm_thread *thread, const struct pymm_builtin_ops *builtin,
			     const struct pymm_args *args)
{
	if (builtin->max == PYMM_MAX_SLOTS && pymm_args_names(thread->arena, args))
		return pymm_raise_keyword(thread, builtin->name, args);
	if (builtin->max == 1 && args->count != 1 && !pymm_args_names(thread->arena, args))
		return pymm_raise(thread, PYMM_EXC_TYPE_ERROR,
				  "%s() takes exactly one argument (%u given)", builtin->name,
				  args->count);
	return pymm_args_positional(thread, builtin->name, args, builtin->min, builtin->max);
}

/**
 * pymm_builtin_call() - call a built-in function
 * @thread: the running thread
 * @no: the function
 * @args: its arguments
 * @result: receives its result, a new reference
 *
 * Context: may sleep; the GIL and arena->lock held.
 *
 * Return: 0, PYMM_RAISED or -EINTR, having changed nothing.
 */
int pymm_builtin_call(struct pymm_thread *thread, u32 no, const struct pymm_args *args,
		      u32 *result)
{
	u32 which = pymm_builtin_which(thread->arena, no);
	const struct pymm_builtin_ops *builtin = pymm_builtin(which);
	int err = which < PYMM_BUILTIN_GC ? pymm_builtin_args(thread, builtin, args) :
					    pymm_gc_args(thread, builtin, args);

	return err ?: builtin->call(thread, args->args, args->count, result);
}

const struct pymm_type_ops pymm_builtin_type = { .name = "builtin_function_or_method" };

/* ---- the namespace ---- */

/* All strs that the module itself uses are the interned ones: one of them, made once. */
static int pymm_names_init(struct pymm_arena *arena)
{
	static const char *const names[] = {
		"__init__", "__del__", "__name__", "__doc__", "__package__", "__loader__",
		"__spec__", "__enter__", "__exit__", "gc", "start", "stop", "generation",
		"collections", "collected", "uncollectable", "callbacks", "garbage",
		"DEBUG_STATS", "DEBUG_COLLECTABLE", "DEBUG_UNCOLLECTABLE", "DEBUG_SAVEALL",
		"DEBUG_LEAK",
	};
	int err = 0;
	u32 i;

	static_assert(PYMM_NO_NAME_INIT + ARRAY_SIZE(names) == PYMM_NO_BUILTIN_NAMES);
	for (i = 0; i < ARRAY_SIZE(names) && !err; i++)
		err = pymm_str_init(arena, PYMM_NO_NAME_INIT + i, names[i]);
	for (i = 0; i < PYMM_NR_BUILTINS && !err; i++)
		err = pymm_str_init(arena, PYMM_NO_BUILTIN_NAMES + i, pymm_builtin(i)->name);
	for (i = 1; i < PYMM_NR_TYPES && !err; i++)
		err = pymm_str_init(arena, PYMM_NO_TYPE_NAMES + i, pymm_types[i]->name);
	for (i = 1; i < PYMM_NR_EXCEPTIONS && !err; i++)
		err = pymm_str_init(arena, PYMM_NO_EXCEPTION_NAMES + i,
				    pymm_exception_class_name(i));
	return err;
}

/**
 * pymm_builtins_init() - make the names that the module uses, and the namespace of builtins
 * @arena: an arena whose immortal objects are there but for names, with its interned strings
 *	and its builtins still empty
 *
 * Context: may sleep; arena->lock held.
 *
 * Return: 0, or -ENOMEM: the next try goes on with what was made.
 */
int pymm_builtins_init(struct pymm_arena *arena)
{
	u32 names = PYMM_NO_GC_MODULE - PYMM_NO_NAME_INIT;
	u32 i, name;
	int err;

	err = pymm_names_init(arena) ?:
	      /* With room for the names of most programs. */
	      pymm_dict_init(arena, arena->interned, 2 * names) ?:
	      pymm_dict_init(arena, arena->builtins,
			     PYMM_BUILTIN_GC + 1 + PYMM_NR_TYPES + PYMM_NR_EXCEPTIONS) ?:
	      pymm_gc_module_init(arena);
	if (err)
		return err;
	pymm_dict_init_entry(arena, arena->builtins, PYMM_NO_NAME_GC, PYMM_NO_GC_MODULE);
	for (name = PYMM_NO_NAME_INIT; name < PYMM_NO_GC_MODULE; name++) {
		pymm_dict_init_entry(arena, arena->interned, name, name);
		pymm_object(arena, name)->flags |= PYMM_OBJ_INTERNED;
	}
	for (i = 0; i < PYMM_BUILTIN_GC; i++)
		pymm_dict_init_entry(arena, arena->builtins, PYMM_NO_BUILTIN_NAMES + i,
				     PYMM_NO_BUILTINS + i);
	for (i = 1; i < PYMM_NR_TYPES; i++)
		if (pymm_types[i]->flags & PYMM_TYPE_NAMED)
			pymm_dict_init_entry(arena, arena->builtins, PYMM_NO_TYPE_NAMES + i,
					     PYMM_NO_TYPES + i);
	for (i = 1; i < PYMM_NR_EXCEPTIONS; i++)
		pymm_dict_init_entry(arena, arena->builtins, PYMM_NO_EXCEPTION_NAMES + i,
				     PYMM_NO_EXCEPTIONS + i);
	return 0;
}
