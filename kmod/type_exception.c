// SPDX-License-Identifier: GPL-2.0-only
/*
 * Exceptions: the built-in classes, which are immortal, and the objects of these and of the classes
 * that programs derive from them.
 */
#include <linux/kernel.h>
#include <linux/string.h>

#include "exception.h"
#include "op.h"

/* ---- classes ---- */

static const struct {
	const char *name;
	u8 base;
} pymm_exceptions[PYMM_NR_EXCEPTIONS] = {
	[PYMM_EXC_BASE_EXCEPTION] = { "BaseException" },
	[PYMM_EXC_EXCEPTION] = { "Exception", PYMM_EXC_BASE_EXCEPTION },
	[PYMM_EXC_KEYBOARD_INTERRUPT] = { "KeyboardInterrupt", PYMM_EXC_BASE_EXCEPTION },
	[PYMM_EXC_SYSTEM_EXIT] = { "SystemExit", PYMM_EXC_BASE_EXCEPTION },
	[PYMM_EXC_ARITHMETIC_ERROR] = { "ArithmeticError", PYMM_EXC_EXCEPTION },
	[PYMM_EXC_ZERO_DIVISION_ERROR] = { "ZeroDivisionError", PYMM_EXC_ARITHMETIC_ERROR },
	[PYMM_EXC_OVERFLOW_ERROR] = { "OverflowError", PYMM_EXC_ARITHMETIC_ERROR },
	[PYMM_EXC_ASSERTION_ERROR] = { "AssertionError", PYMM_EXC_EXCEPTION },
	[PYMM_EXC_ATTRIBUTE_ERROR] = { "AttributeError", PYMM_EXC_EXCEPTION },
	[PYMM_EXC_LOOKUP_ERROR] = { "LookupError", PYMM_EXC_EXCEPTION },
	[PYMM_EXC_INDEX_ERROR] = { "IndexError", PYMM_EXC_LOOKUP_ERROR },
	[PYMM_EXC_KEY_ERROR] = { "KeyError", PYMM_EXC_LOOKUP_ERROR },
	[PYMM_EXC_MEMORY_ERROR] = { "MemoryError", PYMM_EXC_EXCEPTION },
	[PYMM_EXC_NAME_ERROR] = { "NameError", PYMM_EXC_EXCEPTION },
	[PYMM_EXC_UNBOUND_LOCAL_ERROR] = { "UnboundLocalError", PYMM_EXC_NAME_ERROR },
	[PYMM_EXC_REFERENCE_ERROR] = { "ReferenceError", PYMM_EXC_EXCEPTION },
	[PYMM_EXC_RUNTIME_ERROR] = { "RuntimeError", PYMM_EXC_EXCEPTION },
	[PYMM_EXC_RECURSION_ERROR] = { "RecursionError", PYMM_EXC_RUNTIME_ERROR },
	[PYMM_EXC_NOT_IMPLEMENTED_ERROR] = { "NotImplementedError", PYMM_EXC_RUNTIME_ERROR },
	[PYMM_EXC_STOP_ITERATION] = { "StopIteration", PYMM_EXC_EXCEPTION },
	[PYMM_EXC_TYPE_ERROR] = { "TypeError", PYMM_EXC_EXCEPTION },
	[PYMM_EXC_VALUE_ERROR] = { "ValueError", PYMM_EXC_EXCEPTION },
	[PYMM_EXC_UNICODE_ERROR] = { "UnicodeError", PYMM_EXC_VALUE_ERROR },
};

/** pymm_exception_class_name() - the name of a built-in class of exceptions */
const char *pymm_exception_class_name(u32 exception)
{
	return pymm_exceptions[array_index_nospec(exception, PYMM_NR_EXCEPTIONS)].name;
}

/** pymm_exception_class_base() - the number of its base, an enum pymm_exception; or 0 */
u32 pymm_exception_class_base(u32 exception)
{
	return pymm_exceptions[array_index_nospec(exception, PYMM_NR_EXCEPTIONS)].base;
}

