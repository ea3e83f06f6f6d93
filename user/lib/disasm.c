// SPDX-License-Identifier: LGPL-2.1-only OR MIT
/*
 * The text of a program, from its image.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "internal.h"
#include "utf8.h"

/* A code object of the image. */
struct view {
	const struct pymm_program *program;
	const struct pymm_code *head;
	const struct pymm_insn *insns;
	const struct pymm_handler *handlers;
	const struct pymm_const **consts;
	bool *labels;		/* by instruction: a jump or a handler names it */
	FILE *out;
};

/* A tuple of which not all items were written. */
struct tuple {
	const struct pymm_const *constant;
	uint32_t next;
};

static bool is_name(const char *text, uint32_t len)
{
	for (uint32_t i = 0; i < len; i++) {
		char c = text[i];

		if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
		      (i && c >= '0' && c <= '9')))
			return false;
	}
	return len;
}

static void write_code_point(FILE *out, uint32_t code, const char *utf8, size_t len)
{
	char escape[ESCAPE_SIZE];

	if (code == '\n' || code == '\r' || code == '\t') {
		fputs(code == '\n' ? "\\n" : code == '\r' ? "\\r" : "\\t", out);
	} else if (code == '"' || code == '\\') {
		fprintf(out, "\\%c", (char)code);
	} else if (code_point_is_printable(code)) {
		fwrite(utf8, 1, len, out);
	} else {
		code_point_escape(code, escape);
		fputs(escape, out);
	}
}

static void write_string(FILE *out, const char *text, uint32_t size)
{
	uint32_t code = 0;

	fputc('"', out);
	for (size_t i = 0, len; i < size && (len = utf8_decode(text + i, size - i, &code)); i += len)
		write_code_point(out, code, text + i, len);
	fputc('"', out);
}

/* What is not a number with its mantissa, unless that is the one of float("nan"). */
static void write_float(FILE *out, const void *data)
{
	char text[FLOAT_SIZE];
	uint64_t bits, mantissa;
	double value;

	memcpy(&bits, data, sizeof(bits));
	mantissa = bits & ((1ULL << 52) - 1);
	if (bits << 1 > 0xffe0000000000000) {
		fputs(bits >> 63 ? "-nan" : "nan", out);
		if (mantissa != NAN_MANTISSA)
			fprintf(out, "(0x%" PRIx64 ")", mantissa);
		return;
	}
	memcpy(&value, data, sizeof(value));
	float_repr(value, text);
	fputs(text, out);
}

static void write_simple(FILE *out, const struct pymm_const *constant)
{
	int64_t value;

	switch (constant->kind) {
	case PYMM_CONST_INT:
		memcpy(&value, constant + 1, sizeof(value));
		fprintf(out, "%" PRId64, value);
		break;
	case PYMM_CONST_FLOAT:
		write_float(out, constant + 1);
		break;
	case PYMM_CONST_BYTES:
		bytes_write(out, (const char *)(constant + 1), constant->len, '"');
		break;
	case PYMM_CONST_STR:
		write_string(out, (const char *)(constant + 1), constant->len);
		break;
	default:
		fputs(constant->kind == PYMM_CONST_NONE ? "None" :
		      constant->kind == PYMM_CONST_TRUE ? "True" : "False", out);
	}
}

static int open_tuple(const struct view *view, struct vec *tuples,
		      const struct pymm_const *constant)
{
	struct tuple *tuple = vec_push(tuples, 1, sizeof(*tuple));

	if (!tuple)
		return -ENOMEM;
	tuple->constant = constant;
	fputc('(', view->out);
	return 0;
}

/* The next item of the innermost tuple, or its end. */
static int write_item(const struct view *view, struct vec *tuples)
{
	struct tuple *tuple = (struct tuple *)tuples->data + tuples->count - 1;
	const uint32_t *items = (const uint32_t *)(tuple->constant + 1);
	uint32_t count = tuple->constant->len / (uint32_t)sizeof(*items);
	const struct pymm_const *item;

	if (tuple->next == count) {
		fputs(count == 1 ? ",)" : ")", view->out);
		tuples->count--;
		return 0;
	}
	if (tuple->next)
		fputs(", ", view->out);
	item = view->consts[items[tuple->next++]];
	if (item->kind == PYMM_CONST_TUPLE)
		return open_tuple(view, tuples, item);
	write_simple(view->out, item);
	return 0;
}

