// SPDX-License-Identifier: GPL-2.0-only
/* Loading: code objects and constants are made of a verified image. */
#include <linux/string.h>

#include "frame.h"
#include "program.h"

static int pymm_load_tuple(struct pymm_thread *thread, const struct pymm_const *constant,
			   const u32 *consts, u32 pos, u32 *no)
{
	const u32 *items = (const u32 *)(constant + 1);
	u32 i, length = constant->len / sizeof(*items);
	int err;

	err = pymm_sequence_new(thread, PYMM_TYPE_TUPLE, length, no);
	for (i = 0; i < length && !err; i++)
		pymm_items(thread->arena, *no)[i] =
			pymm_get(thread->arena, consts[array_index_nospec(items[i], pos)]);
	return err;
}

/* Constant @pos of a code object; those before it are in @consts already. */
static int pymm_load_const(struct pymm_thread *thread, const struct pymm_program *program,
			   const struct pymm_const *constant, const u32 *codes,
			   const u32 *consts, u32 pos, u32 *no)
{
	const void *data = constant + 1;
	u32 code;
	int err;

	switch (constant->kind) {
	case PYMM_CONST_FALSE:
		*no = PYMM_NO_FALSE;
		return 0;
	case PYMM_CONST_TRUE:
		*no = PYMM_NO_TRUE;
		return 0;
	case PYMM_CONST_INT:
		*no = pymm_int_new(thread->arena, *(const s64 *)data);
		return *no ? 0 : pymm_raise_nomem(thread);
	case PYMM_CONST_FLOAT:
		*no = pymm_float_new(thread->arena, *(const u64 *)data);
		return *no ? 0 : pymm_raise_nomem(thread);
	case PYMM_CONST_BYTES:
		return pymm_text_new(thread, PYMM_TYPE_BYTES, data, constant->len, no);
	case PYMM_CONST_STR:
		err = pymm_str_new(thread, data, constant->len, no);
		if (err)
			return err;
		err = pymm_str_intern(thread, no);
		if (err)
			pymm_put(thread, *no);
		return err;
	case PYMM_CONST_TUPLE:
		return pymm_load_tuple(thread, constant, consts, pos, no);
	case PYMM_CONST_CODE:
		code = array_index_nospec(*(const u32 *)data, program->nr_codes);
		*no = pymm_get(thread->arena, codes[code]);
		return 0;
	default:
		*no = PYMM_NO_NONE;
		return 0;
	}
}

static int pymm_load_consts(struct pymm_thread *thread, const struct pymm_program *program,
			    u32 code, const u32 *codes, struct pymm_bytecode *bytecode)
{
	u32 i, count = pymm_program_code(program, code)->nr_consts;
	int err;

	for (i = 0; i < count; i++) {
		err = pymm_load_const(thread, program, pymm_program_const(program, code, i),
				      codes, bytecode->consts, i, &bytecode->consts[i]);
		if (!err) {
			bytecode->nr_consts = i + 1;
			err = pymm_tick(thread, 1);
		}
		if (err)
			return err;
	}
	return 0;
}

static int pymm_load_code(struct pymm_thread *thread, const struct pymm_program *program,
			  u32 code, u32 *codes)
{
	const struct pymm_code *head = pymm_program_code(program, code);
	struct pymm_arena *arena = thread->arena;
	struct pymm_bytecode *bytecode;
	size_t size;

	size = struct_size(bytecode, insns, head->nr_insns) +
	       array_size(head->nr_consts, sizeof(u32));
	bytecode = pymm_payload_alloc(arena, size);
	if (!bytecode)
		return pymm_raise_nomem(thread);
	bytecode->size = size;
	bytecode->index = code;
	bytecode->nr_insns = head->nr_insns;
	bytecode->nr_consts = 0;
	bytecode->nr_slots = head->nr_slots;
	bytecode->nr_params = head->nr_params;
	bytecode->nr_kwonly = head->nr_kwonly;
	bytecode->names = head->names;
	bytecode->consts = (u32 *)(bytecode->insns + head->nr_insns);
	memcpy(bytecode->insns, pymm_program_insns(program, code),
	       array_size(head->nr_insns, sizeof(struct pymm_insn)));
	codes[code] = pymm_object_alloc(arena, PYMM_TYPE_CODE);
	if (!codes[code]) {
		pymm_payload_free(arena, bytecode, size);
		return pymm_raise_nomem(thread);
	}
	*pymm_payload(arena, codes[code]) = bytecode;
	return pymm_load_consts(thread, program, code, codes, bytecode);
}

/**
 * pymm_program_load() - make the code objects of a program
 * @thread: the running thread
 * @program: the verified image
 * @code: receives a reference to the first code object
 *
 * Context: may sleep; the GIL and arena->lock held.
 *
 * Return: 0, PYMM_RAISED or -EINTR; what has to die of it is left on the dying stack.
 */
int pymm_program_load(struct pymm_thread *thread, const struct pymm_program *program, u32 *code)
{
	u32 i, *codes;
	int err = 0;

	codes = kvcalloc(program->nr_codes, sizeof(*codes), PYMM_GFP);
	if (!codes) {
		thread->arena->heap.refusal = -ENOMEM;
		return pymm_raise_nomem(thread);
	}
	/* Constants name later code objects only: those exist when they are needed. */
	for (i = program->nr_codes; i-- && !err;)
		err = pymm_load_code(thread, program, i, codes);
	for (i = err ? 0 : 1; i < program->nr_codes; i++)
		if (codes[i])
			pymm_put(thread, codes[i]);
	*code = codes[0];
	kvfree(codes);
	return err;
}
