// SPDX-License-Identifier: LGPL-2.1-only OR MIT
/*
 * From what was read to the image.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "asm.h"

static struct code *code_at(const struct assembler *as, size_t index)
{
	return (struct code *)as->codes.data + index;
}

/* Sets a jump's target, which the kernel would refuse in the wrong direction. */
static int resolve_jump(struct assembler *as, struct code *code, const struct jump *jump)
{
	struct pymm_insn *insn = (struct pymm_insn *)code->insns.data + jump->insn;
	uint32_t target = ((uint32_t *)code->targets.data)[jump->label];
	const struct op *op = op_get(insn->op);
	bool forward = op->imm == PYMM_IMM_FORWARD;
	struct word word;

	word.text = table_get(&code->labels, jump->label, &word.len);
	if (!target)
		return asm_fail(as, jump->place, "label '%.*s' is not defined", WORD(word));
	target--;
	if (target == code->insns.count)
		return asm_fail(as, jump->place, "label '%.*s' stands after the last instruction",
				WORD(word));
	if (forward && target <= jump->insn)
		return asm_fail(as, jump->place, "%s goes only forward, and label '%.*s' is above%s",
				op->name, WORD(word), insn->op == PYMM_OP_JUMP_FORWARD ?
				": use JUMP_BACKWARD" : "");
	if (!forward && target > jump->insn)
		return asm_fail(as, jump->place,
				"%s goes only backward, and label '%.*s' is below: use JUMP_FORWARD",
				op->name, WORD(word));
	insn->imm = target;
	return 0;
}

/* Where a label of a handler is. */
static int resolve_label(struct assembler *as, const struct code *code, uint32_t label,
			 struct place place, uint32_t *target)
{
	struct word word;

	word.text = table_get(&code->labels, label, &word.len);
	*target = ((uint32_t *)code->targets.data)[label];
	if (!*target)
		return asm_fail(as, place, "label '%.*s' is not defined", WORD(word));
	--*target;
	return 0;
}

/* The kernel would refuse it all the same. */
static int resolve_handler(struct assembler *as, struct code *code, const struct handler *from)
{
	struct pymm_handler handler = { .slot = from->slot };
	uint32_t *places[] = { &handler.start, &handler.end, &handler.target };
	int ret = 0;

	for (size_t i = 0; !ret && i < 3; i++)
		ret = resolve_label(as, code, from->labels[i], from->places[i], places[i]);
	if (ret)
		return ret;
	if (handler.start >= handler.end)
		return asm_fail(as, from->places[1], "a handler is for one instruction at least: END stands behind FIRST");
	if (handler.target < handler.end)
		return asm_fail(as, from->places[2], "a handler lies behind what it is for: TARGET is not before END");
	if (handler.target >= code->insns.count)
		return asm_fail(as, from->places[2], "the handler stands after the last instruction");
	return vec_append(&code->table, &handler, 1, sizeof(handler));
}

static int resolve_handlers(struct assembler *as, struct code *code)
{
	const struct handler *handlers = code->handlers.data;
	int ret = 0;

	if (code->handlers.count > PYMM_MAX_HANDLERS)
		return asm_fail(as, code->place, "the code object has %zu handlers: %d are the most",
				code->handlers.count, PYMM_MAX_HANDLERS);
	for (size_t i = 0; !ret && i < code->handlers.count; i++)
		ret = resolve_handler(as, code, &handlers[i]);
	return ret;
}

/* Control must not reach the end of a code object. */
static int check_end(struct assembler *as, const struct code *code)
{
	const struct pymm_insn *insns = code->insns.data;
	const unsigned int *lines = code->lines.data;
	size_t last = code->insns.count - 1;
	struct place place = { 0 };

	if (!code->insns.count)
		return asm_fail(as, code->place, "the code object has no instructions");
	switch (insns[last].op) {
	case PYMM_OP_RETURN_VALUE:
	case PYMM_OP_JUMP_BACKWARD:
	case PYMM_OP_RAISE:
	case PYMM_OP_RAISE_FROM:
	case PYMM_OP_RERAISE:
		return 0;
	default:
		break;
	}
	place.line = lines[last];
	return asm_fail(as, place,
			"the code object ends with %s: end it with RETURN_VALUE, JUMP_BACKWARD or RAISE",
			op_get(insns[last].op)->name);
}

/* Number of a str constant. */
static int add_name(struct assembler *as, struct code *code, const char *text, size_t len,
		    uint32_t *number)
{
	return const_add(as, code, PYMM_CONST_STR, text, len, number);
}

/* The name of a slot, or "". */
static struct word slot_name(const struct code *code, unsigned int slot)
{
	const struct named_slot *slots = code->slots.data;

	for (size_t i = 0; i < code->slots.count; i++)
		if (slots[i].slot == slot)
			return slots[i].word;
	return (struct word){ .text = "" };
}

/* The tuple of names: of the code object, and of its slots up to the last one that has a name. */
static int add_names(struct assembler *as, struct code *code)
{
	const struct named_slot *slots = code->slots.data;
	uint32_t numbers[1 + MAX_SLOTS], count = 1;
	const char *text = "<module>";
	size_t len = strlen(text);
	int ret;

	if (code->has_name)
		text = table_get(&as->names, code->name, &len);
	ret = add_name(as, code, text, len, &numbers[0]);
	for (size_t i = 0; i < code->slots.count; i++)
		if (slots[i].slot < code->nr_slots && slots[i].slot + 2 > count)
			count = slots[i].slot + 2;
	for (uint32_t i = 1; !ret && i < count; i++) {
		struct word word = slot_name(code, i - 1);

		ret = add_name(as, code, word.text, word.len, &numbers[i]);
	}
	if (!ret)
		ret = const_add(as, code, PYMM_CONST_TUPLE, numbers, count * sizeof(*numbers),
				&code->names);
	code->names++;
	return ret;
}