/** pymm_exception_kind() - the built-in class of an exception, or the nearest one that it has */
enum pymm_exception pymm_exception_kind(const struct pymm_arena *arena, u32 no)
{
	return pymm_exception_root(arena, pymm_object(arena, no)->cap) - PYMM_NO_EXCEPTIONS;
}

/** pymm_exception_is() - is it of that built-in class, or of one that is derived from it? */
bool pymm_exception_is(const struct pymm_arena *arena, u32 no, u32 exception)
{
	u32 kind = pymm_exception_kind(arena, no);

	while (kind && kind != exception)
		kind = pymm_exception_class_base(kind);
	return kind;
}

/* ---- objects ---- */

static struct pymm_exception_state *pymm_exception_payload(const struct pymm_arena *arena, u32 no)
{
	return *pymm_payload(arena, no);
}

static void pymm_exception_span(struct pymm_arena *arena, u32 no, struct pymm_span *span)
{
	struct pymm_exception_state *state = pymm_exception_payload(arena, no);

	span->base = state ? state->refs : NULL;
	span->groups = state ? PYMM_EXCEPTION_REFS : 0;
	span->width = 1;
	span->stride = 1;
	span->tail = pymm_object(arena, no)->cap;
}

static void pymm_exception_free(struct pymm_arena *arena, u32 no)
{
	pymm_payload_free(arena, pymm_exception_payload(arena, no),
			  sizeof(struct pymm_exception_state));
	*pymm_payload(arena, no) = NULL;
}

/** pymm_exception_get() - one of the references of an exception, borrowed; or 0 */
u32 pymm_exception_get(const struct pymm_arena *arena, u32 no, enum pymm_exception_ref ref)
{
	struct pymm_exception_state *state = pymm_exception_payload(arena, no);

	if (!state)
		return ref == PYMM_EXCEPTION_ARGS ? PYMM_NO_EMPTY_TUPLE : 0;
	return state->refs[ref];
}

/**
 * pymm_exception_state() - the payload of an exception
 * @thread: the running thread
 * @no: the exception; the collector may have emptied it
 *
 * Return: the payload; NULL when there is no memory, and of the one that every arena has.
 */
struct pymm_exception_state *pymm_exception_state(struct pymm_thread *thread, u32 no)
{
	struct pymm_exception_state *state = pymm_exception_payload(thread->arena, no);

	if (state || no == PYMM_NO_MEMORY_ERROR)
		return state;
	state = pymm_payload_alloc(thread->arena, sizeof(*state));
	if (state)
		*state = (struct pymm_exception_state){ .refs[PYMM_EXCEPTION_ARGS] =
							PYMM_NO_EMPTY_TUPLE };
	*pymm_payload(thread->arena, no) = state;
	return state;
}

/** pymm_exception_set() - set one, to a reference that the exception takes over, or to 0 */
void pymm_exception_set(struct pymm_thread *thread, u32 no, enum pymm_exception_ref ref, u32 value)
{
	struct pymm_exception_state *state = pymm_exception_state(thread, no);

	if (state)
		swap(state->refs[ref], value);
	if (value)
		pymm_put(thread, value);
}

/**
 * pymm_exception_new() - BaseException.__new__()
 * @thread: the running thread
 * @class: a class of exceptions
 * @args: its arguments
 * @count: how many
 * @result: receives a reference
 *
 * Return: 0, PYMM_RAISED or -EINTR.
 */
