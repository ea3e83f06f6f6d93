// SPDX-License-Identifier: GPL-2.0-only
/* The table of types, exceptions, and the operations that every object answers to. */
#include <linux/kernel.h>
#include <linux/stdarg.h>

#include "exception.h"
#include "fpu.h"

const struct pymm_type_ops *const pymm_types[PYMM_NR_TYPES] = {
	[PYMM_TYPE_NONE] = &pymm_none_type,
	[PYMM_TYPE_BOOL] = &pymm_bool_type,
	[PYMM_TYPE_INT] = &pymm_int_type,
	[PYMM_TYPE_STR] = &pymm_str_type,
	[PYMM_TYPE_TUPLE] = &pymm_tuple_type,
	[PYMM_TYPE_LIST] = &pymm_list_type,
	[PYMM_TYPE_DICT] = &pymm_dict_type,
	[PYMM_TYPE_CODE] = &pymm_code_type,
	[PYMM_TYPE_FUNCTION] = &pymm_function_type,
	[PYMM_TYPE_LOCK] = &pymm_lock_type,
	[PYMM_TYPE_RLOCK] = &pymm_rlock_type,
	[PYMM_TYPE_CELL] = &pymm_cell_type,
	[PYMM_TYPE_TYPE] = &pymm_type_type,
	[PYMM_TYPE_INSTANCE] = &pymm_instance_type,
	[PYMM_TYPE_METHOD] = &pymm_method_type,
	[PYMM_TYPE_WEAKREF] = &pymm_weakref_type,
	[PYMM_TYPE_FLOAT] = &pymm_float_type,
	[PYMM_TYPE_BYTES] = &pymm_bytes_type,
	[PYMM_TYPE_SET] = &pymm_set_type,
	[PYMM_TYPE_FROZENSET] = &pymm_frozenset_type,
	[PYMM_TYPE_SLICE] = &pymm_slice_type,
	[PYMM_TYPE_OBJECT] = &pymm_object_type,
	[PYMM_TYPE_BUILTIN] = &pymm_builtin_type,
	[PYMM_TYPE_RANGE] = &pymm_range_type,
	[PYMM_TYPE_RANGE_ITERATOR] = &pymm_range_iterator_type,
	[PYMM_TYPE_ITERATOR] = &pymm_iterator_type,
	[PYMM_TYPE_MODULE] = &pymm_module_type,
	[PYMM_TYPE_EXCEPTION] = &pymm_exception_type,
	[PYMM_TYPE_TRACEBACK] = &pymm_traceback_type,
	[PYMM_TYPE_FRAME] = &pymm_frame_type,
};

static int pymm_none_construct(struct pymm_thread *thread, const struct pymm_args *args,
			       u32 *result)
{
	if (args->count)
		return pymm_raise(thread, PYMM_EXC_TYPE_ERROR, "NoneType takes no arguments");
	*result = PYMM_NO_NONE;
	return 0;
}

const struct pymm_type_ops pymm_none_type = {
	.name = "NoneType",
	.construct = pymm_none_construct,
};

/* An object without attributes, that is nothing but itself. */
static int pymm_object_construct(struct pymm_thread *thread, const struct pymm_args *args,
				 u32 *result)
{
	if (args->count)
		return pymm_raise(thread, PYMM_EXC_TYPE_ERROR, "object() takes no arguments");
	*result = pymm_object_alloc(thread->arena, PYMM_TYPE_OBJECT);
	return *result ? 0 : pymm_raise_nomem(thread);
}

const struct pymm_type_ops pymm_object_type = {
	.name = "object",
	.flags = PYMM_TYPE_NAMED,
	.construct = pymm_object_construct,
};

/** pymm_cut_utf8() - a text of @size bytes that was cut must not end in a part of a character */
void pymm_cut_utf8(char *text, size_t size)
{
	size_t lead = size;

	while (lead && (text[--lead] & 0xc0) == 0x80)
		;
	if (lead + pymm_str_char_bytes(text[lead]) > size)
		text[lead] = '\0';
}

/**
 * pymm_raise() - raise an exception
 * @thread: the running thread
 * @exception: its type
 * @format: its text, as printf()
 *
 * Return: PYMM_RAISED, for the operation to return.
 */
