// SPDX-License-Identifier: GPL-2.0
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "operator_util.h"
#include "pymm_util.h"

void pt_load_literal(FILE *text, int slot, const char *literal)
{
	int inner = strlen(literal) - 2;

	if (*literal == '[') {
		fprintf(text, "LOAD_CONST r9, (%.*s)\nBUILD_LIST r%d, ()\nLIST_EXTEND r%d, r9\n",
			inner, literal + 1, slot, slot);
	} else if (!strcmp(literal, "{}")) {
		fprintf(text, "BUILD_MAP r%d, ()\n", slot);
	} else if (*literal == '{') {
		int key = atoi(literal + 1), value = atoi(strchr(literal, ':') + 1);

		fprintf(text, "LOAD_CONST r8, %d\nLOAD_CONST r9, %d\nBUILD_MAP r%d, r8..r9\n",
			key, value, slot);
	} else {
		fprintf(text, "LOAD_CONST r%d, %s\n", slot, literal);
	}
}

const char *pt_evaluate(int thread, const char *opcode, const struct pt_operation *row)
{
	const char *output;
	size_t size;
	char *text;
	FILE *out = open_memstream(&text, &size);

	pt_load_literal(out, 0, row->a);
	pt_load_literal(out, 1, row->b);
	fprintf(out, "%s r2, r0, r1, %s\n", opcode, row->op);
	fprintf(out, "BUILD_TUPLE r2, r2..r2\nPRINT r2, end\n" END);
	fclose(out);
	output = pt_exec(thread, text);
	free(text);
	return output;
}

/* Whether evaluating a row gives what it says. */
static bool matches(int thread, const char *opcode, const struct pt_operation *row)
{
	const char *seen = pt_evaluate(thread, opcode, row);
	char expected[256];

	if (strstr(row->result, "Error: "))
		snprintf(expected, sizeof(expected), "%s\n", row->result);
	else
		snprintf(expected, sizeof(expected), "(%s,)\n", row->result);
	if (!strcmp(seen, expected))
		return true;
	fprintf(stderr, "# %s %s %s: expected %s# seen %s", row->a, row->op, row->b, expected, seen);
	return false;
}

unsigned int pt_wrong_operations(int thread, const char *opcode, const struct pt_operation *rows,
				 size_t count)
{
	unsigned int bad = 0;

	for (size_t i = 0; i < count; i++)
		bad += !matches(thread, opcode, &rows[i]);
	return bad;
}