int pymm_exception_new(struct pymm_thread *thread, u32 class, const u32 *args, u32 count,
		       u32 *result)
{
	struct pymm_arena *arena = thread->arena;
	u32 i, tuple;
	int err = pymm_sequence_new(thread, PYMM_TYPE_TUPLE, count, &tuple);

	if (err)
		return err;
	for (i = 0; i < count; i++)
		pymm_items(arena, tuple)[i] = pymm_get(arena, args[i]);
	*result = pymm_object_alloc(arena, PYMM_TYPE_EXCEPTION);
	if (*result)
		pymm_object(arena, *result)->cap = pymm_get(arena, class);
	if (*result && pymm_exception_state(thread, *result)) {
		pymm_exception_set(thread, *result, PYMM_EXCEPTION_ARGS, tuple);
		return 0;
	}
	/* No finalizer is for what was never made. */
	if (*result) {
		pymm_object(arena, *result)->aux |= PYMM_AUX_FINALIZED;
		pymm_put(thread, *result);
	}
	pymm_put(thread, tuple);
	return pymm_raise_nomem(thread);
}

/* The keyword arguments of AttributeError and NameError. */
static int pymm_exception_keywords(struct pymm_thread *thread, u32 no,
				   const struct pymm_args *args)
{
	struct pymm_arena *arena = thread->arena;
	bool attribute = pymm_exception_is(arena, no, PYMM_EXC_ATTRIBUTE_ERROR);
	u32 i, name, names = pymm_args_names(arena, args), first = args->count - names;
	const char *what = pymm_exception_class_name(attribute ? PYMM_EXC_ATTRIBUTE_ERROR :
						     PYMM_EXC_NAME_ERROR);

	if (names > 1U + attribute)
		return pymm_raise(thread, PYMM_EXC_TYPE_ERROR,
				  "%s() takes at most %u keyword argument%s (%u given)", what,
				  1U + attribute, attribute ? "s" : "", names);
	for (i = 0; i < names; i++) {
		name = pymm_items(arena, args->names)[i];
		if (pymm_attr_is(arena, name, "name"))
			pymm_exception_set(thread, no, PYMM_EXCEPTION_NAME,
					   pymm_get(arena, args->args[first + i]));
		else if (attribute && pymm_attr_is(arena, name, "obj"))
			pymm_exception_set(thread, no, PYMM_EXCEPTION_OBJ,
					   pymm_get(arena, args->args[first + i]));
		else
			return pymm_raise_unexpected(thread, what, name);
	}
	return 0;
}

/* The __init__() of built-in classes. */
static int pymm_exception_init(struct pymm_thread *thread, u32 no, const struct pymm_args *args)
{
	struct pymm_arena *arena = thread->arena;
	bool exit = pymm_exception_is(arena, no, PYMM_EXC_SYSTEM_EXIT);
	u32 bytes, value;
	const char *text;

	if (pymm_args_names(arena, args)) {
		if (pymm_exception_is(arena, no, PYMM_EXC_ATTRIBUTE_ERROR) ||
		    pymm_exception_is(arena, no, PYMM_EXC_NAME_ERROR))
			return pymm_exception_keywords(thread, no, args);
		text = pymm_class_name(arena, pymm_object(arena, no)->cap, &bytes);
		return pymm_raise(thread, PYMM_EXC_TYPE_ERROR, "%.*s() takes no keyword arguments",
				  (int)bytes, text);
	}
	if (!args->count || (!exit && !pymm_exception_is(arena, no, PYMM_EXC_STOP_ITERATION)))
		return 0;
	value = args->args[0];
	if (exit && args->count > 1)
		value = pymm_exception_get(arena, no, PYMM_EXCEPTION_ARGS);
	pymm_exception_set(thread, no, PYMM_EXCEPTION_OBJ, pymm_get(arena, value));
	return 0;
}

/**
 * pymm_exception_construct() - call a class of exceptions that has no __init__ of a program
 * @thread: the running thread
 * @class: the class
 * @args: arguments
 * @result: receives a reference
 *
 * Return: 0, PYMM_RAISED or -EINTR.
 */
int pymm_exception_construct(struct pymm_thread *thread, u32 class, const struct pymm_args *args,
			     u32 *result)
{
	int err = pymm_exception_new(thread, class, args->args,
				     args->count - pymm_args_names(thread->arena, args), result);

	if (err)
		return err;
	err = pymm_exception_init(thread, *result, args);
	if (err)
		pymm_put(thread, *result);
	return err;
}

