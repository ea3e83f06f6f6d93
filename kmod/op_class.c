// SPDX-License-Identifier: GPL-2.0-only
/* Instructions on classes, attributes and weak references. */
#include <linux/string.h>

#include "exception.h"
#include "op.h"

/** pymm_attr_is() - is the str @name this text? */
bool pymm_attr_is(const struct pymm_arena *arena, u32 name, const char *text)
{
	u32 bytes;
	const char *have = pymm_str_text(arena, name, &bytes);

	return bytes == strlen(text) && !memcmp(have, text, bytes);
}

/* @rest: what stands behind the name. */
static int pymm_raise_attribute_text(struct pymm_thread *thread, u32 no, u32 name,
				     const char *rest)
{
	struct pymm_arena *arena = thread->arena;
	bool class = pymm_is(arena, no, PYMM_TYPE_TYPE);
	const char *text, *name_text;
	u32 bytes, name_bytes;

	text = pymm_class_name(arena, class ? no : pymm_type_object(arena, no), &bytes);
	name_text = pymm_str_clip(arena, name, &name_bytes);
	return pymm_raise(thread, PYMM_EXC_ATTRIBUTE_ERROR, "%s'%.*s'%s has no attribute '%.*s'%s",
			  class ? "type object " : "", (int)bytes, text, class ? "" : " object",
			  (int)name_bytes, name_text, rest);
}

static int pymm_raise_attribute(struct pymm_thread *thread, u32 no, u32 name, const char *rest)
{
	pymm_raise_attribute_text(thread, no, name, rest);
	return pymm_raised_about(thread, no, name);
}

static int pymm_raise_immutable_type(struct pymm_thread *thread, u32 no, u32 name)
{
	u32 bytes, name_bytes;
	const char *text = pymm_class_name(thread->arena, no, &bytes);
	const char *name_text = pymm_str_clip(thread->arena, name, &name_bytes);

	return pymm_raise(thread, PYMM_EXC_TYPE_ERROR,
			  "cannot set '%.*s' attribute of immutable type '%.*s'", (int)name_bytes,
			  name_text, (int)bytes, text);
}

/* ---- reading ---- */

/**
 * pymm_bind_attribute() - an attribute of the class of an instance
 * @thread: the running thread
 * @no: the instance
 * @value: the attribute
 * @result: receives a reference: functions become bound methods, but for who says so in *@method
 * @method: receives whether it is a function; or NULL
 *
 * Return: 1 or PYMM_RAISED.
 */
int pymm_bind_attribute(struct pymm_thread *thread, u32 no, u32 value, u32 *result, bool *method)
{
	bool function = pymm_is(thread->arena, value, PYMM_TYPE_FUNCTION);

	if (!function || method) {
		if (function)
			*method = true;
		*result = pymm_get(thread->arena, value);
		return 1;
	}
	*result = pymm_method_new(thread->arena, value, no);
	return *result ? 1 : pymm_raise_nomem(thread);
}

/* As those of instances, all return 1 with a reference, 0 when there is none, or an error. */
static int pymm_instance_getattr(struct pymm_thread *thread, u32 no, u32 name, u32 *result,
				 bool *method)
{
	struct pymm_arena *arena = thread->arena;
	u32 value, class = pymm_instance_class(arena, no);
	int ret = pymm_instance_get(thread, no, name, &value);

	if (ret > 0)
		*result = pymm_get(arena, value);
	if (ret)
		return ret;
	ret = pymm_class_lookup(thread, class, name, &value);
	if (ret)
		return ret < 0 ? ret : pymm_bind_attribute(thread, no, value, result,
							       method);
	if (!pymm_attr_is(arena, name, "__dict__") || pymm_class_is_dictless(arena, class))
		return 0;
	ret = pymm_instance_make_dict(thread, no, &value);
	if (ret)
		return ret;
	*result = pymm_get(arena, value);
	return 1;
}

static int pymm_class_getattr(struct pymm_thread *thread, u32 no, u32 name, u32 *result)
{
	u32 bytes;
	const char *text, *dot;
	int ret = pymm_class_lookup(thread, no, name, result);

	if (ret > 0)
		pymm_get(thread->arena, *result);
	if (ret || !pymm_attr_is(thread->arena, name, "__name__"))
		return ret;
	text = pymm_class_name(thread->arena, no, &bytes);
	/* A built-in type is also called by its module's name. */
	dot = pymm_class_is_builtin(thread->arena, no) ? strrchr(text, '.') : NULL;
	if (dot) {
		bytes -= dot + 1 - text;
		text = dot + 1;
	}
	return pymm_str_new(thread, text, bytes, result) ?: 1;
}