static int resolve(struct assembler *as)
{
	int ret = 0;

	if (!as->codes.count)
		return asm_fail(as, as->here, "there is no instruction in the program");
	for (size_t i = 0; !ret && i < as->codes.count; i++) {
		struct code *code = code_at(as, i);
		const struct jump *jumps = code->jumps.data;

		ret = check_end(as, code);
		for (size_t j = 0; !ret && j < code->jumps.count; j++)
			ret = resolve_jump(as, code, &jumps[j]);
		if (!ret)
			ret = resolve_handlers(as, code);
		if (!ret)
			ret = add_names(as, code);
	}
	return ret;
}

static size_t padded(size_t size)
{
	return (size + 7) & ~(size_t)7;
}

static size_t code_size(const struct code *code)
{
	size_t sum = sizeof(struct pymm_code) + code->insns.count * sizeof(struct pymm_insn) +
		     code->table.count * sizeof(struct pymm_handler), size;

	for (uint32_t i = 0; i < code->consts.entries.count; i++) {
		table_get(&code->consts, i, &size);
		sum += padded(size);
	}
	return sum;
}

/* Writes a constant; those of kind CODE hold a name, which becomes a place in the image. */
static char *write_const(const struct assembler *as, const struct code *code, uint32_t number,
			 const uint32_t *places, char *out)
{
	const uint32_t *defined = as->defined.data;
	struct pymm_const head;
	size_t size;
	const void *bytes = table_get(&code->consts, number, &size);

	memcpy(out, bytes, size);
	memcpy(&head, bytes, sizeof(head));
	if (head.kind == PYMM_CONST_CODE) {
		uint32_t name;

		memcpy(&name, out + sizeof(head), sizeof(name));
		memcpy(out + sizeof(head), &places[defined[name] - 1], sizeof(name));
	}
	return out + padded(size);
}

static char *write_code(const struct assembler *as, const struct code *code,
			const uint32_t *places, char *out)
{
	struct pymm_code head = {
		.size = (uint32_t)code_size(code),
		.nr_insns = (uint32_t)code->insns.count,
		.nr_consts = (uint32_t)code->consts.entries.count,
		.nr_slots = (uint16_t)code->nr_slots,
		.nr_params = (uint16_t)code->nr_params,
		.nr_kwonly = (uint16_t)code->nr_kwonly,
		.nr_handlers = (uint16_t)code->table.count,
		.names = code->names,
	};
	size_t insns_size = code->insns.count * sizeof(struct pymm_insn);
	size_t table_size = code->table.count * sizeof(struct pymm_handler);

	memcpy(out, &head, sizeof(head));
	memcpy(out + sizeof(head), code->insns.data, insns_size);
	out += sizeof(head) + insns_size;
	if (table_size)
		memcpy(out, code->table.data, table_size);
	out += table_size;
	for (uint32_t i = 0; i < head.nr_consts; i++)
		out = write_const(as, code, i, places, out);
	return out;
}

/* What the program keeps beside the image. */
static int keep_info(const struct assembler *as, struct code *code, struct code_info *info)
{
	size_t len = 0;
	const char *name = code->has_name ? table_get(&as->names, code->name, &len) : NULL;

	info->nr_insns = (unsigned int)code->insns.count;
	info->lines = code->lines.data;
	memset(&code->lines, 0, sizeof(code->lines));
	info->name = name ? strndup(name, len) : NULL;
	return name && !info->name ? -ENOMEM : 0;
}

static int write_image(struct assembler *as, const uint32_t *order, uint32_t *places,
		       struct pymm_program *program)
{
	size_t count = as->codes.count, size = sizeof(struct pymm_image);
	char *out;
	int ret = 0;

	for (size_t i = 0; i < count; i++) {
		size += code_size(code_at(as, i));
		places[order[i]] = (uint32_t)i;
	}
	if (size > UINT32_MAX)
		return asm_fail(as, code_at(as, 0)->place, "the program is larger than 4 GiB");
	program->image = calloc(1, size);
	program->codes = calloc(count, sizeof(*program->codes));
	if (!program->image || !program->codes)
		return -ENOMEM;
	program->image->magic = PYMM_IMAGE_MAGIC;
	program->image->version = PYMM_IMAGE_VERSION;
	program->image->nr_codes = (uint32_t)count;
	program->image->size = (uint32_t)size;
	out = (char *)(program->image + 1);
	for (size_t i = 0; !ret && i < count; i++) {
		out = write_code(as, code_at(as, order[i]), places, out);
		ret = keep_info(as, code_at(as, order[i]), &program->codes[i]);
	}
	return ret;
}

int asm_emit(struct assembler *as, struct pymm_program *program)
{
	uint32_t *order, *places;
	int ret = resolve(as);

	if (ret)
		return ret;
	order = calloc(2 * as->codes.count, sizeof(*order));
	if (!order)
		return -ENOMEM;
	places = order + as->codes.count;
	ret = asm_order(as, order);
	if (!ret)
		ret = write_image(as, order, places, program);
	free(order);
	return ret;
}