/* ---- attributes ---- */

/* Attributes that BaseException and its subclasses bring along. */
struct pymm_exception_member {
	const char *name;
	u8 ref;
	u8 exception;
};

#define PYMM_MEMBER_SUPPRESS	PYMM_EXCEPTION_REFS

static const struct pymm_exception_member pymm_exception_members[] = {
	{ "args", PYMM_EXCEPTION_ARGS, PYMM_EXC_BASE_EXCEPTION },
	{ "__traceback__", PYMM_EXCEPTION_TRACEBACK, PYMM_EXC_BASE_EXCEPTION },
	{ "__context__", PYMM_EXCEPTION_CONTEXT, PYMM_EXC_BASE_EXCEPTION },
	{ "__cause__", PYMM_EXCEPTION_CAUSE, PYMM_EXC_BASE_EXCEPTION },
	{ "__suppress_context__", PYMM_MEMBER_SUPPRESS, PYMM_EXC_BASE_EXCEPTION },
	{ "__dict__", PYMM_EXCEPTION_DICT, PYMM_EXC_BASE_EXCEPTION },
	{ "value", PYMM_EXCEPTION_OBJ, PYMM_EXC_STOP_ITERATION },
	{ "code", PYMM_EXCEPTION_OBJ, PYMM_EXC_SYSTEM_EXIT },
	{ "name", PYMM_EXCEPTION_NAME, PYMM_EXC_ATTRIBUTE_ERROR },
	{ "obj", PYMM_EXCEPTION_OBJ, PYMM_EXC_ATTRIBUTE_ERROR },
	{ "name", PYMM_EXCEPTION_NAME, PYMM_EXC_NAME_ERROR },
};

static const struct pymm_exception_member *pymm_exception_member(const struct pymm_arena *arena,
								 u32 no, u32 name)
{
	const struct pymm_exception_member *member = pymm_exception_members;
	u32 i;

	for (i = 0; i < ARRAY_SIZE(pymm_exception_members); i++, member++)
		if (pymm_attr_is(arena, name, member->name) &&
		    pymm_exception_is(arena, no, member->exception))
			return member;
	return NULL;
}

/*
 * What an attribute is: a @member, unless a class of the program's has the name, whose @value that
 * is then. Returns 1 if one of them is there, 0, or -EINTR.
 */
static int pymm_exception_lookup(struct pymm_thread *thread, u32 no, u32 name, u32 *value,
				 const struct pymm_exception_member **member)
{
	int ret = pymm_class_lookup(thread, pymm_object(thread->arena, no)->cap, name, value);

	*member = ret ? NULL : pymm_exception_member(thread->arena, no, name);
	return ret ?: !!*member;
}

/* The dict of its attributes, made when it is first needed; borrowed. 0 or PYMM_RAISED. */
static int pymm_exception_dict(struct pymm_thread *thread, u32 no, u32 *dict)
{
	struct pymm_exception_state *state = pymm_exception_state(thread, no);

	if (state && !state->refs[PYMM_EXCEPTION_DICT])
		state->refs[PYMM_EXCEPTION_DICT] = pymm_dict_new(thread->arena);
	if (!state || !state->refs[PYMM_EXCEPTION_DICT])
		return pymm_raise_nomem(thread);
	*dict = state->refs[PYMM_EXCEPTION_DICT];
	return 0;
}

static int pymm_exception_get_member(struct pymm_thread *thread, u32 no,
				     const struct pymm_exception_member *member, u32 *result)
{
	struct pymm_exception_state *state = pymm_exception_payload(thread->arena, no);
	int err = 0;

	if (member->ref == PYMM_MEMBER_SUPPRESS)
		*result = pymm_bool(state && state->suppress);
	else if (member->ref == PYMM_EXCEPTION_DICT)
		err = pymm_exception_dict(thread, no, result);
	else
		*result = pymm_exception_get(thread->arena, no, member->ref) ?: PYMM_NO_NONE;
	if (err)
		return err;
	pymm_get(thread->arena, *result);
	return 1;
}