static int pymm_module_getattr(struct pymm_thread *thread, u32 no, u32 name, u32 *result)
{
	u32 dict = pymm_module_dict(thread->arena, no);
	int ret = 1;

	if (!dict)
		return 0;
	*result = dict;
	/* What gc has is not to be changed. */
	if (no < PYMM_NO_FIRST_MORTAL || !pymm_attr_is(thread->arena, name, "__dict__"))
		ret = pymm_dict_get(thread, dict, name, result);
	if (ret > 0)
		pymm_get(thread->arena, *result);
	return ret;
}

static const struct {
	const char *name;
	size_t offset;
} pymm_range_attributes[] = {
	{ "start", offsetof(struct pymm_range, start) },
	{ "stop", offsetof(struct pymm_range, stop) },
	{ "step", offsetof(struct pymm_range, step) },
};

static const s64 *pymm_range_attribute(struct pymm_arena *arena, u32 no, u32 name)
{
	u32 i;

	for (i = 0; i < ARRAY_SIZE(pymm_range_attributes); i++)
		if (pymm_attr_is(arena, name, pymm_range_attributes[i].name))
			return (const void *)pymm_range(arena, no) +
			       pymm_range_attributes[i].offset;
	return NULL;
}

static int pymm_range_getattr(struct pymm_thread *thread, u32 no, u32 name, u32 *result)
{
	const s64 *value = pymm_range_attribute(thread->arena, no, name);

	if (!value)
		return 0;
	*result = pymm_int_new(thread->arena, *value);
	return *result ? 1 : pymm_raise_nomem(thread);
}

/* What another function can be made of. */
static int pymm_function_getattr(struct pymm_thread *thread, u32 no, u32 name, u32 *result)
{
	struct pymm_arena *arena = thread->arena;

	if (pymm_attr_is(arena, name, "__code__"))
		*result = pymm_function_code(arena, no);
	else if (pymm_attr_is(arena, name, "__globals__"))
		*result = pymm_function_globals(arena, no);
	else
		*result = 0;
	if (*result)
		pymm_get(arena, *result);
	return !!*result;
}

static int pymm_lookup_attr(struct pymm_thread *thread, u32 no, u32 name, u32 *result, bool *method)
{
	if (pymm_attr_is(thread->arena, name, "__class__")) {
		*result = pymm_get(thread->arena, pymm_type_object(thread->arena, no));
		return 1;
	}
	switch (pymm_object(thread->arena, no)->type) {
	case PYMM_TYPE_INSTANCE:
		return pymm_instance_getattr(thread, no, name, result, method);
	case PYMM_TYPE_TYPE:
		return pymm_class_getattr(thread, no, name, result);
	case PYMM_TYPE_MODULE:
		return pymm_module_getattr(thread, no, name, result);
	case PYMM_TYPE_RANGE:
		return pymm_range_getattr(thread, no, name, result);
	case PYMM_TYPE_FUNCTION:
		return pymm_function_getattr(thread, no, name, result);
	case PYMM_TYPE_EXCEPTION:
		return pymm_exception_getattr(thread, no, name, result, method);
	case PYMM_TYPE_TRACEBACK:
		return pymm_traceback_getattr(thread, no, name, result);
	case PYMM_TYPE_FRAME:
		return pymm_frame_getattr(thread, no, name, result);
	default:
		return 0;
	}
}

/** pymm_getattr() - x.name: 1 with a new reference, 0 when there is none, or an error */
int pymm_getattr(struct pymm_thread *thread, u32 no, u32 name, u32 *result)
{
	return pymm_lookup_attr(thread, no, name, result, NULL);
}

static int pymm_raise_module_attribute(struct pymm_thread *thread, u32 no, u32 name)
{
	u32 module, module_bytes, bytes;
	const char *text = pymm_str_clip(thread->arena, name, &bytes), *module_text;
	int ret = pymm_module_name(thread, no, &module);

	if (ret < 0)
		return ret;
	if (!ret) {
		pymm_raise(thread, PYMM_EXC_ATTRIBUTE_ERROR, "module has no attribute '%.*s'",
			   (int)bytes, text);
		return pymm_raised_about(thread, no, name);
	}
	module_text = pymm_str_clip(thread->arena, module, &module_bytes);
	pymm_raise(thread, PYMM_EXC_ATTRIBUTE_ERROR, "module '%.*s' has no attribute '%.*s'",
		   (int)module_bytes, module_text, (int)bytes, text);
	return pymm_raised_about(thread, no, name);
}