int pymm_raise(struct pymm_thread *thread, enum pymm_exception exception, const char *format, ...)
{
	struct pymm_raised *raised = &thread->raised;
	size_t room = sizeof(raised->message);
	va_list args;

	raised->exception = exception;
	raised->thrown = false;
	raised->again = false;
	raised->operands = false;
	raised->cursor = 0;
	raised->pos = U32_MAX;
	va_start(args, format);
	if (vsnprintf(raised->message, room, format, args) >= room)
		pymm_cut_utf8(raised->message, room - 1);
	va_end(args);
	return PYMM_RAISED;
}

/**
 * pymm_raised_about() - what the exception that was just raised will refer to
 * @thread: the running thread
 * @obj: see enum pymm_raised_ref; a reference is taken; or 0
 * @name: as well
 *
 * Return: PYMM_RAISED.
 */
int pymm_raised_about(struct pymm_thread *thread, u32 obj, u32 name)
{
	thread->raised.refs[PYMM_RAISED_OBJ] = obj ? pymm_get(thread->arena, obj) : 0;
	thread->raised.refs[PYMM_RAISED_NAME] = name ? pymm_get(thread->arena, name) : 0;
	return PYMM_RAISED;
}

/** pymm_raise_nomem() - raise MemoryError: no memory, or a limit of the arena is reached */
int pymm_raise_nomem(struct pymm_thread *thread)
{
	const struct pymm_heap *heap = &thread->arena->heap;

	if (heap->objects >= heap->max_objects)
		return pymm_raise(thread, PYMM_EXC_MEMORY_ERROR,
				  "the arena's limit of %llu objects is reached",
				  heap->max_objects);
	if (heap->refusal == -EDQUOT && pymm_pools_full(heap))
		return pymm_raise(thread, PYMM_EXC_MEMORY_ERROR,
				  "small pieces keep %llu bytes of pages, twice the arena's limit",
				  heap->pools.bytes);
	if (heap->refusal == -EDQUOT)
		return pymm_raise(thread, PYMM_EXC_MEMORY_ERROR,
				  "the arena's limit of %llu bytes is reached", heap->max_bytes);
	return pymm_raise(thread, PYMM_EXC_MEMORY_ERROR, "out of memory");
}

/** pymm_raise_length() - raise MemoryError: the result would be too long */
int pymm_raise_length(struct pymm_thread *thread)
{
	return pymm_raise(thread, PYMM_EXC_MEMORY_ERROR, "longer than %d", PYMM_MAX_LEN);
}

/** pymm_type_name() - what messages call the type of an object: the tp_name of CPython */
const char *pymm_type_name(const struct pymm_arena *arena, u32 no)
{
	return pymm_class_tp_name(arena, pymm_type_object(arena, no));
}

/** pymm_truth() - bool(x): numbers by value, containers by length, the rest is true */
bool pymm_truth(const struct pymm_arena *arena, u32 no)
{
	const struct pymm_object *object = pymm_object(arena, no);

	switch (object->type) {
	case PYMM_TYPE_NONE:
		return false;
	case PYMM_TYPE_BOOL:
	case PYMM_TYPE_INT:
		return object->ival;
	case PYMM_TYPE_FLOAT:
		return !pymm_float_is_zero(object->float_bits);
	case PYMM_TYPE_STR:
	case PYMM_TYPE_BYTES:
		return !(object->flags & PYMM_OBJ_INLINE) || object->aux;
	case PYMM_TYPE_TUPLE:
	case PYMM_TYPE_LIST:
	case PYMM_TYPE_DICT:
	case PYMM_TYPE_SET:
	case PYMM_TYPE_FROZENSET:
		return object->len;
	case PYMM_TYPE_RANGE:
		return pymm_range(arena, no)->length;
	default:
		return true;
	}
}

/** pymm_object_length() - @length = len(x); 0 or PYMM_RAISED */
int pymm_object_length(struct pymm_thread *thread, u32 no, u64 *length)
{
	const struct pymm_type_ops *type = pymm_type_of(thread->arena, no);

	if (!type->length)
		return pymm_raise(thread, PYMM_EXC_TYPE_ERROR, "object of type '%s' has no len()",
				  pymm_type_name(thread->arena, no));
	*length = type->length(thread->arena, no);
	if (*length > S64_MAX)
		return pymm_raise(thread, PYMM_EXC_OVERFLOW_ERROR,
				  "Python int too large to convert to C ssize_t");
	return 0;
}

