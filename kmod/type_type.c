// SPDX-License-Identifier: GPL-2.0-only
/*
 * type: the built-in types, which are immortal and have no payload, and the classes that programs
 * make, with single inheritance.
 */
#include <linux/string.h>

#include "core.h"

/* References of a class; deallocation drops the last one first, as type_dealloc() has it. */
enum pymm_class_ref {
	PYMM_CLASS_NAME,
	PYMM_CLASS_SLOTS,	/* its own __slots__, or 0 */
	PYMM_CLASS_MRO,		/* a tuple: the class, its base, the base of that */
	PYMM_CLASS_BASE,	/* or 0 */
	PYMM_CLASS_DICT,
	PYMM_CLASS_REFS,
};

/**
 * struct pymm_class - payload of a class
 * @refs: references
 * @dictless: it and its bases have __slots__: instances have no other attributes
 */
struct pymm_class {
	u32 refs[PYMM_CLASS_REFS];
	bool dictless;
};

static struct pymm_class *pymm_class(const struct pymm_arena *arena, u32 no)
{
	return *pymm_payload(arena, no);
}

static void pymm_type_span(struct pymm_arena *arena, u32 no, struct pymm_span *span)
{
	struct pymm_class *class = pymm_class(arena, no);

	span->base = class ? class->refs : NULL;
	span->groups = class ? 1 : 0;
	span->width = PYMM_CLASS_REFS;
	span->stride = PYMM_CLASS_REFS;
}

static void pymm_type_free(struct pymm_arena *arena, u32 no)
{
	pymm_payload_free(arena, pymm_class(arena, no), sizeof(struct pymm_class));
	*pymm_payload(arena, no) = NULL;
}

/** pymm_type_object() - type(x), borrowed */
u32 pymm_type_object(const struct pymm_arena *arena, u32 no)
{
	const struct pymm_object *object = pymm_object(arena, no);

	return object->type == PYMM_TYPE_INSTANCE ? pymm_instance_class(arena, no) :
						    PYMM_NO_TYPES + object->type;
}

/** pymm_class_is_builtin() - is it a built-in type, not a class that a program made? */
bool pymm_class_is_builtin(const struct pymm_arena *arena, u32 no)
{
	return no > PYMM_NO_TYPES && no < PYMM_NO_FIRST_MORTAL;
}

/** pymm_class_name() - its __name__, cut to what a message has room for */
const char *pymm_class_name(const struct pymm_arena *arena, u32 no, u32 *bytes)
{
	const char *name;

	if (!pymm_class_is_builtin(arena, no))
		return pymm_str_clip(arena, pymm_class(arena, no)->refs[PYMM_CLASS_NAME], bytes);
	name = pymm_types[no - PYMM_NO_TYPES]->name;
	*bytes = strlen(name);
	return name;
}

/** pymm_class_is_dictless() - do its instances have nothing but their __slots__? */
bool pymm_class_is_dictless(const struct pymm_arena *arena, u32 no)
{
	return pymm_class(arena, no)->dictless;
}

/**
 * pymm_class_lookup() - look a name up in a class and its bases
 * @thread: the running thread
 * @no: the class
 * @name: a str
 * @value: receives what it is bound to: not a new reference
 *
 * Return: 1 if it is there, 0 if not, or -EINTR.
 */
int pymm_class_lookup(struct pymm_thread *thread, u32 no, u32 name, u32 *value)
{
	struct pymm_class *class;
	int ret = 0;

	while (no && !ret && !pymm_class_is_builtin(thread->arena, no)) {
		class = pymm_class(thread->arena, no);
		if (!class->refs[PYMM_CLASS_DICT])
			return 0;
		ret = pymm_dict_get(thread, class->refs[PYMM_CLASS_DICT], name, value) ?:
		      pymm_tick(thread, 1);
		no = class->refs[PYMM_CLASS_BASE];
	}
	return ret;
}

static bool pymm_is_name(const struct pymm_arena *arena, u32 no, const char *text)
{
	const char *name;
	u32 bytes;

	if (!pymm_is(arena, no, PYMM_TYPE_STR))
		return false;
	name = pymm_str_text(arena, no, &bytes);
	return bytes == strlen(text) && !memcmp(name, text, bytes);
}

