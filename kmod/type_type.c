// SPDX-License-Identifier: GPL-2.0-only
/*
 * type: the built-in types, which are immortal and have no payload, and the classes that programs
 * make, with single inheritance.
 */
#include <linux/string.h>

#include "exception.h"

/*
 * References of a class, in the order in which type_traverse() visits them. The last one is dropped
 * first, as type_dealloc() has it; the dict and the MRO are gone by then.
 */
enum pymm_class_ref {
	PYMM_CLASS_DICT,
	PYMM_CLASS_MRO,		/* a tuple: the class, its base, the base of that */
	PYMM_CLASS_NAME,
	PYMM_CLASS_SLOTS,	/* its own __slots__, or 0 */
	PYMM_CLASS_BASE,	/* or 0 */
	PYMM_CLASS_REFS,
};

/**
 * struct pymm_class - payload of a class
 * @refs: references
 * @exception: nearest base that is a built-in class of exceptions, or 0
 * @slotted: it and its bases have __slots__: instances that are no exceptions have no other
 *	attributes
 * @weakless: and none of them has __weakref__ there: no weak references to instances can be made
 * @room: attributes of the instance that had most of them, up to PYMM_DICT_SMALL
 * @name: its name for messages, cut to what they have room for
 */
struct pymm_class {
	u32 refs[PYMM_CLASS_REFS];
	u32 exception;
	bool slotted;
	bool weakless;
	u16 room;
	char name[];
};

static struct pymm_class *pymm_class(const struct pymm_arena *arena, u32 no)
{
	return *pymm_payload(arena, no);
}

/** pymm_class_room() - attributes to expect of an instance of a class; NULL: of a built-in one */
u16 *pymm_class_room(const struct pymm_arena *arena, u32 no)
{
	struct pymm_class *class = pymm_class(arena, no);

	return class ? &class->room : NULL;
}

static void pymm_type_span(struct pymm_arena *arena, u32 no, struct pymm_span *span)
{
	struct pymm_class *class = pymm_class(arena, no);

	span->base = class ? class->refs : NULL;
	span->groups = class ? 1 : 0;
	span->width = PYMM_CLASS_REFS;
	span->stride = PYMM_CLASS_REFS;
}

static size_t pymm_class_size(size_t name_bytes)
{
	return struct_size_t(struct pymm_class, name, name_bytes + 1);
}

static void pymm_type_free(struct pymm_arena *arena, u32 no)
{
	struct pymm_class *class = pymm_class(arena, no);

	if (class)
		pymm_payload_free(arena, class, pymm_class_size(strlen(class->name)));
	*pymm_payload(arena, no) = NULL;
}

/** pymm_type_object() - type(x), borrowed */
u32 pymm_type_object(const struct pymm_arena *arena, u32 no)
{
	const struct pymm_object *object = pymm_object(arena, no);

	switch (object->type) {
	case PYMM_TYPE_INSTANCE:
	case PYMM_TYPE_EXCEPTION:
		return object->cap;
	case PYMM_TYPE_ITERATOR:
		return PYMM_NO_ITERATOR_TYPES + pymm_iterator_kind(object);
	default:
		return PYMM_NO_TYPES + object->type;
	}
}

/** pymm_class_is_builtin() - is it a built-in type, not a class that a program made? */
bool pymm_class_is_builtin(const struct pymm_arena *arena, u32 no)
{
	return no > PYMM_NO_TYPES && no < PYMM_NO_FIRST_MORTAL;
}

static u32 pymm_class_parent(const struct pymm_arena *arena, u32 no)
{
	if (!pymm_class_is_builtin(arena, no))
		return pymm_class(arena, no)->refs[PYMM_CLASS_BASE];
	if (no > PYMM_NO_EXCEPTIONS && pymm_exception_class_base(no - PYMM_NO_EXCEPTIONS))
		return PYMM_NO_EXCEPTIONS + pymm_exception_class_base(no - PYMM_NO_EXCEPTIONS);
	return no == PYMM_NO_TYPES + PYMM_TYPE_BOOL ? PYMM_NO_TYPES + PYMM_TYPE_INT : 0;
}

/** pymm_exception_root() - the nearest built-in class of exceptions; 0: it is not for exceptions */
u32 pymm_exception_root(const struct pymm_arena *arena, u32 class)
{
	if (!pymm_class_is_builtin(arena, class))
		return pymm_class(arena, class)->exception;
	return class > PYMM_NO_EXCEPTIONS ? class : 0;
}