/* As pymm_lookup_attr(), but 0 with a reference, or an error. */
static int pymm_require_attr(struct pymm_thread *thread, u32 no, u32 name, u32 *result,
			     bool *method)
{
	int ret = pymm_lookup_attr(thread, no, name, result, method);

	if (!ret && pymm_is(thread->arena, no, PYMM_TYPE_MODULE))
		return pymm_raise_module_attribute(thread, no, name);
	if (ret)
		return min(ret, 0);
	/* A method asks its function last. */
	if (pymm_is(thread->arena, no, PYMM_TYPE_METHOD))
		no = pymm_method_function(thread->arena, no);
	return pymm_raise_attribute(thread, no, name, "");
}

/** pymm_object_getattr() - @result = x.name, a new reference; 0 or an error */
int pymm_object_getattr(struct pymm_thread *thread, u32 no, u32 name, u32 *result)
{
	return pymm_require_attr(thread, no, name, result, NULL);
}

int pymm_op_LOAD_ATTR(struct pymm_thread *thread, struct pymm_frame *frame,
		      const struct pymm_insn *insn)
{
	u32 no, result, name = frame->bytecode->consts[insn->imm];
	int err = pymm_in(thread, frame, insn->src1, &no);

	if (!err)
		err = pymm_object_getattr(thread, no, name, &result);
	return err ?: pymm_result(thread, frame, insn, result);
}

/* What is to be called, and in src2 the object that goes before its arguments, or nothing. */
int pymm_op_LOAD_METHOD(struct pymm_thread *thread, struct pymm_frame *frame,
			const struct pymm_insn *insn)
{
	u32 no, result, name = frame->bytecode->consts[insn->imm], old;
	bool method = false;
	int err = pymm_in(thread, frame, insn->src1, &no);

	if (!err)
		err = pymm_require_attr(thread, no, name, &result, &method);
	if (err)
		return err;
	if (method)
		pymm_get(thread->arena, no);
	old = pymm_consume(frame, insn, PYMM_INSN_CONSUME1, insn->src1);
	pymm_frame_store(thread, frame, insn->src2, method ? no : 0);
	pymm_frame_store(thread, frame, insn->dst, result);
	pymm_put_if(thread, old);
	return PYMM_NEXT;
}

/* ---- writing ---- */

#define PYMM_NO_DICT	" and no __dict__ for setting new attributes"

/* Is it one of the names in __slots__? 0, 1 or an error. */
static int pymm_slots_have(struct pymm_thread *thread, u32 slots, u32 name)
{
	if (!slots)
		return 0;
	if (pymm_is(thread->arena, slots, PYMM_TYPE_STR))
		return pymm_equal(thread, slots, name);
	return pymm_sequence_contains(thread, slots, name);
}

/* May an instance have this attribute? Those of a class with __slots__ have no others. */
static int pymm_slot_check(struct pymm_thread *thread, u32 no, u32 name)
{
	u32 class = pymm_instance_class(thread->arena, no);
	int ret;

	if (!pymm_class_is_dictless(thread->arena, class))
		return 0;
	for (; class; class = pymm_class_base(thread->arena, class)) {
		ret = pymm_tick(thread, 1) ?:
		      pymm_slots_have(thread, pymm_class_slots(thread->arena, class), name);
		if (ret)
			return min(ret, 0);
	}
	return pymm_raise_attribute(thread, no, name, PYMM_NO_DICT);
}

static int pymm_instance_setattr(struct pymm_thread *thread, u32 no, u32 name, u32 value)
{
	u32 old;
	int err = pymm_slot_check(thread, no, name);

	if (!err && (pymm_attr_is(thread->arena, name, "__class__") ||
		     pymm_attr_is(thread->arena, name, "__dict__")))
		err = pymm_raise(thread, PYMM_EXC_TYPE_ERROR, "this attribute cannot be set");
	if (!err)
		err = pymm_instance_set(thread, no, name, value, &old);
	if (err)
		return err;
	pymm_put_if(thread, old);
	return 0;
}