/* Methods that CPython would call by itself. Those that pymm does not are refused. */
static bool pymm_is_special(const struct pymm_arena *arena, u32 key, u32 value)
{
	const char *name;
	u32 bytes;

	if (!pymm_is(arena, key, PYMM_TYPE_STR) || !pymm_is(arena, value, PYMM_TYPE_FUNCTION))
		return false;
	name = pymm_str_text(arena, key, &bytes);
	if (bytes < 5 || memcmp(name, "__", 2) || memcmp(name + bytes - 2, "__", 2))
		return false;
	return !pymm_is_name(arena, key, "__init__") && !pymm_is_name(arena, key, "__del__") &&
	       !pymm_is_name(arena, key, "__enter__") && !pymm_is_name(arena, key, "__exit__");
}

/**
 * pymm_class_check() - may a class have this attribute?
 * @thread: the running thread
 * @key: its name
 * @value: its value
 *
 * Return: 0 or PYMM_RAISED. Remembers that there are finalizers.
 */
int pymm_class_check(struct pymm_thread *thread, u32 key, u32 value)
{
	const char *name;
	u32 bytes;

	if (pymm_is_special(thread->arena, key, value)) {
		name = pymm_str_clip(thread->arena, key, &bytes);
		return pymm_raise(thread, PYMM_EXC_TYPE_ERROR,
				  "pymm has no special method %.*s: only __init__, __del__, __enter__ and __exit__",
				  (int)bytes, name);
	}
	if (pymm_is_name(thread->arena, key, "__del__"))
		thread->arena->finalizers = true;
	return 0;
}

/* The names of the attributes that instances may have. */
static int pymm_class_check_slots(struct pymm_thread *thread, u32 slots)
{
	struct pymm_arena *arena = thread->arena;
	u32 i;

	if (pymm_is(arena, slots, PYMM_TYPE_STR))
		return 0;
	if (!pymm_is(arena, slots, PYMM_TYPE_TUPLE) && !pymm_is(arena, slots, PYMM_TYPE_LIST))
		return pymm_raise(thread, PYMM_EXC_TYPE_ERROR, "'%s' object is not iterable",
				  pymm_type_name(arena, slots));
	for (i = 0; i < pymm_object(arena, slots)->len; i++)
		if (!pymm_is(arena, pymm_items(arena, slots)[i], PYMM_TYPE_STR))
			return pymm_raise(thread, PYMM_EXC_TYPE_ERROR,
					  "__slots__ items must be strings, not '%s'",
					  pymm_type_name(arena, pymm_items(arena, slots)[i]));
	return 0;
}

static int pymm_class_fill(struct pymm_thread *thread, struct pymm_class *class, u32 dict)
{
	struct pymm_arena *arena = thread->arena;
	u32 i, key, value, old, slots = 0;
	int err = 0;

	for (i = 0; !err && pymm_dict_entry(arena, dict, i, &key, &value); i++) {
		err = pymm_tick(thread, 1);
		if (!key || err)
			continue;
		err = pymm_class_check(thread, key, value) ?:
		      pymm_dict_set(thread, class->refs[PYMM_CLASS_DICT], key, value, &old);
		if (pymm_is_name(arena, key, "__slots__"))
			slots = value;
	}
	if (!err && slots)
		err = pymm_class_check_slots(thread, slots);
	if (!err && slots)
		class->refs[PYMM_CLASS_SLOTS] = pymm_get(arena, slots);
	class->dictless = slots && (!class->refs[PYMM_CLASS_BASE] ||
				    pymm_class(arena, class->refs[PYMM_CLASS_BASE])->dictless);
	return err;
}

/* The class, its base, the base of that: a tuple, so that a class is part of a cycle, as ever. */
static int pymm_class_mro(struct pymm_thread *thread, u32 no)
{
	struct pymm_arena *arena = thread->arena;
	struct pymm_class *class = pymm_class(arena, no);
	u32 i, mro, base = class->refs[PYMM_CLASS_BASE];
	u32 old = base ? pymm_class(arena, base)->refs[PYMM_CLASS_MRO] : 0;
	u32 length = old ? pymm_object(arena, old)->len : 0;
	int err = pymm_sequence_new(thread, PYMM_TYPE_TUPLE, length + 1, &mro);

	if (err)
		return err;
	pymm_items(arena, mro)[0] = pymm_get(arena, no);
	for (i = 0; i < length; i++)
		pymm_items(arena, mro)[i + 1] = pymm_get(arena, pymm_items(arena, old)[i]);
	class->refs[PYMM_CLASS_MRO] = mro;
	return 0;
}

