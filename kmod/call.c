// SPDX-License-Identifier: GPL-2.0-only
/*
 * Calls: the arguments are bound to the parameters of a function in a frame that is not entered
 * yet, as initialize_locals() of CPython 3.13 does it, with its messages. What fails has changed
 * nothing.
 */
#include <linux/kernel.h>

#include "call.h"

/**
 * struct pymm_binding - arguments being bound
 * @thread: the running thread
 * @frame: whose first slots receive references of their own
 * @function: the function
 * @code: its code object
 * @given: positional arguments, the object of a method included
 */
struct pymm_binding {
	struct pymm_thread *thread;
	struct pymm_frame *frame;
	u32 function;
	struct pymm_bytecode *code;
	u32 given;
};

/* For "%.*s": a name, or what stands for one. */
struct pymm_text {
	int bytes;
	const char *text;
};

static struct pymm_text pymm_text(const struct pymm_arena *arena, u32 name)
{
	struct pymm_text text = { 1, "?" };
	u32 bytes;

	if (name) {
		text.text = pymm_str_clip(arena, name, &bytes);
		text.bytes = bytes;
	}
	return text;
}

static struct pymm_text pymm_binding_name(const struct pymm_binding *b, u32 index)
{
	return pymm_text(b->thread->arena, pymm_code_name(b->thread->arena, b->code, index));
}

static const char *pymm_plural(u32 count)
{
	return count == 1 ? "" : "s";
}

static u32 pymm_binding_defaults(const struct pymm_binding *b)
{
	return pymm_function_get(b->thread->arena, b->function, PYMM_FUNCTION_REF_DEFAULTS);
}

static int pymm_too_many(const struct pymm_binding *b)
{
	struct pymm_text name = pymm_binding_name(b, 0);
	u32 defaults = pymm_binding_defaults(b), params = b->code->nr_params;
	char takes[32], kwonly[64] = "";
	u32 i, given = 0;

	for (i = 0; i < b->code->nr_kwonly; i++)
		given += b->frame->slots[params + i] != 0;
	if (defaults)
		snprintf(takes, sizeof(takes), "from %d to %u",
			 (int)(params - pymm_object(b->thread->arena, defaults)->len), params);
	else
		snprintf(takes, sizeof(takes), "%u", params);
	if (given)
		snprintf(kwonly, sizeof(kwonly),
			 " positional argument%s (and %u keyword-only argument%s)",
			 pymm_plural(b->given), given, pymm_plural(given));
	return pymm_raise(b->thread, PYMM_EXC_TYPE_ERROR,
			  "%.*s() takes %s positional argument%s but %u%s %s given", name.bytes,
			  name.text, takes, defaults ? "s" : pymm_plural(params), b->given, kwonly,
			  b->given == 1 && !given ? "was" : "were");
}

/* 'a', 'a' and 'b', or 'a', 'b', and 'c': the names of the empty slots from @from to @to. */
static void pymm_missing_names(const struct pymm_binding *b, u32 from, u32 to, u32 missing,
			       char *text, size_t size)
{
	struct pymm_text name;
	u32 i, at = 0, seen = 0;

	for (i = from; i < to && at < size; i++) {
		if (b->frame->slots[i])
			continue;
		name = pymm_binding_name(b, i + 1);
		if (seen)
			at += snprintf(text + at, size - at, "%s%s", missing > 2 ? "," : "",
				       seen + 1 == missing ? " and " : " ");
		if (at < size)
			at += snprintf(text + at, size - at, "'%.*s'", name.bytes, name.text);
		seen++;
	}
}

static int pymm_missing(const struct pymm_binding *b, u32 from, u32 to, const char *kind)
{
	struct pymm_text name = pymm_binding_name(b, 0);
	char names[PYMM_MESSAGE_SIZE] = "";
	u32 i, missing = 0;

	for (i = from; i < to; i++)
		missing += !b->frame->slots[i];
	if (!missing)
		return 0;
	pymm_missing_names(b, from, to, missing, names, sizeof(names));
	return pymm_raise(b->thread, PYMM_EXC_TYPE_ERROR,
			  "%.*s() missing %u required %s argument%s: %s", name.bytes, name.text,
			  missing, kind, pymm_plural(missing), names);
}

