// SPDX-License-Identifier: GPL-2.0-only
/*
 * Arguments: the options before OBJECT, and those of a command.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "util.h"

static const char *const globals[] = {
	"-j", "--json", "-p", "--pretty", "-h", "--help", "-V", "--version", NULL,
};

/* @len characters of @arg are the name of an option that there is not. */
static int unknown_option(struct cmd *cmd, const char *arg, size_t len)
{
	struct cmd_words words = { .nearest = nearest_to(arg, len) };
	const struct cmd_option *option = cmd->command ? cmd->command->options : NULL;
	char where[64];

	for (; option && option->name; option++)
		cmd_words_add(&words, option->name);
	for (const char *const *name = globals; *name; name++)
		cmd_words_add(&words, *name);
	if (!cmd->command)
		return cmd_unknown(cmd, &words, NULL, "option");
	snprintf(where, sizeof(where), "%s %s", cmd->object->name, cmd->command->name);
	return cmd_unknown(cmd, &words, where, "option");
}

/* One of -j -p -h -V: CMD_OK when it was taken, ARGS_, or CMD_USAGE when it is none of them. */
static int take_global(struct cmd *cmd, const char *arg)
{
	bool pretty = !strcmp(arg, "-p") || !strcmp(arg, "--pretty");

	if (!strcmp(arg, "-h") || !strcmp(arg, "--help"))
		return ARGS_HELP;
	if (!strcmp(arg, "-V") || !strcmp(arg, "--version"))
		return ARGS_VERSION;
	if (!pretty && strcmp(arg, "-j") && strcmp(arg, "--json"))
		return CMD_USAGE;
	cmd->pretty |= pretty;
	json_free(cmd->json);
	cmd->json = json_new(stdout, cmd->pretty);
	return cmd->json ? CMD_OK : cmd_fail(cmd, "out of memory");
}

int args_parse_global(struct cmd *cmd)
{
	int wanted = CMD_OK;

	while (cmd->argc && cmd->argv[0][0] == '-') {
		int ret = take_global(cmd, cmd->argv[0]);

		if (ret == CMD_USAGE)
			return unknown_option(cmd, cmd->argv[0], strlen(cmd->argv[0]));
		if (ret == CMD_FAILED)
			return ret;
		if (!wanted)
			wanted = ret;
		cmd->argc--;
		cmd->argv++;
	}
	return wanted;
}

/* Index of an option in the command's table, or -1. */
static int find_option(const struct cmd_command *command, const char *name, size_t len)
{
	for (int i = 0; command->options && command->options[i].name && i < CMD_MAX_OPTIONS; i++) {
		const char *known = command->options[i].name;

		if (strlen(known) == len && !memcmp(known, name, len))
			return i;
	}
	return -1;
}

int cmd_parse_number(const char *text, uint64_t *out)
{
	char digits[32];
	size_t used = 0;
	char *end;

	if (!strncmp(text, "0x", 2) || !strncmp(text, "0X", 2)) {
		text += 2;
		digits[used++] = '0';
		digits[used++] = 'x';
	}
	for (const char *p = text; *p; p++) {
		if (*p == '_' && p > text && p[-1] != '_' && p[1])
			continue;
		if (!strchr("0123456789abcdefABCDEF", *p) || used == sizeof(digits) - 1)
			return -EINVAL;
		digits[used++] = *p;
	}
	digits[used] = '\0';
	errno = 0;
	*out = strtoull(digits, &end, used > 1 && digits[1] == 'x' ? 16 : 10);
	return errno || !*text || *end ? -EINVAL : 0;
}

static int check_number(struct cmd *cmd, const struct cmd_option *option, const char *text)
{
	uint64_t number;

	if (cmd_parse_number(text, &number))
		return cmd_misused(cmd, "%s: '%s' is not a whole number", option->name, text);
	if (number < option->min)
		return cmd_misused(cmd, "%s: %s is too small: at least %" PRIu64, option->name, text,
				   option->min);
	if (option->max && number > option->max)
		return cmd_misused(cmd, "%s: %s is too large: at most %" PRIu64, option->name, text,
				   option->max);
	return CMD_OK;
}