/** pymm_class_is_subclass() - issubclass(class, of), of types of any kind: 0, 1 or -EINTR */
int pymm_class_is_subclass(struct pymm_thread *thread, u32 no, u32 of)
{
	int err = 0;

	if (of == PYMM_NO_TYPES + PYMM_TYPE_OBJECT)
		return 1;
	while (!err && no && no != of) {
		no = pymm_class_parent(thread->arena, no);
		err = pymm_tick(thread, 1);
	}
	return err ?: !!no;
}

static const char *pymm_builtin_type_name(u32 no)
{
	if (no > PYMM_NO_EXCEPTIONS)
		return pymm_exception_class_name(no - PYMM_NO_EXCEPTIONS);
	if (no >= PYMM_NO_ITERATOR_TYPES)
		return pymm_iterator_names[no - PYMM_NO_ITERATOR_TYPES];
	return pymm_types[no - PYMM_NO_TYPES]->tp_name ?: pymm_types[no - PYMM_NO_TYPES]->name;
}

/** pymm_class_tp_name() - the name of a type, cut to what a message has room for, with a NUL */
const char *pymm_class_tp_name(const struct pymm_arena *arena, u32 no)
{
	if (pymm_class_is_builtin(arena, no))
		return pymm_builtin_type_name(no);
	return pymm_class(arena, no)->name;
}

/** pymm_class_name() - the same for "%.*s" */
const char *pymm_class_name(const struct pymm_arena *arena, u32 no, u32 *bytes)
{
	const char *name = pymm_class_tp_name(arena, no);

	*bytes = strlen(name);
	return name;
}

/** pymm_class_is_dictless() - do its instances, no exceptions, have nothing but their __slots__? */
bool pymm_class_is_dictless(const struct pymm_arena *arena, u32 no)
{
	return pymm_class(arena, no)->slotted;
}