static void pymm_bind_slot(const struct pymm_binding *b, u32 slot, u32 no)
{
	b->frame->slots[slot] = pymm_get(b->thread->arena, no);
}

/* The parameter of that name; all parameters if there is none. 0 or -EINTR. */
static int pymm_bind_find(const struct pymm_binding *b, u32 name, u32 *slot)
{
	u32 params = b->code->nr_params + b->code->nr_kwonly, known;
	int ret = pymm_tick(b->thread, params);

	if (ret)
		return ret;
	/* Most names are interned: the same object. */
	for (*slot = 0; *slot < params; (*slot)++)
		if (pymm_code_name(b->thread->arena, b->code, *slot + 1) == name)
			return 0;
	for (*slot = 0; *slot < params; (*slot)++) {
		known = pymm_code_name(b->thread->arena, b->code, *slot + 1);
		if (known)
			ret = pymm_equal(b->thread, known, name);
		if (ret)
			break;
	}
	return min(ret, 0);
}

static int pymm_bind_keyword(const struct pymm_binding *b, u32 name, u32 value)
{
	struct pymm_text function = pymm_binding_name(b, 0);
	struct pymm_text text = pymm_text(b->thread->arena, name);
	u32 slot;
	int err = pymm_bind_find(b, name, &slot);

	if (err)
		return err;
	if (slot == (u32)b->code->nr_params + b->code->nr_kwonly)
		return pymm_raise(b->thread, PYMM_EXC_TYPE_ERROR,
				  "%.*s() got an unexpected keyword argument '%.*s'",
				  function.bytes, function.text, text.bytes, text.text);
	if (b->frame->slots[slot])
		return pymm_raise(b->thread, PYMM_EXC_TYPE_ERROR,
				  "%.*s() got multiple values for argument '%.*s'",
				  function.bytes, function.text, text.bytes, text.text);
	pymm_bind_slot(b, slot, value);
	return 0;
}

/* The arguments as they were given. */
static int pymm_bind_given(const struct pymm_binding *b, const struct pymm_args *args)
{
	u32 i, at = 0, names = args->names ? pymm_object(b->thread->arena, args->names)->len : 0;
	u32 positional = args->count - names;
	int err = 0;

	if (args->self && b->code->nr_params)
		pymm_bind_slot(b, at++, args->self);
	for (i = 0; i < positional && at < b->code->nr_params; i++)
		pymm_bind_slot(b, at++, args->args[i]);
	for (i = 0; i < names && !err; i++)
		err = pymm_bind_keyword(b, pymm_items(b->thread->arena, args->names)[i],
					args->args[positional + i]);
	return err;
}

static int pymm_bind_defaults(const struct pymm_binding *b)
{
	u32 defaults = pymm_binding_defaults(b), params = b->code->nr_params;
	u32 i, count = defaults ? pymm_object(b->thread->arena, defaults)->len : 0;
	const u32 *items = defaults ? pymm_items(b->thread->arena, defaults) : NULL;
	int err;

	/* Longer ones are allowed: the last of them count. */
	err = pymm_missing(b, 0, params - min(count, params), "positional");
	for (i = params - min(count, params); i < params && !err; i++)
		if (!b->frame->slots[i])
			pymm_bind_slot(b, i, items[count - params + i]);
	return err;
}

static int pymm_bind_kwdefaults(const struct pymm_binding *b)
{
	u32 dict = pymm_function_get(b->thread->arena, b->function, PYMM_FUNCTION_REF_KWDEFAULTS);
	u32 i, name, value, params = b->code->nr_params;
	int ret;

	for (i = params; dict && i < params + b->code->nr_kwonly; i++) {
		name = pymm_code_name(b->thread->arena, b->code, i + 1);
		if (b->frame->slots[i] || !name)
			continue;
		ret = pymm_dict_get(b->thread, dict, name, &value);
		if (ret < 0)
			return ret;
		if (ret)
			pymm_bind_slot(b, i, value);
	}
	return pymm_missing(b, params, params + b->code->nr_kwonly, "keyword-only");
}