/** pymm_exception_getattr() - as pymm_getattr(); @method: as pymm_bind_attribute() */
int pymm_exception_getattr(struct pymm_thread *thread, u32 no, u32 name, u32 *result,
			   bool *method)
{
	u32 dict = pymm_exception_get(thread->arena, no, PYMM_EXCEPTION_DICT), value, own;
	const struct pymm_exception_member *member;
	int found = pymm_exception_lookup(thread, no, name, &value, &member), ret = 0;

	if (found < 0)
		return found;
	if (member)
		return pymm_exception_get_member(thread, no, member, result);
	if (dict)
		ret = pymm_dict_get(thread, dict, name, &own);
	if (ret > 0)
		*result = pymm_get(thread->arena, own);
	if (ret || !found)
		return ret;
	return pymm_bind_attribute(thread, no, value, result, method);
}

/* Is it None, or an exception? What is said otherwise. */
static int pymm_exception_check_link(struct pymm_thread *thread, u32 value, const char *what)
{
	if (value == PYMM_NO_NONE || pymm_is(thread->arena, value, PYMM_TYPE_EXCEPTION))
		return 0;
	return pymm_raise(thread, PYMM_EXC_TYPE_ERROR,
			  "exception %s must be None or derive from BaseException", what);
}

/* The value that a member is set to, a new reference, or 0 for None. */
static int pymm_exception_value(struct pymm_thread *thread, u8 ref, u32 value, u32 *result)
{
	int err = 0;

	if (ref == PYMM_EXCEPTION_ARGS)
		return pymm_sequence_from(thread, PYMM_TYPE_TUPLE, value, PYMM_MAX_LEN, result);
	if (ref == PYMM_EXCEPTION_TRACEBACK && value != PYMM_NO_NONE &&
	    !pymm_is(thread->arena, value, PYMM_TYPE_TRACEBACK))
		err = pymm_raise(thread, PYMM_EXC_TYPE_ERROR,
				 "__traceback__ must be a traceback or None");
	else if (ref == PYMM_EXCEPTION_CAUSE || ref == PYMM_EXCEPTION_CONTEXT)
		err = pymm_exception_check_link(thread, value,
						ref == PYMM_EXCEPTION_CAUSE ? "cause" : "context");
	*result = value == PYMM_NO_NONE || err ? 0 : pymm_get(thread->arena, value);
	return err;
}

static int pymm_exception_set_suppress(struct pymm_thread *thread, u32 no, u32 value)
{
	struct pymm_exception_state *state;

	if (!pymm_is(thread->arena, value, PYMM_TYPE_BOOL))
		return pymm_raise(thread, PYMM_EXC_TYPE_ERROR, "attribute value type must be bool");
	state = pymm_exception_state(thread, no);
	if (!state)
		return pymm_raise_nomem(thread);
	state->suppress = value == PYMM_NO_TRUE;
	return 0;
}

static int pymm_exception_set_member(struct pymm_thread *thread, u32 no,
				     const struct pymm_exception_member *member, u32 value)
{
	struct pymm_exception_state *state;
	int err;

	if (member->ref == PYMM_MEMBER_SUPPRESS)
		return pymm_exception_set_suppress(thread, no, value);
	if (member->ref == PYMM_EXCEPTION_DICT)
		return pymm_raise(thread, PYMM_EXC_TYPE_ERROR, "this attribute cannot be set");
	err = pymm_exception_value(thread, member->ref, value, &value);
	if (err)
		return err;
	state = pymm_exception_state(thread, no);
	if (!state) {
		pymm_put_if(thread, value);
		return pymm_raise_nomem(thread);
	}
	if (member->ref == PYMM_EXCEPTION_CAUSE)
		state->suppress = true;
	pymm_exception_set(thread, no, member->ref, value);
	return 0;
}

