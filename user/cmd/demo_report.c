// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the demo says of the text's claims.
 */
#include <stdarg.h>
#include <string.h>

#include "demo.h"

#define GREEN	"\033[32m"
#define RED	"\033[31m"
#define PLAIN	"\033[0m"

/* Columns of a line of text, and where labels and the words behind them begin. */
#define WIDTH	92
#define INDENT	17
#define WORDS	23

/* A label, which begins at column INDENT, then words in as many lines as they need. */
static void print_wrapped(const char *label, const char *text)
{
	int column = INDENT + printf("%-*s", WORDS - INDENT - 1, label);

	while (*text) {
		int len = (int)strcspn(text, " ");

		if (column + 1 + len > WIDTH && column >= WORDS)
			column = printf("\n%*s", WORDS - 1, "") - 1;
		column += printf(" %.*s", len, text);
		text += len + (text[len] == ' ');
	}
	printf("\n");
}

static void print_more(const char *label, const char *text)
{
	if (!text || !*text)
		return;
	printf("%*s", INDENT, "");
	print_wrapped(label, text);
}

static void print_claim(const struct demo *demo, const struct claim *claim)
{
	const char *verdict = demo_verdict_name(claim->verdict), *color = "";
	bool checked = claim->state == DEMO_CHECKED;

	if (checked && !demo->as_expected)
		verdict = "DIFFERS";
	if (checked && cmd_colors(demo->cmd))
		color = demo->as_expected ? GREEN : RED;
	printf("  %-4s %s%-10s%s", claim->number, color, verdict, *color ? PLAIN : "");
	print_wrapped("text:", claim->says);
	print_more("seen:", checked ? demo->observed : "nothing: it is not counted");
	print_more("but:", claim->but);
	fflush(stdout);
}

static const char *state_name(enum demo_state state)
{
	static const char *const names[] = {
		[DEMO_CHECKED] = "checked",
		[DEMO_UNOBSERVABLE] = "unobservable",
	};

	return names[state];
}

static void json_lines(const struct demo *demo, struct json *json)
{
	json_open_array(json, "program");
	for (unsigned int i = 0; i < demo->nr_lines; i++)
		json_add_string(json, NULL, demo->lines[i]);
	json_close(json);
}

static void json_claim(const struct demo *demo, const struct claim *claim)
{
	struct json *json = demo->cmd->json;

	json_open_object(json, NULL);
	json_add_string(json, "number", claim->number);
	json_add_string(json, "text", claim->says);
	json_add_string(json, "verdict", demo_verdict_name(claim->verdict));
	json_add_string(json, "state", state_name(claim->state));
	if (claim->state == DEMO_CHECKED) {
		json_lines(demo, json);
		json_add_string(json, "observed", demo->observed);
		json_add_bool(json, "ok", demo->as_expected);
	}
	if (claim->but)
		json_add_string(json, "but", claim->but);
	json_close(json);
}

bool demo_quiet(const struct demo *demo)
{
	return demo->cmd->json || demo->only;
}

void demo_python(struct demo *demo, const char *python)
{
	if (demo->lines_used)
		demo->nr_lines = 0;
	demo->lines_used = false;
	if (demo->nr_lines < DEMO_MAX_LINES)
		demo->lines[demo->nr_lines++] = python;
	if (!demo_quiet(demo))
		printf("  >>> %s\n", python);
}

/* The lines of a claim that is shown alone. */
static void print_lines(const struct demo *demo)
{
	for (unsigned int i = 0; i < demo->nr_lines; i++)
		printf("  >>> %s\n", demo->lines[i]);
}

static void show(struct demo *demo, const struct claim *claim)
{
	if (demo->cmd->json) {
		json_claim(demo, claim);
		return;
	}
	if (demo->only && claim->state == DEMO_CHECKED)
		print_lines(demo);
	print_claim(demo, claim);
}

static void add_seen(struct demo *demo, bool as_expected, const char *format, va_list args)
{
	size_t used = strlen(demo->observed);

	if (used)
		demo->as_expected &= as_expected;
	else
		demo->as_expected = as_expected;
	if (used && used + 2 < sizeof(demo->observed)) {
		memcpy(demo->observed + used, "; ", 3);
		used += 2;
	}
	vsnprintf(demo->observed + used, sizeof(demo->observed) - used, format, args);
}

void demo_seen(struct demo *demo, bool as_expected, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	add_seen(demo, as_expected, format, args);
	va_end(args);
}

/* demo_report_rest() fails where a scene forgets one. */
static void report(struct demo *demo, const struct claim *claim)
{
	demo->reported[claim - demo_claims()] = true;
	if (demo->only && demo->only != claim)
		return;
	demo->claims += claim->state == DEMO_CHECKED;
	demo->differ += claim->state == DEMO_CHECKED && !demo->as_expected;
	show(demo, claim);
}

void demo_claim(struct demo *demo, const char *number, bool as_expected, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	add_seen(demo, as_expected, format, args);
	va_end(args);
	report(demo, demo_find_claim(number));
	demo->observed[0] = '\0';
	demo->lines_used = true;
}

int demo_report_rest(struct demo *demo, const char *scene)
{
	const struct claim *claims = demo_claims();

	for (const struct claim *claim = claims; claim->number; claim++) {
		if (strcmp(claim->scene, scene) || demo->reported[claim - claims])
			continue;
		if (claim->state == DEMO_CHECKED)
			return cmd_fail(demo->cmd, "the scene says nothing of claim %s",
					claim->number);
		report(demo, claim);
	}
	return CMD_OK;
}

int demo_report_end(struct demo *demo)
{
	struct json *json = demo->cmd->json;

	if (json) {
		json_add_uint(json, "claims_checked", demo->claims);
		json_add_uint(json, "claims_differ", demo->differ);
	} else {
		printf("%u claims checked, %u differ\n", demo->claims, demo->differ);
	}
	return demo->differ ? CMD_FAILED : CMD_OK;
}
