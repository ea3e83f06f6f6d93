// SPDX-License-Identifier: GPL-2.0-only
/*
 * The rows gc/... of pymm bench: the table of heaps and steps, which says how it
 * is written.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bench.h"

#define MAX_THOUSANDTHS	1000000

/**
 * struct table - the file while it is read
 * @cmd: the call
 * @dir: where it is
 * @path: of the table
 * @line: number of the line
 * @heap: of that line
 */
struct table {
	struct cmd *cmd;
	const char *dir;
	const char *path;
	unsigned int line;
	struct bench_heap *heap;
};

static int refuse(const struct table *table, const char *why)
{
	return cmd_fail_source(table->cmd, table->path, table->line, 0, why);
}

/* Reads "; STATEMENTS" and puts it behind those of the step before. */
static int read_statement(const struct table *table, struct bench_step *step)
{
	const struct bench_step *before = step == table->heap->steps ? NULL : step - 1;
	char *path, *statement = NULL;
	FILE *file;
	int ret = CMD_OK;

	if (asprintf(&path, "%s/%s.pyasm", table->dir, step->file) < 0)
		return cmd_fail(table->cmd, "out of memory");
	file = fopen(path, "re");
	if (!file)
		ret = cmd_fail_errno(table->cmd, errno, "%s", path);
	else if (fscanf(file, "; %m[^\n]", &statement) != 1)
		ret = cmd_fail_source(table->cmd, path, 1, 0, "this is to be \"; STATEMENTS\"");
	else if (asprintf(&step->statement, "%s%s%s", before ? before->statement : "",
			  before ? "; " : "", statement) < 0)
		ret = cmd_fail(table->cmd, "out of memory");
	if (file)
		fclose(file);
	free(statement);
	free(path);
	return ret;
}

/* "STEP", "STEP=ROW" or "STEP@ROW" */
static int read_step(const struct table *table, const char *word)
{
	struct bench_heap *heap = table->heap;
	size_t len = strcspn(word, "=@");
	struct bench_step *step;
	bool is_row = word[len];

	if (heap->nr == BENCH_MAX_STEPS)
		return refuse(table, "there are too many steps");
	if (!len || (is_row && !word[len + 1]))
		return refuse(table, "a step is to be STEP, STEP=ROW or STEP@ROW");
	if (word[len] == '@' && !heap->nr)
		return refuse(table, "before the first step there is no memory to compare with");
	step = &heap->steps[heap->nr++];
	step->file = strndup(word, len);
	if (!step->file || (is_row && asprintf(&step->name, "gc/%s", word + len + 1) < 0))
		return cmd_fail(table->cmd, "out of memory");
	heap->memory |= word[len] == '@';
	return read_statement(table, step);
}

static int read_heap(const struct table *table, char *text)
{
	const char *word = strtok_r(text, " \t\n", &text);
	bool times = strchr(text, '=');
	uint64_t thousandths;
	int ret = CMD_OK;

	if (cmd_parse_number(word, &thousandths) || !thousandths || thousandths > MAX_THOUSANDTHS)
		return refuse(table, "thousandths of the number of objects are to come first, up to 1000000");
	table->heap->thousandths = (unsigned int)thousandths;
	while (!ret && (word = strtok_r(NULL, " \t\n", &text)))
		ret = read_step(table, word);
	if (!ret && !table->heap->nr)
		ret = refuse(table, "there is no step");
	if (!ret && times && table->heap->memory)
		ret = refuse(table, "where memory is measured times are not");
	return ret;
}

static int add_heap(struct table *table, struct bench_heaps *heaps, char *text)
{
	struct bench_heap *more = reallocarray(heaps->heaps, heaps->nr + 1, sizeof(*more));

	if (!more)
		return cmd_fail(table->cmd, "out of memory");
	heaps->heaps = more;
	table->heap = &more[heaps->nr++];
	*table->heap = (struct bench_heap){ 0 };
	return read_heap(table, text);
}

static int read_table(struct table *table, FILE *file, struct bench_heaps *heaps)
{
	char *text = NULL;
	size_t size = 0;
	int ret = CMD_OK;

	while (!ret && getline(&text, &size, file) >= 0) {
		table->line++;
		if (text[0] != '#' && text[strspn(text, " \t\n")])
			ret = add_heap(table, heaps, text);
	}
	if (!ret && ferror(file))
		ret = cmd_fail_errno(table->cmd, errno, "%s", table->path);
	free(text);
	return ret;
}

int bench_heaps_read(struct cmd *cmd, const char *dir, struct bench_heaps *heaps)
{
	struct table table = { .cmd = cmd };
	char *path = NULL;
	FILE *file;
	int ret = CMD_OK;

	*heaps = (struct bench_heaps){ 0 };
	if (asprintf(&heaps->dir, "%s/gc", dir) < 0 || asprintf(&path, "%s/rows", heaps->dir) < 0)
		return cmd_fail(cmd, "out of memory");
	table.dir = heaps->dir;
	table.path = path;
	file = fopen(path, "re");
	if (file) {
		ret = read_table(&table, file, heaps);
		fclose(file);
	} else if (errno != ENOENT) {
		ret = cmd_fail_errno(cmd, errno, "%s", path);
	}
	free(path);
	return ret;
}

void bench_heaps_free(struct bench_heaps *heaps)
{
	for (size_t i = 0; i < heaps->nr; i++) {
		for (size_t j = 0; j < heaps->heaps[i].nr; j++) {
			free(heaps->heaps[i].steps[j].file);
			free(heaps->heaps[i].steps[j].name);
			free(heaps->heaps[i].steps[j].statement);
		}
	}
	free(heaps->heaps);
	free(heaps->dir);
}