/** pymm_object_getitem() - @item = x[key], a new reference; 0 or an error */
int pymm_object_getitem(struct pymm_thread *thread, u32 no, u32 key, u32 *item)
{
	const struct pymm_type_ops *type = pymm_type_of(thread->arena, no);

	if (!type->getitem)
		return pymm_raise(thread, PYMM_EXC_TYPE_ERROR, "'%s' object is not subscriptable",
				  pymm_type_name(thread->arena, no));
	return type->getitem(thread, no, key, item);
}

/** pymm_object_setitem() - x[key] = value, or del x[key] if @value is 0; 0 or an error */
int pymm_object_setitem(struct pymm_thread *thread, u32 no, u32 key, u32 value)
{
	const struct pymm_type_ops *type = pymm_type_of(thread->arena, no);
	const char *name = pymm_type_name(thread->arena, no);
	bool sequence, index;

	if (type->setitem)
		return type->setitem(thread, no, key, value);
	if (value)
		return pymm_raise(thread, PYMM_EXC_TYPE_ERROR,
				  "'%s' object does not support item assignment", name);
	/* CPython has two wordings: one for an index of a sequence, one for the rest. */
	sequence = type->length || type == &pymm_instance_type;
	index = pymm_is(thread->arena, key, PYMM_TYPE_INT) ||
		pymm_is(thread->arena, key, PYMM_TYPE_BOOL);
	return pymm_raise(thread, PYMM_EXC_TYPE_ERROR, "'%s' object %s item deletion", name,
			  sequence && index ? "doesn't support" : "does not support");
}

/* Is @value among the items? An iterator is left behind the one that was found. */
static int pymm_items_contain(struct pymm_thread *thread, u32 no, u32 value)
{
	struct pymm_cursor cursor;
	int ret, found = 0;
	u32 item;

	ret = pymm_cursor_begin(thread, no, &cursor);
	while (!ret && !found) {
		ret = pymm_cursor_next(thread, &cursor, &item);
		if (ret <= 0)
			break;
		found = item == value ? 1 : pymm_equal(thread, item, value);
		pymm_put(thread, item);
		ret = found < 0 ? found : pymm_tick(thread, 1);
	}
	if (ret < 0)
		return ret;
	pymm_cursor_commit(thread, &cursor);
	return found;
}

/** pymm_object_contains() - value in x: 0, 1 or an error */
int pymm_object_contains(struct pymm_thread *thread, u32 no, u32 value)
{
	const struct pymm_type_ops *type = pymm_type_of(thread->arena, no);

	if (type->contains)
		return type->contains(thread, no, value);
	if (pymm_iterable(thread->arena, no))
		return pymm_items_contain(thread, no, value);
	return pymm_raise(thread, PYMM_EXC_TYPE_ERROR, "argument of type '%s' is not iterable",
			  pymm_type_name(thread->arena, no));
}

/** pymm_subscript() - the int that a subscript of a sequence is; 0 or PYMM_RAISED */
int pymm_subscript(struct pymm_thread *thread, u32 no, u32 key, s64 *index)
{
	const struct pymm_object *object = pymm_object(thread->arena, key);

	if (object->type == PYMM_TYPE_INT || object->type == PYMM_TYPE_BOOL) {
		*index = object->ival;
		return 0;
	}
	if (pymm_is(thread->arena, no, PYMM_TYPE_STR))
		return pymm_raise(thread, PYMM_EXC_TYPE_ERROR,
				  "string indices must be integers, not '%s'",
				  pymm_type_name(thread->arena, key));
	return pymm_raise(thread, PYMM_EXC_TYPE_ERROR,
			  "%s indices must be integers or slices, not %s",
			  pymm_is(thread->arena, no, PYMM_TYPE_BYTES) ? "byte" :
			  pymm_type_name(thread->arena, no), pymm_type_name(thread->arena, key));
}

/**
 * pymm_sequence_index() - the index that a subscript of a sequence means
 * @thread: the running thread
 * @no: the sequence
 * @key: the subscript
 * @length: its length
 * @what: "list index", for the message
 * @index: receives it; safe from speculation
 *
 * Return: 0 or PYMM_RAISED.
 */
int pymm_sequence_index(struct pymm_thread *thread, u32 no, u32 key, u32 length,
			const char *what, u32 *index)
{
	s64 i;
	int err = pymm_subscript(thread, no, key, &i);

	if (err)
		return err;
	if (i < 0)
		i += length;
	if (i < 0 || i >= length)
		return pymm_raise(thread, PYMM_EXC_INDEX_ERROR, "%s out of range", what);
	*index = array_index_nospec(i, length);
	return 0;
}