/** pymm_class_is_weak() - can there be weak references to its instances, or exceptions? */
bool pymm_class_is_weak(const struct pymm_arena *arena, u32 no)
{
	return !pymm_class_is_builtin(arena, no) && !pymm_class(arena, no)->weakless;
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

/* The names of the attributes that instances may have; *@weak: __weakref__ is one of them. */
static int pymm_class_check_slots(struct pymm_thread *thread, u32 slots, bool *weak)
{
	struct pymm_arena *arena = thread->arena;
	u32 i, name;
	int err;

	if (pymm_is(arena, slots, PYMM_TYPE_STR)) {
		*weak = pymm_is_name(arena, slots, "__weakref__");
		return 0;
	}
	if (!pymm_is(arena, slots, PYMM_TYPE_TUPLE) && !pymm_is(arena, slots, PYMM_TYPE_LIST))
		return pymm_raise(thread, PYMM_EXC_TYPE_ERROR, "'%s' object is not iterable",
				  pymm_type_name(arena, slots));
	for (i = 0; i < pymm_object(arena, slots)->len; i++) {
		err = pymm_tick(thread, 1);
		if (err)
			return err;
		name = pymm_items(arena, slots)[i];
		if (!pymm_is(arena, name, PYMM_TYPE_STR))
			return pymm_raise(thread, PYMM_EXC_TYPE_ERROR,
					  "__slots__ items must be strings, not '%s'",
					  pymm_type_name(arena, name));
		*weak |= pymm_is_name(arena, name, "__weakref__");
	}
	return 0;
}

/* Attributes of a class, and which one of them is __slots__, or 0. */
static int pymm_class_copy(struct pymm_thread *thread, u32 dict, u32 *copy, u32 *slots)
{
	struct pymm_arena *arena = thread->arena;
	u32 i, key, value, old;
	int err = 0;

	*slots = 0;
	*copy = pymm_dict_new(arena);
	if (!*copy)
		return pymm_raise_nomem(thread);
	for (i = 0; !err && pymm_dict_entry(arena, dict, i, &key, &value); i++) {
		err = pymm_tick(thread, 1);
		if (!key || err)
			continue;
		err = pymm_class_check(thread, key, value) ?:
		      pymm_dict_set(thread, *copy, key, value, &old);
		if (pymm_is_name(arena, key, "__slots__"))
			*slots = value;
	}
	if (err)
		pymm_put(thread, *copy);
	return err;
}

static int pymm_class_set_slots(struct pymm_thread *thread, struct pymm_class *class, u32 slots)
{
	struct pymm_arena *arena = thread->arena;
	u32 base = class->refs[PYMM_CLASS_BASE];
	bool weak = false;
	int err = slots ? pymm_class_check_slots(thread, slots, &weak) : 0;

	if (err)
		return err;
	class->refs[PYMM_CLASS_SLOTS] = slots ? pymm_get(arena, slots) : 0;
	class->exception = base ? pymm_exception_root(arena, base) : 0;
	class->slotted = slots && (!base || base == class->exception ||
				   pymm_class(arena, base)->slotted);
	class->weakless = class->slotted && !weak &&
			  (!base || base == class->exception ||
			   pymm_class(arena, base)->weakless);
	return 0;
}

/*
 * Does CPython put descriptors into its dict: of __slots__, or of the __dict__ or __weakref__ that
 * instances of its base did not have?
 */
static bool pymm_class_is_described(const struct pymm_arena *arena, const struct pymm_class *class)
{
	u32 base = class->refs[PYMM_CLASS_BASE], slots = class->refs[PYMM_CLASS_SLOTS];

	if (slots)
		return pymm_is(arena, slots, PYMM_TYPE_STR) || pymm_object(arena, slots)->len;
	return !base || base == class->exception || pymm_class(arena, base)->slotted;
}

/* Descriptors are containers: the dict that holds some is tracked from then on. */
static int pymm_class_describe(struct pymm_thread *thread, const struct pymm_class *class)
{
	u32 dict = class->refs[PYMM_CLASS_DICT];

	if (!pymm_class_is_described(thread->arena, class))
		return 0;
	pymm_object(thread->arena, dict)->aux |= PYMM_AUX_STAYS;
	return pymm_dict_track(thread, dict);
}

/* The class, its base, the base of that: a tuple, so that a class is part of a cycle, as ever. */
static int pymm_class_mro(struct pymm_thread *thread, u32 no)
{
	struct pymm_arena *arena = thread->arena;
	struct pymm_class *class = pymm_class(arena, no);
	u32 i, mro, base = class->refs[PYMM_CLASS_BASE], length = 1;
	u32 old = base && base != class->exception ? pymm_class(arena, base)->refs[PYMM_CLASS_MRO] :
						      0;
	int err;

	if (old)
		length += pymm_object(arena, old)->len;
	else
		for (i = base; i; i = pymm_class_parent(arena, i))
			length++;
	err = pymm_tick(thread, length) ?:
	      pymm_sequence_new(thread, PYMM_TYPE_TUPLE, length, &mro);
	if (err)
		return err;
	pymm_items(arena, mro)[0] = pymm_get(arena, no);
	for (i = 1; i < length; i++, base = old ? 0 : pymm_class_parent(arena, base))
		pymm_items(arena, mro)[i] = old ? pymm_get(arena, pymm_items(arena, old)[i - 1]) :
						  base;
	class->refs[PYMM_CLASS_MRO] = mro;
	return 0;
}

/* A class that does not refer to itself yet, so that dropping it frees it; it takes @dict over. */
static int pymm_class_alloc(struct pymm_thread *thread, u32 name, u32 base, u32 dict, u32 *result)
{
	struct pymm_arena *arena = thread->arena;
	struct pymm_class *class;
	u32 bytes;
	const char *text = pymm_str_clip(arena, name, &bytes);

	*result = pymm_object_alloc(arena, PYMM_TYPE_TYPE);
	if (!*result)
		return pymm_raise_nomem(thread);
	class = pymm_payload_alloc(arena, pymm_class_size(bytes));
	if (!class) {
		pymm_put(thread, *result);
		return pymm_raise_nomem(thread);
	}
	memset(class, 0, pymm_class_size(bytes));
	memcpy(class->name, text, bytes);
	class->refs[PYMM_CLASS_NAME] = pymm_get(arena, name);
	class->refs[PYMM_CLASS_BASE] = base ? pymm_get(arena, base) : 0;
	class->refs[PYMM_CLASS_DICT] = dict;
	*pymm_payload(arena, *result) = class;
	return 0;
}

/*
 * In the order in which the collector gets to know of them in CPython: the dict, if it has to be
 * tracked for what it holds, the class, its MRO, the dict for its descriptors.
 */
static int pymm_class_make(struct pymm_thread *thread, u32 name, u32 base, u32 dict, u32 *result)
{
	struct pymm_class *class;
	u32 copy, slots;
	int err = pymm_class_copy(thread, dict, &copy, &slots);

	if (err)
		return err;
	err = pymm_class_alloc(thread, name, base, copy, result);
	if (err) {
		pymm_put(thread, copy);
		return err;
	}
	class = pymm_class(thread->arena, *result);
	err = pymm_class_set_slots(thread, class, slots) ?: pymm_class_mro(thread, *result) ?:
	      pymm_class_describe(thread, class);
	if (err)
		pymm_put(thread, *result);
	return err;
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
	u32 bytes;
	const char *text;
	int err;

	if (base == PYMM_NO_TYPES + PYMM_TYPE_OBJECT)
		base = 0;
	if (base && pymm_class_is_builtin(thread->arena, base) &&
	    !pymm_exception_root(thread->arena, base)) {
		text = pymm_class_name(thread->arena, base, &bytes);
		return pymm_raise(thread, PYMM_EXC_TYPE_ERROR,
				  "type '%.*s' is not an acceptable base type", (int)bytes, text);
	}
	err = pymm_text_find(thread, name, "", 1);
	if (err > 0)
		err = pymm_raise(thread, PYMM_EXC_VALUE_ERROR,
				 "type name must not contain null characters");
	return err ?: pymm_class_make(thread, name, base, dict, result);
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

/**
 * pymm_type_construct() - call a built-in type
 * @thread: the running thread
 * @no: the type
 * @args: arguments
 * @result: receives an object of it, a new reference
 *
 * Context: may sleep; the GIL and arena->lock held.
 *
 * Return: 0, PYMM_RAISED or -EINTR, having changed nothing.
 */
int pymm_type_construct(struct pymm_thread *thread, u32 no, const struct pymm_args *args,
			u32 *result)
{
	if (no > PYMM_NO_EXCEPTIONS)
		return pymm_exception_construct(thread, no, args, result);
	if (no < PYMM_NO_ITERATOR_TYPES && pymm_types[no - PYMM_NO_TYPES]->construct)
		return pymm_types[no - PYMM_NO_TYPES]->construct(thread, args, result);
	return pymm_raise(thread, PYMM_EXC_TYPE_ERROR, "cannot create '%s' instances",
			  pymm_builtin_type_name(no));
}

static int pymm_raise_type_argument(struct pymm_thread *thread, u32 position, const char *type,
				    u32 no)
{
	return pymm_raise(thread, PYMM_EXC_TYPE_ERROR,
			  "type.__new__() argument %u must be %s, not %s", position, type,
			  pymm_type_name(thread->arena, no));
}

/* type(name, bases, dict): one base, or none. */
static int pymm_type_make(struct pymm_thread *thread, const u32 *args, u32 *result)
{
	struct pymm_arena *arena = thread->arena;
	u32 base = 0;

	if (!pymm_is(arena, args[0], PYMM_TYPE_STR))
		return pymm_raise_type_argument(thread, 1, "str", args[0]);
	if (!pymm_is(arena, args[1], PYMM_TYPE_TUPLE))
		return pymm_raise_type_argument(thread, 2, "tuple", args[1]);
	if (!pymm_is(arena, args[2], PYMM_TYPE_DICT))
		return pymm_raise_type_argument(thread, 3, "dict", args[2]);
	if (pymm_object(arena, args[1])->len > 1)
		return pymm_raise(thread, PYMM_EXC_TYPE_ERROR,
				  "pymm has no classes with more than one base");
	if (pymm_object(arena, args[1])->len)
		base = pymm_items(arena, args[1])[0];
	if (base && !pymm_is(arena, base, PYMM_TYPE_TYPE))
		return pymm_raise(thread, PYMM_EXC_TYPE_ERROR,
				  "metaclass conflict: the metaclass of a derived class must be a (non-strict) subclass of the metaclasses of all its bases");
	return pymm_class_new(thread, args[0], base, args[2], result);
}

/* The type of an object, or a new class. */
static int pymm_type_call(struct pymm_thread *thread, const struct pymm_args *args, u32 *result)
{
	bool names = pymm_args_names(thread->arena, args);

	if (args->count == 3 && !names)
		return pymm_type_make(thread, args->args, result);
	if (args->count != 1 || names)
		return pymm_raise(thread, PYMM_EXC_TYPE_ERROR, "type() takes 1 or 3 arguments");
	*result = pymm_get(thread->arena, pymm_type_object(thread->arena, args->args[0]));
	return 0;
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
	.flags = PYMM_TYPE_GC | PYMM_TYPE_TRACK | PYMM_TYPE_WEAK | PYMM_TYPE_NAMED,
	.span = pymm_type_span,
	.clear = pymm_type_clear,
	.free = pymm_type_free,
	.construct = pymm_type_call,
};
