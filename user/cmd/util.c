// SPDX-License-Identifier: GPL-2.0-only
/*
 * Errors, and the opening of what most commands need.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "util.h"

/* On stderr for people; and as the whole document, as half of one is of no use to a script. */
static void say_error(struct cmd *cmd, const char *prefix, const char *text)
{
	fflush(stdout);
	fprintf(stderr, "%s%s\n", prefix, text);
	json_discard(cmd->json);
	json_open_object(cmd->json, NULL);
	json_add_string(cmd->json, "error", text);
}

__attribute__((format(printf, 2, 0)))
static void say_error_v(struct cmd *cmd, const char *format, va_list args)
{
	char *text;

	if (vasprintf(&text, format, args) < 0) {
		say_error(cmd, "pymm: ", "out of memory");
		return;
	}
	say_error(cmd, "pymm: ", text);
	free(text);
}

int cmd_fail(struct cmd *cmd, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	say_error_v(cmd, format, args);
	va_end(args);
	return CMD_FAILED;
}

/* What the module means by an errno of which the C library's text misleads. */
static const char *error_text(int error)
{
	switch (error) {
	case EDQUOT:
		return "a limit is reached: 'pymm feature' shows those of programs";
	case EBUSY:
		return "the thread is running, or has a program that is paused";
	default:
		return strerror(error);
	}
}

int cmd_fail_errno(struct cmd *cmd, int error, const char *format, ...)
{
	va_list args;
	char *text;
	int len;

	va_start(args, format);
	len = vasprintf(&text, format, args);
	va_end(args);
	if (len < 0)
		return cmd_fail(cmd, "out of memory");
	cmd_fail(cmd, "%s: %s", text, error_text(abs(error)));
	free(text);
	return CMD_FAILED;
}

int cmd_fail_source(struct cmd *cmd, const char *file, unsigned int line, unsigned int column,
		    const char *message)
{
	char place[32] = "", *text;

	if (line && column)
		snprintf(place, sizeof(place), "%u:%u:", line, column);
	else if (line)
		snprintf(place, sizeof(place), "%u:", line);
	if (asprintf(&text, "%s:%s %s", file, place, message) < 0)
		return cmd_fail(cmd, "out of memory");
	say_error(cmd, "", text);
	free(text);
	json_add_string(cmd->json, "file", file);
	if (line)
		json_add_uint(cmd->json, "line", line);
	if (column)
		json_add_uint(cmd->json, "column", column);
	return CMD_FAILED;
}

int cmd_misused(struct cmd *cmd, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	say_error_v(cmd, format, args);
	va_end(args);
	if (cmd->object)
		fprintf(stderr, "See 'pymm %s help'.\n", cmd->object->name);
	else
		fprintf(stderr, "See 'pymm help'.\n");
	return CMD_USAGE;
}

bool cmd_is_missing(int error)
{
	return error == -ENOENT || error == -ENXIO || error == -ENODEV;
}

/* In a guest, and where it is installed, there is no tree to make anything in. */
const char *cmd_missing_text(void)
{
	if (!access(PYMM_MODULE, F_OK))
		return "pymm.ko is not loaded: run 'insmod " PYMM_MODULE "'";
	return "pymm.ko is not loaded: run 'make load' (or 'make demo' for a guest)";
}

int cmd_open_arena(struct cmd *cmd, struct pymm_arena **out)
{
	int ret = pymm_arena_open(out);

	if (!ret)
		return CMD_OK;
	if (cmd_is_missing(ret))
		return cmd_fail(cmd, "%s", cmd_missing_text());
	if (ret == -EACCES)
		return cmd_fail(cmd, PYMM_DEVICE ": permission denied: run as root or join the group 'pymm'");
	return cmd_fail_errno(cmd, ret, PYMM_DEVICE);
}

int cmd_open_thread(struct cmd *cmd, const struct pymm_arena *arena, struct pymm_thread **out)
{
	int ret = pymm_thread_open(arena, out);

	return ret ? cmd_fail_errno(cmd, ret, "cannot make a thread") : CMD_OK;
}

bool cmd_colors(const struct cmd *cmd)
{
	const char *no_color = getenv("NO_COLOR");

	return !cmd->json && (!no_color || !*no_color) && cmd_redraws(STDOUT_FILENO);
}

bool cmd_redraws(int fd)
{
	const char *term = getenv("TERM");

	return isatty(fd) && (!term || strcmp(term, "dumb"));
}