static int check_words(struct cmd *cmd, const struct cmd_option *option, const char *text)
{
	struct cmd_words words = { .nearest = nearest_to(text, strlen(text)) };

	if (!option->words)
		return CMD_OK;
	for (const char *const *word = option->words; *word; word++) {
		if (!strcmp(*word, text))
			return CMD_OK;
		cmd_words_add(&words, *word);
	}
	return cmd_unknown(cmd, &words, option->name, "value");
}

/*
 * The option at *@at, perhaps with its value in the next argument. A command's
 * own options come before those that all have: -p may mean something else to it.
 */
static int take_option(struct cmd *cmd, int *at)
{
	const char *arg = cmd->argv[*at], *value = strchr(arg, '=');
	size_t len = value ? (size_t)(value - arg) : strlen(arg);
	int i = find_option(cmd->command, arg, len), ret;
	const struct cmd_option *option;

	if (i < 0) {
		ret = take_global(cmd, arg);
		if (ret != CMD_USAGE)
			return ret;
		return unknown_option(cmd, arg, len);
	}
	option = &cmd->command->options[i];
	if (option->kind == CMD_FLAG) {
		if (value)
			return cmd_misused(cmd, "%s takes no value", option->name);
		cmd->values[i] = option->name;
		return CMD_OK;
	}
	value = value ? value + 1 : cmd->argv[++*at];
	if (!value)
		return cmd_misused(cmd, "%s: %s is missing", option->name, option->value);
	cmd->values[i] = value;
	return option->kind == CMD_NUMBER ? check_number(cmd, option, value) :
					    check_words(cmd, option, value);
}

static int check_operands(struct cmd *cmd)
{
	const struct cmd_command *command = cmd->command;

	if (cmd->argc < command->min_args)
		return cmd_misused(cmd, "%s %s: %s is missing", cmd->object->name, command->name,
				   command->args);
	if (command->max_args >= 0 && cmd->argc > command->max_args)
		return cmd_misused(cmd, "%s %s: too many arguments: '%s'", cmd->object->name,
				   command->name, cmd->argv[command->max_args]);
	return CMD_OK;
}

int args_parse(struct cmd *cmd)
{
	bool options = true;
	int kept = 0;

	for (int i = 0; i < cmd->argc; i++) {
		char *arg = cmd->argv[i];
		int ret;

		if (options && !strcmp(arg, "--")) {
			options = false;
			continue;
		}
		if (!options || arg[0] != '-' || !arg[1]) {
			cmd->argv[kept++] = arg;
			continue;
		}
		/* An option of the command may be spelled like a global one: "-p PID". */
		ret = find_option(cmd->command, arg, strcspn(arg, "=")) < 0 ?
			      take_global(cmd, arg) : CMD_USAGE;
		if (ret == CMD_USAGE)
			ret = take_option(cmd, &i);
		if (ret)
			return ret;
	}
	cmd->argc = kept;
	cmd->argv[kept] = NULL;
	return check_operands(cmd);
}

static const char *option_value(const struct cmd *cmd, const char *name)
{
	int i = find_option(cmd->command, name, strlen(name));

	return i < 0 ? NULL : cmd->values[i];
}

bool cmd_flag(const struct cmd *cmd, const char *name)
{
	return option_value(cmd, name);
}

uint64_t cmd_number(const struct cmd *cmd, const char *name, uint64_t otherwise)
{
	const char *value = option_value(cmd, name);
	uint64_t number;

	return value && !cmd_parse_number(value, &number) ? number : otherwise;
}

const char *cmd_text(const struct cmd *cmd, const char *name, const char *otherwise)
{
	const char *value = option_value(cmd, name);

	return value ? value : otherwise;
}
