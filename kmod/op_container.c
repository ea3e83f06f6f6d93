// SPDX-License-Identifier: GPL-2.0-only
/* Instructions on containers. */
#include "op.h"

static int pymm_build_sequence(struct pymm_thread *thread, struct pymm_frame *frame,
			       const struct pymm_insn *insn, enum pymm_type type)
{
	u32 result;
	int err = pymm_range_check(thread, frame, insn->src1, insn->imm);

	if (!err)
		err = pymm_sequence_new(thread, type, insn->imm, &result);
	if (err)
		return err;
	pymm_range_take(thread, frame, insn->src1, insn->imm, insn->flags & PYMM_INSN_CONSUME1,
			pymm_items(thread->arena, result));
	pymm_frame_store(thread, frame, insn->dst, result);
	return PYMM_NEXT;
}

int pymm_op_BUILD_LIST(struct pymm_thread *thread, struct pymm_frame *frame,
		       const struct pymm_insn *insn)
{
	return pymm_build_sequence(thread, frame, insn, PYMM_TYPE_LIST);
}

int pymm_op_BUILD_TUPLE(struct pymm_thread *thread, struct pymm_frame *frame,
			const struct pymm_insn *insn)
{
	return pymm_build_sequence(thread, frame, insn, PYMM_TYPE_TUPLE);
}

int pymm_op_BUILD_MAP(struct pymm_thread *thread, struct pymm_frame *frame,
		      const struct pymm_insn *insn)
{
	u32 i, dict, old, *slots = frame->slots + insn->src1;
	int err = pymm_range_check(thread, frame, insn->src1, 2 * insn->imm);

	if (err)
		return err;
	dict = pymm_dict_new(thread->arena);
	if (!dict)
		return pymm_raise_nomem(thread);
	if (pymm_dict_presize(thread->arena, dict, insn->imm))
		err = pymm_raise_nomem(thread);
	for (i = 0; i < insn->imm && !err; i++) {
		err = pymm_dict_set(thread, dict, slots[2 * i], slots[2 * i + 1], &old);
		if (!err)
			pymm_put_if(thread, old);
	}
	if (err) {
		pymm_put(thread, dict);
		return err;
	}
	/* What was replaced: of what is put in one instruction, the last dies first. */
	for (i = 0; i < 2 * insn->imm && (insn->flags & PYMM_INSN_CONSUME1); i++)
		pymm_frame_store(thread, frame, insn->src1 + i, 0);
	pymm_frame_store(thread, frame, insn->dst, dict);
	return PYMM_NEXT;
}

int pymm_op_LIST_APPEND(struct pymm_thread *thread, struct pymm_frame *frame,
			const struct pymm_insn *insn)
{
	u32 list, item;
	int err = pymm_in2(thread, frame, insn, &list, &item);

	if (!err)
		err = pymm_list_append(thread, list, item);
	return err ?: pymm_done(thread, frame, insn);
}

int pymm_op_LIST_EXTEND(struct pymm_thread *thread, struct pymm_frame *frame,
			const struct pymm_insn *insn)
{
	u32 list, iterable;
	int err = pymm_in2(thread, frame, insn, &list, &iterable);

	if (!err)
		err = pymm_list_extend(thread, list, iterable);
	return err ?: pymm_done(thread, frame, insn);
}

static bool pymm_is_hinted(const struct pymm_arena *arena, u32 container, u32 key)
{
	return pymm_is(arena, container, PYMM_TYPE_DICT) && pymm_is(arena, key, PYMM_TYPE_STR);
}

int pymm_op_BINARY_SUBSCR(struct pymm_thread *thread, struct pymm_frame *frame,
			  const struct pymm_insn *insn)
{
	u32 container, key, item;
	int ret = pymm_in2(thread, frame, insn, &container, &key);

	if (ret)
		return ret;
	if (pymm_is_hinted(thread->arena, container, key)) {
		ret = pymm_dict_get_hinted(thread, container, key, pymm_key_hint(insn), &item);
		if (ret < 0)
			return ret;
		if (ret)
			return pymm_result(thread, frame, insn, pymm_get(thread->arena, item));
	}
	ret = pymm_object_getitem(thread, container, key, &item);
	return ret ?: pymm_result(thread, frame, insn, item);
}