static int pymm_bind(const struct pymm_binding *b, const struct pymm_args *args)
{
	int err = pymm_bind_given(b, args);

	if (!err && b->given > b->code->nr_params)
		err = pymm_too_many(b);
	if (!err)
		err = pymm_bind_defaults(b);
	return err ?: pymm_bind_kwdefaults(b);
}

/* ---- of what is no function of a program ---- */

/** pymm_args_names() - how many of the arguments of a call have names */
u32 pymm_args_names(const struct pymm_arena *arena, const struct pymm_args *args)
{
	return args->names ? pymm_object(arena, args->names)->len : 0;
}

/** pymm_raise_unexpected() - raise TypeError: what is called takes no argument with that name */
int pymm_raise_unexpected(struct pymm_thread *thread, const char *name, u32 argument)
{
	struct pymm_text text = pymm_text(thread->arena, argument);

	return pymm_raise(thread, PYMM_EXC_TYPE_ERROR,
			  "%s() got an unexpected keyword argument '%.*s'", name, text.bytes,
			  text.text);
}

/** pymm_raise_keyword() - raise TypeError: it takes none with the first name there is */
int pymm_raise_keyword(struct pymm_thread *thread, const char *name, const struct pymm_args *args)
{
	return pymm_raise_unexpected(thread, name, pymm_items(thread->arena, args->names)[0]);
}

/**
 * pymm_args_count() - as _PyArg_CheckPositional() of CPython
 * @thread: the running thread
 * @name: of what is called
 * @count: arguments there are
 * @min: fewest
 * @max: most
 *
 * Return: 0 or PYMM_RAISED.
 */
int pymm_args_count(struct pymm_thread *thread, const char *name, u32 count, u32 min, u32 max)
{
	u32 limit = count < min ? min : max;

	if (count >= min && count <= max)
		return 0;
	return pymm_raise(thread, PYMM_EXC_TYPE_ERROR, "%s expected %s%u argument%s, got %u", name,
			  min == max ? "" : count < min ? "at least " : "at most ", limit,
			  pymm_plural(limit), count);
}

/** pymm_args_positional() - as pymm_args_count(), and none has a name; 0 or PYMM_RAISED */
int pymm_args_positional(struct pymm_thread *thread, const char *name,
			 const struct pymm_args *args, u32 min, u32 max)
{
	if (pymm_args_names(thread->arena, args))
		return pymm_raise(thread, PYMM_EXC_TYPE_ERROR, "%s() takes no keyword arguments",
				  name);
	return pymm_args_count(thread, name, args->count, min, max);
}

/**
 * pymm_call_function() - enter a frame for a call of a function
 * @thread: the running thread
 * @function: the function; the frame takes a reference of its own
 * @args: its arguments, of which the frame takes references of its own
 * @ret: slot of the calling frame that receives the result
 *
 * Context: may sleep; the GIL and arena->lock held.
 *
 * Return: 0, PYMM_RAISED or -EINTR, having changed nothing.
 */
int pymm_call_function(struct pymm_thread *thread, u32 function, const struct pymm_args *args,
		       u16 ret)
{
	u32 code = pymm_function_code(thread->arena, function);
	u32 names = pymm_args_names(thread->arena, args);
	struct pymm_binding b = {
		.thread = thread,
		.function = function,
		.given = args->count - names + !!args->self,
	};
	int err;

	b.code = pymm_bytecode(thread->arena, code);
	b.frame = pymm_frame_new(thread, code);
	if (!b.frame)
		return PYMM_RAISED;
	err = pymm_bind(&b, args);
	if (err) {
		pymm_frame_discard(thread, b.frame);
		return err;
	}
	pymm_frame_enter(thread, b.frame, code, pymm_get(thread->arena, function), ret);
	return 0;
}
