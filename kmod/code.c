// SPDX-License-Identifier: GPL-2.0-only
/* Loading: code objects and constants are made of a verified image. */
#include <linux/jhash.h>
#include <linux/log2.h>
#include <linux/string.h>

#include "program.h"
#include "quick.h"

/**
 * struct pymm_loading - a program that is being loaded
 * @program: the verified image
 * @codes: code objects made so far
 * @merged: constants made so far that equal ones are to be, by hash: so they are one object
 *	in all code objects, as CPython's compiler has it; a hash 0 is an empty entry
 * @mask: entries of @merged, less 1
 */
struct pymm_loading {
	const struct pymm_program *program;
	u32 *codes;
	struct pymm_merged {
		u32 hash;
		u32 no;
	} *merged;
	u32 mask;
};

static bool pymm_is_merged(const struct pymm_const *constant)
{
	switch (constant->kind) {
	case PYMM_CONST_INT:
	case PYMM_CONST_FLOAT:
	case PYMM_CONST_STR:
	case PYMM_CONST_BYTES:
	case PYMM_CONST_TUPLE:
		return true;
	default:
		return false;
	}
}

/* Item @i of a tuple; the constants of the code object before it have been made. */
static u32 pymm_const_item(const struct pymm_const *constant, u32 i,
			   const struct pymm_bytecode *bytecode)
{
	const u32 *items = (const u32 *)(constant + 1);

	return bytecode->consts[array_index_nospec(items[i], bytecode->nr_consts)];
}

/* Items of a tuple are the same where they are the same objects: those were merged before. */
static bool pymm_tuple_is(const struct pymm_arena *arena, u32 no, const struct pymm_const *constant,
			  const struct pymm_bytecode *bytecode)
{
	u32 i, length = constant->len / sizeof(u32);

	if (pymm_object(arena, no)->len != length)
		return false;
	for (i = 0; i < length; i++)
		if (pymm_items(arena, no)[i] != pymm_const_item(constant, i, bytecode))
			return false;
	return true;
}

/* Is this object what a constant says, in type and value? */
static bool pymm_const_is_object(const struct pymm_arena *arena, u32 no,
				 const struct pymm_const *constant,
				 const struct pymm_bytecode *bytecode)
{
	const void *data = constant + 1;
	const char *text;
	u32 bytes;

	switch (constant->kind) {
	case PYMM_CONST_INT:
		return pymm_is(arena, no, PYMM_TYPE_INT) &&
		       pymm_object(arena, no)->ival == *(const s64 *)data;
	case PYMM_CONST_FLOAT:
		return pymm_is(arena, no, PYMM_TYPE_FLOAT) &&
		       pymm_object(arena, no)->float_bits == *(const u64 *)data;
	case PYMM_CONST_TUPLE:
		return pymm_is(arena, no, PYMM_TYPE_TUPLE) &&
		       pymm_tuple_is(arena, no, constant, bytecode);
	default:
		if (!pymm_is(arena, no, constant->kind == PYMM_CONST_STR ? PYMM_TYPE_STR :
				       PYMM_TYPE_BYTES))
			return false;
		text = pymm_str_text(arena, no, &bytes);
		return bytes == constant->len && !memcmp(text, data, bytes);
	}
}

static u32 pymm_const_hash(const struct pymm_arena *arena, const struct pymm_const *constant,
			   const struct pymm_bytecode *bytecode)
{
	u32 i, hash = arena->hash_seed + constant->kind;

	if (constant->kind != PYMM_CONST_TUPLE)
		return jhash(constant + 1, constant->len, hash) | 1;
	for (i = 0; i < constant->len / sizeof(u32); i++)
		hash = jhash_2words(pymm_const_item(constant, i, bytecode), i, hash);
	return hash | 1;
}

/* The entry of an equal constant, or the one that is to be it. */
static int pymm_merged_find(struct pymm_thread *thread, const struct pymm_loading *loading,
			    const struct pymm_const *constant,
			    const struct pymm_bytecode *bytecode, struct pymm_merged **found)
{
	u32 hash = pymm_const_hash(thread->arena, constant, bytecode), i = hash;
	struct pymm_merged *merged;
	int err;

	for (;; i++) {
		merged = &loading->merged[i & loading->mask];
		if (!merged->hash ||
		    (merged->hash == hash &&
		     pymm_const_is_object(thread->arena, merged->no, constant, bytecode)))
			break;
		err = pymm_tick(thread, 1);
		if (err)
			return err;
	}
	merged->hash = hash;
	*found = merged;
	return pymm_tick(thread, constant->len / 16);
}

