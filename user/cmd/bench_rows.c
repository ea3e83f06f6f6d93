// SPDX-License-Identifier: GPL-2.0-only
/*
 * The rows of pymm bench that are statements: every .pyasm file of a directory.
 */
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bench.h"

#define SUFFIX	".pyasm"

static int is_row(const struct dirent *entry)
{
	size_t len = strlen(entry->d_name);

	return len > strlen(SUFFIX) && !strcmp(entry->d_name + len - strlen(SUFFIX), SUFFIX);
}

/* Reads "; COPIES a turn: STATEMENT". */
static int read_title(struct cmd *cmd, const char *path, struct bench_row *row)
{
	FILE *file = fopen(path, "re");
	int found;

	if (!file)
		return cmd_fail_errno(cmd, errno, "%s", path);
	found = fscanf(file, "; %5u a turn: %m[^\n]", &row->copies, &row->statement);
	fclose(file);
	if (found != 2 || !row->copies)
		return cmd_fail_source(cmd, path, 1, 0, "this is to be \"; COPIES a turn: STATEMENT\"");
	return CMD_OK;
}

static int read_row(struct cmd *cmd, const char *dir, const char *file, struct bench_row *row)
{
	char *path;
	int ret;

	row->name = strndup(file, strlen(file) - strlen(SUFFIX));
	if (!row->name || asprintf(&path, "%s/%s", dir, file) < 0)
		return cmd_fail(cmd, "out of memory");
	ret = read_title(cmd, path, row);
	free(path);
	return ret;
}

static int read_rows(struct cmd *cmd, struct dirent **files, int nr, struct bench_rows *rows)
{
	if (!nr)
		return cmd_fail(cmd, "%s: there is no row", rows->dir);
	rows->rows = calloc((size_t)nr, sizeof(*rows->rows));
	if (!rows->rows)
		return cmd_fail(cmd, "out of memory");
	for (int i = 0; i < nr; i++) {
		int ret = read_row(cmd, rows->dir, files[i]->d_name, &rows->rows[rows->nr++]);

		if (ret)
			return ret;
	}
	return CMD_OK;
}

int bench_rows_read(struct cmd *cmd, const char *dir, struct bench_rows *rows)
{
	struct dirent **files;
	int nr = scandir(dir, &files, is_row, alphasort), ret;

	*rows = (struct bench_rows){ .dir = dir };
	if (nr < 0)
		return cmd_fail_errno(cmd, errno, "%s", dir);
	ret = read_rows(cmd, files, nr, rows);
	for (int i = 0; i < nr; i++)
		free(files[i]);
	free(files);
	return ret;
}

void bench_rows_free(struct bench_rows *rows)
{
	for (size_t i = 0; i < rows->nr; i++) {
		free(rows->rows[i].name);
		free(rows->rows[i].statement);
	}
	free(rows->rows);
}