static int pymm_class_setattr(struct pymm_thread *thread, u32 no, u32 name, u32 value)
{
	u32 old, dict;
	int err;

	if (pymm_class_is_builtin(thread->arena, no))
		return pymm_raise_immutable_type(thread, no, name);
	dict = pymm_class_dict(thread->arena, no);
	if (!dict)
		return pymm_raise(thread, PYMM_EXC_RUNTIME_ERROR, "the class is empty");
	err = pymm_class_check(thread, name, value) ?:
	      pymm_dict_set(thread, dict, name, value, &old);
	if (err)
		return err;
	pymm_put_if(thread, old);
	return 0;
}

static int pymm_raise_readonly(struct pymm_thread *thread)
{
	return pymm_raise(thread, PYMM_EXC_ATTRIBUTE_ERROR, "readonly attribute");
}

static int pymm_module_setattr(struct pymm_thread *thread, u32 no, u32 name, u32 value)
{
	u32 old, dict = pymm_module_dict(thread->arena, no);
	int err;

	/* So is what gc has. */
	if (no < PYMM_NO_FIRST_MORTAL || pymm_attr_is(thread->arena, name, "__dict__"))
		return pymm_raise_readonly(thread);
	if (!dict)
		return pymm_raise(thread, PYMM_EXC_RUNTIME_ERROR, "the module is empty");
	err = pymm_dict_set(thread, dict, name, value, &old);
	if (err)
		return err;
	pymm_put_if(thread, old);
	return 0;
}

/* Of an object that has no attributes but those of its type. */
static int pymm_raise_no_setattr(struct pymm_thread *thread, u32 no, u32 name)
{
	if (pymm_is(thread->arena, no, PYMM_TYPE_RANGE) &&
	    pymm_range_attribute(thread->arena, no, name))
		return pymm_raise_readonly(thread);
	return pymm_raise_attribute(thread, no, name, PYMM_NO_DICT);
}

/** pymm_object_setattr() - x.name = value; 0 or an error */
int pymm_object_setattr(struct pymm_thread *thread, u32 no, u32 name, u32 value)
{
	switch (pymm_object(thread->arena, no)->type) {
	case PYMM_TYPE_INSTANCE:
		return pymm_instance_setattr(thread, no, name, value);
	case PYMM_TYPE_TYPE:
		return pymm_class_setattr(thread, no, name, value);
	case PYMM_TYPE_MODULE:
		return pymm_module_setattr(thread, no, name, value);
	case PYMM_TYPE_EXCEPTION:
		return pymm_exception_setattr(thread, no, name, value);
	default:
		return pymm_raise_no_setattr(thread, no, name);
	}
}

int pymm_op_STORE_ATTR(struct pymm_thread *thread, struct pymm_frame *frame,
		       const struct pymm_insn *insn)
{
	u32 no, value, name = frame->bytecode->consts[insn->imm];
	int err = pymm_in2(thread, frame, insn, &no, &value);

	if (!err)
		err = pymm_object_setattr(thread, no, name, value);
	return err ?: pymm_done(thread, frame, insn);
}

/* ---- deleting ---- */

static int pymm_class_delattr(struct pymm_thread *thread, u32 no, u32 name, u32 *key, u32 *old)
{
	u32 dict;

	if (pymm_class_is_builtin(thread->arena, no))
		return pymm_raise_immutable_type(thread, no, name);
	dict = pymm_class_dict(thread->arena, no);
	return dict ? pymm_dict_del(thread, dict, name, key, old) : 0;
}

static int pymm_module_delattr(struct pymm_thread *thread, u32 no, u32 name, u32 *key, u32 *old)
{
	u32 dict = pymm_module_dict(thread->arena, no);

	if (no < PYMM_NO_FIRST_MORTAL || pymm_attr_is(thread->arena, name, "__dict__"))
		return pymm_raise_readonly(thread);
	return dict ? pymm_dict_del(thread, dict, name, key, old) : 0;
}

/* CPython's functions have attributes of their own: one that is not there cannot be deleted. */
static int pymm_function_delattr(struct pymm_thread *thread, u32 no, u32 name)
{
	if (pymm_attr_is(thread->arena, name, "__globals__"))
		return pymm_raise_readonly(thread);
	if (pymm_attr_is(thread->arena, name, "__code__"))
		return pymm_raise(thread, PYMM_EXC_TYPE_ERROR,
				  "__code__ must be set to a code object");
	return pymm_raise_attribute(thread, no, name, "");
}

