// SPDX-License-Identifier: GPL-2.0-only
/*
 * pymm feature: what the running kernel's pymm can do.
 */
#include <stdio.h>
#include <stdlib.h>

#include "cmd.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* What is known to the kernel and to this command. */
struct feature {
	struct pymm_query query;
	char **names;		/* opcodes, then types */
};

/* Names of bits, from bit 0: a table of them, or a function that says NULL for what has none. */
struct bits {
	const char *key;
	const char *label;
	const char *const *names;
	size_t count;
	const char *(*name)(uint32_t bit);
	uint32_t value;
};

static const char *const rights[] = { "inspect", "run", "config" };
static const char *const run_flags[] = { "resume", "abandon", "check", "interrupt" };
static const char *const config_fields[] = {
	"switch_interval", "flags", "thresholds", "max_objects", "max_bytes", "max_threads",
	"policy",
};
static const char *const config_flags[] = { "gc", "check_all" };

#define BITS(query, field, text) { #field, text, field, COUNT(field), NULL, (query)->field }
#define BITS_LIST(query)                                                                  \
	{                                                                                 \
		BITS(query, rights, "rights"), BITS(query, run_flags, "run flags"),       \
		BITS(query, config_fields, "config fields"),                              \
		BITS(query, config_flags, "config flags"),                                \
		{ "policies", "policies", NULL, 0, pymm_policy_name, (query)->policies }, \
	}

struct limit {
	const char *key;
	const char *label;
	uint32_t value;
};

#define LIMITS_LIST(query)                                                                \
	{                                                                                 \
		{ "max_insns", "instructions in an image", (query)->max_insns },          \
		{ "max_consts", "constants in an image", (query)->max_consts },           \
		{ "max_slots", "slots in a code object", (query)->max_slots },            \
		{ "max_image_size", "bytes in an image", (query)->max_image_size },       \
		{ "max_depth", "nested calls", (query)->max_depth },                      \
	}

/* A kernel that is newer than this command has bits that have no name here. */
static void bit_name(const struct bits *bits, unsigned int bit, char *out, size_t size)
{
	const char *name = bits->name ? bits->name(bit) : NULL;

	if (bit < bits->count)
		name = bits->names[bit];
	if (name)
		snprintf(out, size, "%s", name);
	else
		snprintf(out, size, "bit_%u", bit);
}

static void json_bits(struct json *json, const struct bits *bits)
{
	char name[32];

	json_open_array(json, bits->key);
	for (unsigned int bit = 0; bit < 32; bit++) {
		if (!(bits->value >> bit & 1))
			continue;
		bit_name(bits, bit, name, sizeof(name));
		json_add_string(json, NULL, name);
	}
	json_close(json);
}

static void json_names(struct json *json, const char *key, char **names, uint32_t count)
{
	json_open_array(json, key);
	for (uint32_t i = 0; i < count; i++) {
		if (!*names[i])
			continue;
		json_open_object(json, NULL);
		json_add_uint(json, "number", i);
		json_add_string(json, "name", names[i]);
		json_close(json);
	}
	json_close(json);
}

static void show_json(struct json *json, const struct feature *feature)
{
	const struct pymm_query *query = &feature->query;
	const struct bits bits[] = BITS_LIST(query);
	const struct limit limits[] = LIMITS_LIST(query);

	json_open_object(json, NULL);
	json_add_string(json, "version", PYMM_VERSION);
	json_add_uint(json, "abi_version", query->abi_version);
	for (size_t i = 0; i < COUNT(bits); i++)
		json_bits(json, &bits[i]);
	json_open_object(json, "limits");
	for (size_t i = 0; i < COUNT(limits); i++)
		json_add_uint(json, limits[i].key, limits[i].value);
	json_close(json);
	json_names(json, "opcodes", feature->names, query->nr_opcodes);
	json_names(json, "types", feature->names + query->nr_opcodes, query->nr_types);
}

static void print_bits(const struct bits *bits)
{
	char name[32];

	printf("%s:", bits->label);
	for (unsigned int bit = 0; bit < 32; bit++) {
		if (!(bits->value >> bit & 1))
			continue;
		bit_name(bits, bit, name, sizeof(name));
		printf(" %s", name);
	}
	printf("\n");
}

static void print_names(const char *title, char **names, uint32_t count)
{
	printf("%s:\n", title);
	for (uint32_t i = 0; i < count; i++)
		if (*names[i])
			printf("  %3u %s\n", i, names[i]);
}

static void show_text(const struct feature *feature)
{
	const struct pymm_query *query = &feature->query;
	const struct bits bits[] = BITS_LIST(query);
	const struct limit limits[] = LIMITS_LIST(query);

	printf("command: %s, ABI %d\nkernel: ABI %u\n", PYMM_VERSION, PYMM_ABI_VERSION,
	       query->abi_version);
	for (size_t i = 0; i < COUNT(bits); i++)
		print_bits(&bits[i]);
	printf("limits:\n");
	for (size_t i = 0; i < COUNT(limits); i++)
		printf("  %-24s %u\n", limits[i].label, limits[i].value);
	print_names("opcodes", feature->names, query->nr_opcodes);
	print_names("types", feature->names + query->nr_opcodes, query->nr_types);
}

static int show(struct cmd *cmd)
{
	struct feature feature = { 0 };
	struct pymm_arena *arena;
	int ret = cmd_open_arena(cmd, &arena);

	if (ret)
		return ret;
	ret = pymm_arena_names(arena, &feature.query, &feature.names);
	pymm_arena_close(arena);
	if (ret)
		return cmd_fail_errno(cmd, ret, "cannot ask the kernel for its features");
	if (cmd->json)
		show_json(cmd->json, &feature);
	else
		show_text(&feature);
	free(feature.names);
	return CMD_OK;
}

static const struct cmd_command commands[] = {
	{ .name = "show", .summary = "versions, limits, opcodes and types", .run = show },
	{ 0 },
};

const struct cmd_object cmd_feature = {
	.name = "feature",
	.summary = "what the running kernel's pymm can do",
	.commands = commands,
	.bare = true,
};