static int write_const(const struct view *view, const struct pymm_const *constant)
{
	struct vec tuples = { 0 };
	int ret;

	if (constant->kind != PYMM_CONST_TUPLE) {
		write_simple(view->out, constant);
		return 0;
	}
	ret = open_tuple(view, &tuples, constant);
	while (!ret && tuples.count)
		ret = write_item(view, &tuples);
	vec_free(&tuples);
	return ret;
}

static void write_name(const struct view *view, const struct pymm_const *constant)
{
	const char *text = (const char *)(constant + 1);

	if (is_name(text, constant->len))
		fwrite(text, 1, constant->len, view->out);
	else
		write_string(view->out, text, constant->len);
}

static void write_operand(const struct view *view, const struct pymm_insn *insn, uint8_t kind,
			  unsigned int slot, uint8_t flag)
{
	int64_t count = kind == PYMM_OPERAND_PAIRS ? 2 * insn->imm : insn->imm;

	if (kind < PYMM_OPERAND_ARGS)
		count = 1;
	if (!count)
		fputs("()", view->out);
	else
		fprintf(view->out, "r%u", slot);
	if (count > 1)
		fprintf(view->out, "..r%u", slot + (unsigned int)count - 1);
	if (insn->flags & flag)
		fputc('!', view->out);
}

/* Those of which a constant or a number is written; the rest are words. */
static int write_imm(const struct view *view, const struct pymm_insn *insn, uint8_t kind)
{
	uint32_t code;

	switch (kind) {
	case PYMM_IMM_CONST:
		return write_const(view, view->consts[insn->imm]);
	case PYMM_IMM_NAME:
		write_name(view, view->consts[insn->imm]);
		return 0;
	case PYMM_IMM_CODE:
		memcpy(&code, view->consts[insn->imm] + 1, sizeof(code));
		fputs(view->program->codes[code].name, view->out);
		return 0;
	case PYMM_IMM_FORWARD:
	case PYMM_IMM_BACKWARD:
		fprintf(view->out, "L%" PRId64, (int64_t)insn->imm);
		return 0;
	case PYMM_IMM_TIMEOUT:
		if (insn->imm <= 0)
			fputs(insn->imm ? "forever" : "nowait", view->out);
		else
			fprintf(view->out, "%" PRId64, (int64_t)insn->imm);
		return 0;
	case PYMM_IMM_GENERATION:
		fprintf(view->out, "%" PRId64, (int64_t)insn->imm);
		return 0;
	default:
		fputs(op_word(insn->op, insn->imm), view->out);
		return 0;
	}
}

static int write_insn(const struct view *view, const struct pymm_insn *insn)
{
	const struct op *op = op_get(insn->op);
	const struct {
		uint8_t kind;
		uint8_t flag;
		unsigned int slot;
	} operands[] = {
		{ op->dst, PYMM_INSN_CONSUME3, insn->dst },
		{ op->src1, PYMM_INSN_CONSUME1, insn->src1 },
		{ op->src2, PYMM_INSN_CONSUME2, insn->src2 },
	};
	const char *separator = " ";
	int ret = 0;

	fprintf(view->out, "\t%s", op->name);
	for (size_t i = 0; i < 3; i++) {
		if (operands[i].kind == PYMM_OPERAND_NO)
			continue;
		fputs(separator, view->out);
		write_operand(view, insn, operands[i].kind, operands[i].slot, operands[i].flag);
		separator = ", ";
	}
	if (op->imm != PYMM_IMM_NONE && op->imm != PYMM_IMM_COUNT) {
		fputs(separator, view->out);
		ret = write_imm(view, insn, op->imm);
	}
	fputs(insn->flags & PYMM_INSN_END ? ", end\n" : "\n", view->out);
	return ret;
}