int pymm_op_STORE_SUBSCR(struct pymm_thread *thread, struct pymm_frame *frame,
			 const struct pymm_insn *insn)
{
	u32 container, key, value, old = 0;
	int err = pymm_in2(thread, frame, insn, &container, &key);

	if (!err)
		err = pymm_in(thread, frame, insn->dst, &value);
	if (err)
		return err;
	if (likely(pymm_is_hinted(thread->arena, container, key)))
		err = pymm_dict_set_hinted(thread, container, key, pymm_key_hint(insn), value,
					   &old);
	else
		err = pymm_object_setitem(thread, container, key, value);
	if (err)
		return err;
	pymm_put_if(thread, old);
	pymm_put_if(thread, pymm_consume(frame, insn, PYMM_INSN_CONSUME3, insn->dst));
	return pymm_done(thread, frame, insn);
}

int pymm_op_DELETE_SUBSCR(struct pymm_thread *thread, struct pymm_frame *frame,
			  const struct pymm_insn *insn)
{
	u32 container, key;
	int err = pymm_in2(thread, frame, insn, &container, &key);

	if (!err)
		err = pymm_object_setitem(thread, container, key, 0);
	return err ?: pymm_done(thread, frame, insn);
}

int pymm_op_CONTAINS_OP(struct pymm_thread *thread, struct pymm_frame *frame,
			const struct pymm_insn *insn)
{
	u32 value, container;
	int ret = pymm_in2(thread, frame, insn, &value, &container);

	if (!ret)
		ret = pymm_object_contains(thread, container, value);
	return pymm_result_bool(thread, frame, insn, ret < 0 ? ret : ret ^ (int)insn->imm);
}

int pymm_op_GET_LEN(struct pymm_thread *thread, struct pymm_frame *frame,
		    const struct pymm_insn *insn)
{
	u64 length;
	u32 no;
	int err = pymm_in(thread, frame, insn->src1, &no);

	if (!err)
		err = pymm_object_length(thread, no, &length);
	return err ?: pymm_result_new(thread, frame, insn, pymm_int_new(thread->arena, length));
}

static int pymm_raise_unpack(struct pymm_thread *thread, s64 expected, u32 length)
{
	if (length > expected)
		return pymm_raise(thread, PYMM_EXC_VALUE_ERROR,
				  "too many values to unpack (expected %lld)", expected);
	return pymm_raise(thread, PYMM_EXC_VALUE_ERROR,
			  "not enough values to unpack (expected %lld, got %u)", expected, length);
}

/* A tuple of @count items and, if there are more, one of those. */
static int pymm_unpack(struct pymm_thread *thread, u32 no, u32 count, u32 *sequence)
{
	if (!pymm_iterable(thread->arena, no))
		return pymm_raise(thread, PYMM_EXC_TYPE_ERROR,
				  "cannot unpack non-iterable %s object",
				  pymm_type_name(thread->arena, no));
	if (pymm_is(thread->arena, no, PYMM_TYPE_TUPLE) ||
	    pymm_is(thread->arena, no, PYMM_TYPE_LIST)) {
		*sequence = pymm_get(thread->arena, no);
		return 0;
	}
	return pymm_sequence_from(thread, PYMM_TYPE_TUPLE, no, count + 1, sequence);
}

/* Items of an iterable into consecutive slots. */
int pymm_op_UNPACK_SEQUENCE(struct pymm_thread *thread, struct pymm_frame *frame,
			    const struct pymm_insn *insn)
{
	struct pymm_arena *arena = thread->arena;
	u32 no, i, length, sequence;
	int err = pymm_in(thread, frame, insn->src1, &no);

	if (err)
		return err;
	err = pymm_unpack(thread, no, insn->imm, &sequence);
	if (err)
		return err;
	length = pymm_object(arena, sequence)->len;
	if (length != insn->imm) {
		pymm_put(thread, sequence);
		return pymm_raise_unpack(thread, insn->imm, length);
	}
	pymm_put_if(thread, pymm_consume(frame, insn, PYMM_INSN_CONSUME1, insn->src1));
	for (i = 0; i < length; i++)
		pymm_frame_store(thread, frame, insn->dst + i,
				 pymm_get(arena, pymm_items(arena, sequence)[i]));
	pymm_put(thread, sequence);
	return PYMM_NEXT;
}
