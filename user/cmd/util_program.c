// SPDX-License-Identifier: GPL-2.0-only
/*
 * Loading of programs.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cmd.h"

const char *cmd_file_name(const char *path)
{
	return strcmp(path, "-") ? path : "<stdin>";
}

/* Not through /dev/stdin, which a small guest has not. */
static int load_stdin(struct pymm_error *error, struct pymm_program **out)
{
	char buffer[4096], *text = NULL;
	size_t size = 0, got;
	FILE *memory = open_memstream(&text, &size);
	int ret = 0;

	*out = NULL;
	if (!memory)
		return -errno;
	while ((got = fread(buffer, 1, sizeof(buffer), stdin)))
		fwrite(buffer, 1, got, memory);
	if (ferror(stdin))
		ret = -errno;
	if (fclose(memory) && !ret)
		ret = -ENOMEM;
	if (!ret)
		ret = pymm_program_assemble(text, size, error, out);
	free(text);
	return ret;
}

int cmd_load_program(struct cmd *cmd, const char *path, struct pymm_program **out)
{
	struct pymm_error error = { 0 };
	int ret;

	if (strcmp(path, "-"))
		ret = pymm_program_load(path, &error, out);
	else
		ret = load_stdin(&error, out);
	if (ret == -EINVAL && error.line)
		return cmd_fail_source(cmd, cmd_file_name(path), error.line, error.column,
				       error.message);
	return ret ? cmd_fail_errno(cmd, ret, "%s", cmd_file_name(path)) : CMD_OK;
}