static int pymm_load_tuple(struct pymm_thread *thread, const struct pymm_const *constant,
			   const struct pymm_bytecode *bytecode, u32 *no)
{
	u32 i, length = constant->len / sizeof(u32);
	int err;

	err = pymm_sequence_new(thread, PYMM_TYPE_TUPLE, length, no);
	for (i = 0; i < length && !err; i++)
		pymm_items(thread->arena, *no)[i] =
			pymm_get(thread->arena, pymm_const_item(constant, i, bytecode));
	return err;
}

/* The next constant of a code object. */
static int pymm_load_const(struct pymm_thread *thread, const struct pymm_loading *loading,
			   const struct pymm_const *constant,
			   const struct pymm_bytecode *bytecode, u32 *no)
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
		return pymm_load_tuple(thread, constant, bytecode, no);
	case PYMM_CONST_CODE:
		code = array_index_nospec(*(const u32 *)data, loading->program->nr_codes);
		*no = pymm_get(thread->arena, loading->codes[code]);
		return 0;
	default:
		*no = PYMM_NO_NONE;
		return 0;
	}
}

/* The same, or an equal one that there is already. */
static int pymm_load_merged(struct pymm_thread *thread, const struct pymm_loading *loading,
			    const struct pymm_const *constant,
			    const struct pymm_bytecode *bytecode, u32 *no)
{
	struct pymm_merged *merged;
	int err;

	err = pymm_merged_find(thread, loading, constant, bytecode, &merged);
	if (err)
		return err;
	if (merged->no) {
		*no = pymm_get(thread->arena, merged->no);
		return 0;
	}
	err = pymm_load_const(thread, loading, constant, bytecode, no);
	if (!err)
		merged->no = *no;
	return err;
}

static int pymm_load_consts(struct pymm_thread *thread, const struct pymm_loading *loading,
			    u32 code, struct pymm_bytecode *bytecode)
{
	const struct pymm_code *head = pymm_program_code(loading->program, code);
	const struct pymm_const *constant;
	u32 i;
	int err;

	for (i = 0; i < head->nr_consts; i++) {
		constant = pymm_program_const(loading->program, code, i);
		/* The names of its slots are no constant that a program has. */
		if (pymm_is_merged(constant) && i + 1 != head->names)
			err = pymm_load_merged(thread, loading, constant, bytecode,
					       &bytecode->consts[i]);
		else
			err = pymm_load_const(thread, loading, constant, bytecode,
					      &bytecode->consts[i]);
		if (!err) {
			bytecode->nr_consts = i + 1;
			err = pymm_tick(thread, 1);
		}
		if (err)
			return err;
	}
	return 0;
}

/* Can the instruction behind a LOAD_CONST be executed together with it? */
static bool pymm_is_fused(const struct pymm_arena *arena, const struct pymm_bytecode *bytecode,
			  const struct pymm_insn *insn)
{
	const struct pymm_insn *user = insn + 1;
	u32 no;

	if (insn->op != PYMM_OP_LOAD_CONST)
		return false;
	if (user->op == PYMM_OP_STORE_GLOBAL)
		return user->src1 == insn->dst && (user->flags & PYMM_INSN_CONSUME1);
	if (user->src2 != insn->dst || user->src1 == insn->dst ||
	    !(user->flags & PYMM_INSN_CONSUME2))
		return false;
	no = bytecode->consts[insn->imm];
	switch (user->op) {
	case PYMM_OP_BINARY_OP:
		return pymm_quick_is_sum(user->imm) && no >= PYMM_NO_SMALL_INTS &&
		       no < PYMM_NO_LATIN1;
	case PYMM_OP_STORE_SUBSCR:
		return user->dst != insn->dst && pymm_is(arena, no, PYMM_TYPE_STR);
	default:
		return false;
	}
}

/* "if result: go back" */
static bool pymm_is_loop(const struct pymm_insn *binary)
{
	const struct pymm_insn *test = binary + 1, *jump = binary + 2;

	return test->op == PYMM_OP_POP_JUMP_IF_FALSE && test->src1 == binary->dst &&
	       !test->flags && jump->op == PYMM_OP_JUMP_BACKWARD;
}

/* "name = name" */
static bool pymm_is_rebind(const struct pymm_insn *load)
{
	return load->op == PYMM_OP_LOAD_GLOBAL && load[1].op == PYMM_OP_STORE_GLOBAL &&
	       load[1].src1 == load->dst && (load[1].flags & PYMM_INSN_CONSUME1);
}