/* Finds the constants and the targets of jumps, which lie one after the other. */
static int view_open(struct view *view)
{
	const char *at = (const char *)(view->handlers + view->head->nr_handlers);

	view->consts = calloc(view->head->nr_consts + 1, sizeof(*view->consts));
	view->labels = calloc(view->head->nr_insns, sizeof(*view->labels));
	if (!view->consts || !view->labels)
		return -ENOMEM;
	for (uint32_t i = 0; i < view->head->nr_consts; i++) {
		view->consts[i] = (const struct pymm_const *)at;
		at += sizeof(struct pymm_const) + ((view->consts[i]->len + 7ULL) & ~7ULL);
	}
	for (uint32_t i = 0; i < view->head->nr_insns; i++) {
		uint8_t imm = op_get(view->insns[i].op)->imm;

		if (imm == PYMM_IMM_FORWARD || imm == PYMM_IMM_BACKWARD)
			view->labels[view->insns[i].imm] = true;
	}
	for (uint32_t i = 0; i < view->head->nr_handlers; i++) {
		view->labels[view->handlers[i].start] = true;
		view->labels[view->handlers[i].end] = true;
		view->labels[view->handlers[i].target] = true;
	}
	return 0;
}

/* The name of a parameter. */
static const struct pymm_const *slot_name(const struct view *view, unsigned int slot)
{
	const struct pymm_const *names = view->consts[view->head->names - 1];

	return view->consts[((const uint32_t *)(names + 1))[1 + slot]];
}

/* The slots that have a name and are no parameters. */
static void write_slots(const struct view *view)
{
	const struct pymm_const *names, *name;
	unsigned int params = view->head->nr_params + view->head->nr_kwonly;
	const char *before = ".slot ", *after = "";

	if (!view->head->names)
		return;
	names = view->consts[view->head->names - 1];
	for (unsigned int i = params; i + 1 < names->len / sizeof(uint32_t); i++) {
		name = slot_name(view, i);
		if (!name->len)
			continue;
		fputs(before, view->out);
		write_name(view, name);
		fprintf(view->out, "=r%u", i);
		before = " ";
		after = "\n";
	}
	fputs(after, view->out);
}

static void write_head(const struct view *view, const char *name)
{
	unsigned int params = view->head->nr_params + view->head->nr_kwonly;

	if (!name) {
		write_slots(view);
		return;
	}
	fprintf(view->out, ".code %s", name);
	for (unsigned int i = 0; i < params; i++) {
		fputs(i == view->head->nr_params ? " * " : " ", view->out);
		write_name(view, slot_name(view, i));
	}
	fputc('\n', view->out);
	write_slots(view);
}

static void write_handlers(const struct view *view)
{
	for (uint32_t i = 0; i < view->head->nr_handlers; i++) {
		const struct pymm_handler *handler = &view->handlers[i];

		fprintf(view->out, ".handler L%" PRIu32 ", L%" PRIu32 ", L%" PRIu32 ", r%" PRIu32 "\n",
			handler->start, handler->end, handler->target, handler->slot);
	}
}

static int write_code(struct view *view, const char *name)
{
	int ret = view_open(view);

	if (!ret) {
		write_head(view, name);
		write_handlers(view);
	}
	for (uint32_t i = 0; !ret && i < view->head->nr_insns; i++) {
		if (view->labels[i])
			fprintf(view->out, "L%" PRIu32 ":\n", i);
		ret = write_insn(view, &view->insns[i]);
	}
	free(view->consts);
	free(view->labels);
	return ret;
}

PYMM_API int pymm_program_disassemble(const struct pymm_program *program, FILE *out)
{
	const char *at = (const char *)(program->image + 1);
	int ret = 0;

	for (uint32_t i = 0; !ret && i < program->image->nr_codes; i++) {
		struct view view = { .program = program, .out = out };

		view.head = (const struct pymm_code *)at;
		view.insns = (const struct pymm_insn *)(view.head + 1);
		view.handlers = (const struct pymm_handler *)(view.insns + view.head->nr_insns);
		if (i)
			fputc('\n', out);
		ret = write_code(&view, program->codes[i].name);
		at += view.head->size;
	}
	return !ret && ferror(out) ? -EIO : ret;
}
