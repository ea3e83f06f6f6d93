// SPDX-License-Identifier: GPL-2.0-only
/*
 * Runs cases of the collector on /dev/pymm: run_cases [FILE], a script of cases.py, which is read
 * from the standard input without FILE; see case_script.h. Prints a line a case, "ok ID" or
 * "not ok ID" with what differs, and the count. Status 1: some differ; 2: a step cannot be
 * executed, or nothing can.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "case_script.h"

struct counts {
	unsigned int of[CASE_BAD + 1];
};

static void tell(void *arg, const char *id, enum case_result result, const char *text)
{
	static const char *const words[] = { "ok", "not ok", "not ok" };
	struct counts *counts = arg;

	counts->of[result]++;
	printf("%s %s\n", words[result], id);
	for (; *text; text += strcspn(text, "\n") + 1)
		printf("    %.*s\n", (int)strcspn(text, "\n"), text);
	fflush(stdout);
}

/* All of a file, to be freed; NULL when it cannot be read. */
static char *read_all(FILE *file)
{
	char *text = NULL;
	size_t size = 0;

	if (file && getdelim(&text, &size, 0, file) < 0) {
		free(text);
		text = NULL;
	}
	return text;
}

int main(int argc, char *argv[])
{
	struct counts counts = { { 0 } };
	const struct case_report report = { .tell = tell, .arg = &counts };
	FILE *file = argc > 1 ? fopen(argv[1], "r") : stdin;
	char *script = read_all(file);
	int ret;

	if (file)
		fclose(file);
	if (!script) {
		fprintf(stderr, "run_cases: no script\n");
		return 2;
	}
	ret = case_script_run(script, &report);
	free(script);
	if (ret)
		fprintf(stderr, "run_cases: %s\n", strerror(-ret));
	printf("%u passed, %u failed\n", counts.of[CASE_SAME],
	       counts.of[CASE_DIFFERS] + counts.of[CASE_BAD]);
	if (ret || counts.of[CASE_BAD])
		return 2;
	return counts.of[CASE_DIFFERS] != 0;
}