/* "name += constant" */
static bool pymm_is_global_op(const struct pymm_arena *arena, const struct pymm_bytecode *bytecode,
			      const struct pymm_insn *load)
{
	const struct pymm_insn *constant = load + 1, *binary = load + 2, *store = load + 3;

	return load->op == PYMM_OP_LOAD_GLOBAL && pymm_is_fused(arena, bytecode, constant) &&
	       binary->op == PYMM_OP_BINARY_OP && binary->src1 == load->dst &&
	       binary->dst == load->dst && (binary->flags & PYMM_INSN_CONSUME1) &&
	       store->op == PYMM_OP_STORE_GLOBAL && store->src1 == load->dst &&
	       store->imm == load->imm && (store->flags & PYMM_INSN_CONSUME1);
}

/* "l.append(x); l.append(y)": the first one leaves the list where it is */
static bool pymm_is_append(const struct pymm_insn *append)
{
	return append->op == PYMM_OP_LIST_APPEND && !(append->flags & PYMM_INSN_CONSUME1) &&
	       append->src2 != append->src1 && append[1].op == PYMM_OP_LIST_APPEND &&
	       append[1].src1 == append->src1 && !(append[1].flags & PYMM_INSN_CONSUME1);
}

static int pymm_load_fuse(struct pymm_thread *thread, struct pymm_bytecode *bytecode)
{
	struct pymm_insn *insns = bytecode->insns;
	u32 i, left;

	for (i = 0; i + 1 < bytecode->nr_insns; i++) {
		left = bytecode->nr_insns - i;
		if (pymm_is_rebind(&insns[i]) || pymm_is_append(&insns[i]) ||
		    (left > 3 && pymm_is_global_op(thread->arena, bytecode, &insns[i])))
			insns[i].flags |= PYMM_INSN_FUSED;
		if (!pymm_is_fused(thread->arena, bytecode, &insns[i]))
			continue;
		insns[i].flags |= PYMM_INSN_FUSED;
		if (left > 3 && insns[i + 1].op == PYMM_OP_BINARY_OP && pymm_is_loop(&insns[i + 1]))
			insns[i + 1].flags |= PYMM_INSN_LOOP;
	}
	return pymm_tick(thread, bytecode->nr_insns / 16);
}

static int pymm_load_code(struct pymm_thread *thread, const struct pymm_loading *loading, u32 code)
{
	const struct pymm_code *head = pymm_program_code(loading->program, code);
	struct pymm_arena *arena = thread->arena;
	struct pymm_bytecode *bytecode;
	size_t size;

	size = struct_size(bytecode, insns, head->nr_insns) +
	       array_size(head->nr_handlers, sizeof(struct pymm_handler)) +
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
	bytecode->nr_handlers = head->nr_handlers;
	bytecode->names = head->names;
	bytecode->handlers = (struct pymm_handler *)(bytecode->insns + head->nr_insns);
	bytecode->consts = (u32 *)(bytecode->handlers + head->nr_handlers);
	memcpy(bytecode->handlers, pymm_program_handlers(loading->program, code),
	       array_size(head->nr_handlers, sizeof(struct pymm_handler)));
	memcpy(bytecode->insns, pymm_program_insns(loading->program, code),
	       array_size(head->nr_insns, sizeof(struct pymm_insn)));
	loading->codes[code] = pymm_object_alloc(arena, PYMM_TYPE_CODE);
	if (!loading->codes[code]) {
		pymm_payload_free(arena, bytecode, size);
		return pymm_raise_nomem(thread);
	}
	*pymm_payload(arena, loading->codes[code]) = bytecode;
	return pymm_load_consts(thread, loading, code, bytecode) ?:
	       pymm_load_fuse(thread, bytecode);
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
	struct pymm_loading loading = { .program = program };
	u32 i, *codes, entries = roundup_pow_of_two(2 * program->nr_consts + 1);
	int err = 0;

	codes = kvcalloc(program->nr_codes, sizeof(*codes), PYMM_GFP);
	loading.merged = kvcalloc(entries, sizeof(*loading.merged), PYMM_GFP);
	if (!codes || !loading.merged) {
		kvfree(codes);
		kvfree(loading.merged);
		thread->arena->heap.refusal = -ENOMEM;
		return pymm_raise_nomem(thread);
	}
	loading.codes = codes;
	loading.mask = entries - 1;
	/* Constants name later code objects only: those exist when they are needed. */
	for (i = program->nr_codes; i-- && !err;)
		err = pymm_load_code(thread, &loading, i);
	for (i = err ? 0 : 1; i < program->nr_codes; i++)
		if (codes[i])
			pymm_put(thread, codes[i]);
	*code = codes[0];
	kvfree(loading.merged);
	kvfree(codes);
	return err;
}