/* As store_instance_attr_lock_held() of CPython: without obj and name, if there are no slots. */
static int pymm_raise_no_delattr(struct pymm_thread *thread, u32 no, u32 name)
{
	if (pymm_is(thread->arena, no, PYMM_TYPE_INSTANCE) &&
	    !pymm_class_is_dictless(thread->arena, pymm_instance_class(thread->arena, no)))
		return pymm_raise_attribute_text(thread, no, name, "");
	return pymm_raise_attribute(thread, no, name, "");
}

/** pymm_object_delattr() - del x.name; 0 or an error */
int pymm_object_delattr(struct pymm_thread *thread, u32 no, u32 name)
{
	u32 key = 0, old = 0;
	int ret;

	switch (pymm_object(thread->arena, no)->type) {
	case PYMM_TYPE_EXCEPTION:
		ret = pymm_exception_delattr(thread, no, name);
		break;
	case PYMM_TYPE_INSTANCE:
		ret = pymm_instance_del(thread, no, name, &key, &old);
		break;
	case PYMM_TYPE_TYPE:
		ret = pymm_class_delattr(thread, no, name, &key, &old);
		break;
	case PYMM_TYPE_MODULE:
		ret = pymm_module_delattr(thread, no, name, &key, &old);
		break;
	case PYMM_TYPE_FUNCTION:
		return pymm_function_delattr(thread, no, name);
	default:
		return pymm_raise_no_setattr(thread, no, name);
	}
	if (ret < 0)
		return ret;
	if (!ret)
		return pymm_raise_no_delattr(thread, no, name);
	pymm_put_if(thread, old);
	pymm_put_if(thread, key);
	return 0;
}

int pymm_op_DELETE_ATTR(struct pymm_thread *thread, struct pymm_frame *frame,
			const struct pymm_insn *insn)
{
	u32 no, name = frame->bytecode->consts[insn->imm];
	int err = pymm_in(thread, frame, insn->src1, &no);

	if (!err)
		err = pymm_object_delattr(thread, no, name);
	return err ?: pymm_done(thread, frame, insn);
}

/* ---- classes ---- */

int pymm_op_BUILD_CLASS(struct pymm_thread *thread, struct pymm_frame *frame,
			const struct pymm_insn *insn)
{
	u32 base, dict, class, name = frame->bytecode->consts[insn->imm];
	int err = pymm_in2(thread, frame, insn, &base, &dict);

	if (err)
		return err;
	if (base != PYMM_NO_NONE && !pymm_is(thread->arena, base, PYMM_TYPE_TYPE))
		return pymm_raise(thread, PYMM_EXC_TYPE_ERROR,
				  "the base of a class is a class or None, not '%s'",
				  pymm_type_name(thread->arena, base));
	if (!pymm_is(thread->arena, dict, PYMM_TYPE_DICT))
		return pymm_raise(thread, PYMM_EXC_TYPE_ERROR,
				  "type.__new__() argument 3 must be dict, not %s",
				  pymm_type_name(thread->arena, dict));
	err = pymm_class_new(thread, name, base == PYMM_NO_NONE ? 0 : base, dict, &class);
	return err ?: pymm_result(thread, frame, insn, class);
}

int pymm_op_GET_TYPE(struct pymm_thread *thread, struct pymm_frame *frame,
		     const struct pymm_insn *insn)
{
	u32 no;
	int err = pymm_in(thread, frame, insn->src1, &no);

	return err ?: pymm_result(thread, frame, insn,
				  pymm_get(thread->arena, pymm_type_object(thread->arena, no)));
}

/* A callback of None is none. */
int pymm_op_WEAKREF_NEW(struct pymm_thread *thread, struct pymm_frame *frame,
			const struct pymm_insn *insn)
{
	u32 no, callback, result;
	int err = pymm_in2(thread, frame, insn, &no, &callback);

	if (err)
		return err;
	if ((pymm_is(thread->arena, no, PYMM_TYPE_INSTANCE) ||
	     pymm_is(thread->arena, no, PYMM_TYPE_EXCEPTION)) &&
	    !pymm_class_is_weak(thread->arena, pymm_type_object(thread->arena, no)))
		return pymm_raise_no_weakref(thread, no);
	err = pymm_weakref_new(thread, no, callback == PYMM_NO_NONE ? 0 : callback, &result);
	return err ?: pymm_result(thread, frame, insn, result);
}

int pymm_op_MODULE_NEW(struct pymm_thread *thread, struct pymm_frame *frame,
		       const struct pymm_insn *insn)
{
	u32 result;
	int err = pymm_module_new(thread, frame->bytecode->consts[insn->imm], &result);

	return err ?: pymm_result(thread, frame, insn, result);
}