/* A class that does not refer to itself yet, so that dropping it frees it. */
static int pymm_class_alloc(struct pymm_thread *thread, u32 name, u32 base, u32 *result)
{
	struct pymm_arena *arena = thread->arena;
	struct pymm_class *class;
	u32 dict;

	*result = pymm_object_alloc(arena, PYMM_TYPE_TYPE);
	if (!*result)
		return pymm_raise_nomem(thread);
	class = pymm_payload_alloc(arena, sizeof(*class));
	dict = class ? pymm_dict_new(arena) : 0;
	if (!dict) {
		pymm_payload_free(arena, class, sizeof(*class));
		pymm_put(thread, *result);
		return pymm_raise_nomem(thread);
	}
	*class = (struct pymm_class){};
	class->refs[PYMM_CLASS_NAME] = pymm_get(arena, name);
	class->refs[PYMM_CLASS_BASE] = base ? pymm_get(arena, base) : 0;
	class->refs[PYMM_CLASS_DICT] = dict;
	*pymm_payload(arena, *result) = class;
	return 0;
}

/**
 * pymm_class_new() - type(name, (base,), dict)
 * @thread: the running thread
 * @name: a str
 * @base: a class, or 0
 * @dict: a dict; it is copied
 * @result: receives a reference
 *
 * Context: may sleep; the GIL and arena->lock held.
 *
 * Return: 0, PYMM_RAISED or -EINTR.
 */
int pymm_class_new(struct pymm_thread *thread, u32 name, u32 base, u32 dict, u32 *result)
{
	struct pymm_class *class;
	u32 bytes;
	const char *text;
	int err;

	if (base && pymm_class_is_builtin(thread->arena, base)) {
		text = pymm_class_name(thread->arena, base, &bytes);
		return pymm_raise(thread, PYMM_EXC_TYPE_ERROR,
				  "type '%.*s' is not an acceptable base type", (int)bytes, text);
	}
	err = pymm_class_alloc(thread, name, base, result);
	if (err)
		return err;
	class = pymm_class(thread->arena, *result);
	err = pymm_class_fill(thread, class, dict) ?: pymm_class_mro(thread, *result);
	if (err)
		pymm_put(thread, *result);
	return err;
}

/** pymm_class_base() - the base of a class that a program made, borrowed; or 0 */
u32 pymm_class_base(const struct pymm_arena *arena, u32 no)
{
	return pymm_class(arena, no)->refs[PYMM_CLASS_BASE];
}

/** pymm_class_slots() - the __slots__ of a class itself, a str or a sequence, borrowed; or 0 */
u32 pymm_class_slots(const struct pymm_arena *arena, u32 no)
{
	return pymm_class(arena, no)->refs[PYMM_CLASS_SLOTS];
}

/** pymm_class_dict() - the namespace of a class, borrowed */
u32 pymm_class_dict(const struct pymm_arena *arena, u32 no)
{
	return pymm_class(arena, no)->refs[PYMM_CLASS_DICT];
}

/* Name and base stay, as in type_clear(): instances may be left. */
static void pymm_type_clear(struct pymm_thread *thread, u32 no)
{
	struct pymm_class *class = pymm_class(thread->arena, no);
	u32 mro = class->refs[PYMM_CLASS_MRO], dict = class->refs[PYMM_CLASS_DICT];

	class->refs[PYMM_CLASS_MRO] = 0;
	class->refs[PYMM_CLASS_DICT] = 0;
	if (mro)
		pymm_put(thread, mro);
	if (dict)
		pymm_put(thread, dict);
}

const struct pymm_type_ops pymm_type_type = {
	.name = "type",
	.flags = PYMM_TYPE_GC | PYMM_TYPE_TRACK | PYMM_TYPE_WEAK,
	.span = pymm_type_span,
	.clear = pymm_type_clear,
	.free = pymm_type_free,
};