/** pymm_exception_setattr() - x.name = value; 0 or an error */
int pymm_exception_setattr(struct pymm_thread *thread, u32 no, u32 name, u32 value)
{
	const struct pymm_exception_member *member;
	u32 dict, old;
	int ret = pymm_exception_lookup(thread, no, name, &old, &member);

	if (ret < 0)
		return ret;
	if (member)
		return pymm_exception_set_member(thread, no, member, value);
	if (pymm_attr_is(thread->arena, name, "__class__"))
		return pymm_raise(thread, PYMM_EXC_TYPE_ERROR, "this attribute cannot be set");
	ret = pymm_exception_dict(thread, no, &dict) ?:
	      pymm_dict_set(thread, dict, name, value, &old);
	if (!ret)
		pymm_put_if(thread, old);
	return ret;
}

static int pymm_exception_del_member(struct pymm_thread *thread, u32 no,
				     const struct pymm_exception_member *member)
{
	if (member->ref == PYMM_MEMBER_SUPPRESS)
		return pymm_raise(thread, PYMM_EXC_TYPE_ERROR,
				  "can't delete numeric/char attribute");
	if (member->ref == PYMM_EXCEPTION_DICT)
		return pymm_raise(thread, PYMM_EXC_TYPE_ERROR, "cannot delete __dict__");
	if (member->exception == PYMM_EXC_BASE_EXCEPTION)
		return pymm_raise(thread, PYMM_EXC_TYPE_ERROR, "%s may not be deleted",
				  member->name);
	pymm_exception_set(thread, no, member->ref, 0);
	return 0;
}

/** pymm_exception_delattr() - del x.name: 1, 0 when there is none, or an error */
int pymm_exception_delattr(struct pymm_thread *thread, u32 no, u32 name)
{
	u32 dict = pymm_exception_get(thread->arena, no, PYMM_EXCEPTION_DICT), key, old;
	const struct pymm_exception_member *member;
	int ret = pymm_exception_lookup(thread, no, name, &old, &member);

	if (ret < 0)
		return ret;
	if (member)
		return pymm_exception_del_member(thread, no, member) ?: 1;
	ret = dict ? pymm_dict_del(thread, dict, name, &key, &old) : 0;
	if (ret > 0) {
		pymm_put(thread, old);
		pymm_put(thread, key);
	}
	return ret;
}

/* ---- text ---- */

/** pymm_exception_item() - its only argument, or the tuple of them, borrowed */
u32 pymm_exception_item(const struct pymm_arena *arena, u32 no)
{
	u32 args = pymm_exception_get(arena, no, PYMM_EXCEPTION_ARGS);

	return pymm_object(arena, args)->len == 1 ? pymm_items(arena, args)[0] : args;
}

/**
 * pymm_exception_describe() - what is told of an exception that nobody caught
 * @thread: the running thread
 * @no: the exception
 * @told: receives the kind and the text
 */
void pymm_exception_describe(struct pymm_thread *thread, u32 no, struct pymm_raised *told)
{
	u32 class = pymm_object(thread->arena, no)->cap, bytes;
	bool own = !pymm_class_is_builtin(thread->arena, class);
	const char *name = pymm_class_name(thread->arena, class, &bytes);
	char *text = told->message;
	size_t at = 0, size = sizeof(told->message);

	told->exception = own ? PYMM_EXC_OTHER : pymm_exception_kind(thread->arena, no);
	memset(text, 0, size);
	if (own) {
		snprintf(text, size - 2, "%.*s", (int)bytes, name);
		strcat(text, ": ");
		at = strlen(text);
	}
	pymm_str_message(thread, no, text + at, size - at);
	if (own && !text[at])
		text[at - 2] = '\0';
	pymm_cut_utf8(text, strlen(text));
}

const struct pymm_type_ops pymm_exception_type = {
	.name = "exception",
	.flags = PYMM_TYPE_GC | PYMM_TYPE_TRACK | PYMM_TYPE_CLEAR | PYMM_TYPE_WEAK,
	.span = pymm_exception_span,
	.free = pymm_exception_free,
};
