// SPDX-License-Identifier: GPL-2.0-only
/*
 * Help, printed from the tables. In JSON it has the same tables for scripts;
 * shell completion is checked against them.
 */
#include <string.h>

#include "util.h"

#define USAGE_OPTIONS \
	"OPTIONS := { -j, --json | -p, --pretty | -h, --help | -V, --version }\n"

static void json_option(struct json *json, const struct cmd_option *option)
{
	json_open_object(json, NULL);
	json_add_string(json, "name", option->name);
	if (option->value)
		json_add_string(json, "value", option->value);
	json_add_string(json, "summary", option->summary);
	if (option->words) {
		json_open_array(json, "words");
		for (const char *const *word = option->words; *word; word++)
			json_add_string(json, NULL, *word);
		json_close(json);
	}
	json_close(json);
}

static void json_command(struct json *json, const struct cmd_command *command)
{
	json_open_object(json, NULL);
	json_add_string(json, "name", command->name);
	if (command->args)
		json_add_string(json, "args", command->args);
	json_add_string(json, "summary", command->summary);
	json_open_array(json, "options");
	for (const struct cmd_option *option = command->options; option && option->name; option++)
		json_option(json, option);
	json_close(json);
	json_close(json);
}

static void json_object_help(struct json *json, const struct cmd_object *object)
{
	json_open_object(json, NULL);
	json_add_string(json, "name", object->name);
	json_add_string(json, "summary", object->summary);
	json_open_array(json, "commands");
	for (const struct cmd_command *command = object->commands; command->name; command++)
		json_command(json, command);
	json_close(json);
	json_close(json);
}

int help_all(struct cmd *cmd, const struct cmd_object *const *objects)
{
	if (cmd->json) {
		json_open_object(cmd->json, NULL);
		json_open_array(cmd->json, "objects");
		for (; *objects; objects++)
			json_object_help(cmd->json, *objects);
		return CMD_OK;
	}
	printf("Usage: pymm [OPTIONS] OBJECT { COMMAND | help }\n       pymm help [OBJECT]\n\nOBJECT is one of\n");
	for (; *objects; objects++)
		printf("  %-10s %s\n", (*objects)->name, (*objects)->summary);
	printf("\n" USAGE_OPTIONS "'pymm OBJECT help' says more about one.\n");
	return CMD_OK;
}

static void print_option(const struct cmd_option *option)
{
	char left[64];

	snprintf(left, sizeof(left), "%s%s%s", option->name, option->value ? " " : "",
		 option->value ? option->value : "");
	printf("      %-20s %s", left, option->summary);
	for (const char *const *word = option->words; word && *word; word++)
		printf("%s%s%s", word == option->words ? " (" : ", ", *word, word[1] ? "" : ")");
	printf("\n");
}

static void print_command(const struct cmd_object *object, const struct cmd_command *command)
{
	printf("  pymm %s %s%s%s%s\n      %s\n", object->name, command->name,
	       command->options && command->options[0].name ? " [OPTIONS]" : "",
	       command->args ? " " : "", command->args ? command->args : "", command->summary);
	for (const struct cmd_option *option = command->options; option && option->name; option++)
		print_option(option);
}

/* Of an object whose commands are operands: they have the same options. */
static void print_operands(const struct cmd_object *object)
{
	const struct cmd_command *command = object->commands;

	printf("  pymm %s [OPTIONS] %s\n", object->name, command->args);
	for (const struct cmd_option *option = command->options; option->name; option++)
		print_option(option);
	printf("\nA %s is one of\n", object->kind);
	for (; command->name; command++)
		printf("  %-12s %s\n", command->name, command->summary);
}

int help_object(struct cmd *cmd)
{
	const struct cmd_object *object = cmd->object;

	if (cmd->json) {
		json_object_help(cmd->json, object);
		return CMD_OK;
	}
	printf("pymm %s: %s\n\n", object->name, object->summary);
	if (object->kind)
		print_operands(object);
	else
		for (const struct cmd_command *command = object->commands; command->name; command++)
			print_command(object, command);
	if (object->bare)
		printf("\nWithout a %s: %s.\n", object->kind ? object->kind : "command",
		       object->commands->name);
	printf("\n" USAGE_OPTIONS);
	return object->more ? object->more(cmd) : CMD_OK;
}
