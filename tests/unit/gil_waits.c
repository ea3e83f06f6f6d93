// SPDX-License-Identifier: GPL-2.0-only
/*
 * Who waits for whom, and the cycles in that, as 'pymm gil show' finds them.
 */
#include <stdlib.h>
#include <string.h>

#include "../../user/cmd/gil_waits.h"
#include "asm_tap.h"

#define MAX_WAITS	16
#define TOOK_NS		100

/*
 * @waits: "1-2" is thread 1, which waits for thread 2 for as long as the look took, "1~2" for a
 * moment less, "1-0" one that waits for what nobody has
 * @cycles: "1 2; 3;" are two of them, each from its lowest thread on in the order of its waits
 * @uncertain: cycles beside these
 */
static const struct {
	const char *name;
	const char *waits;
	const char *cycles;
	size_t uncertain;
} cases[] = {
	{ "nobody waits", "", "", 0 },
	{ "for one that does not wait", "1-2", "", 0 },
	{ "for nobody", "1-0", "", 0 },
	{ "for one that is gone", "2-1 3-77", "", 0 },
	{ "a chain", "1-2 2-3 3-4", "", 0 },
	{ "a chain whose end comes first", "2-1 3-2 4-3", "", 0 },
	{ "all for one", "2-1 3-1 4-1", "", 0 },
	{ "for itself", "1-1", "1;", 0 },
	{ "two", "1-2 2-1", "1 2;", 0 },
	{ "three", "1-3 2-1 3-2", "1 3 2;", 0 },
	{ "others wait for a cycle", "1-5 2-1 4-5 5-7 7-4 8-7", "4 5 7;", 0 },
	{ "two cycles", "1-4 2-3 3-2 4-1", "1 4; 2 3;", 0 },
	{ "a cycle, itself, a chain and nobody", "1-1 2-3 3-0 4-6 5-2 6-4", "1; 4 6;", 0 },
	{ "numbers with gaps", "5-4000000000 70-5 4000000000-70", "5 4000000000 70;", 0 },
	{ "one wait is too young", "1-2 2~1", "", 1 },
	{ "the first wait is too young", "1~2 2-3 3-1", "", 1 },
	{ "for itself, too young", "1~1", "", 1 },
	{ "who waits for a cycle may be young", "1~2 2-3 3-2", "2 3;", 0 },
	{ "one certain, two not", "1~2 2~1 3-4 4-3 5-6 6~5", "3 4;", 2 },
};

static size_t parse(const char *text, struct gil_wait *waits)
{
	size_t count = 0;
	char *end;

	while (*text) {
		struct gil_wait *wait = &waits[count++];

		memset(wait, 0xff, sizeof(*wait));
		wait->thread = (uint32_t)strtoul(text, &end, 10);
		wait->since_ns = *end == '-' ? TOOK_NS : TOOK_NS - 1;
		wait->blocker = (uint32_t)strtoul(end + 1, &end, 10);
		text = *end ? end + 1 : end;
	}
	return count;
}

/* The cycles as above. */
static void render(const struct gil_wait *waits, size_t count, char *text)
{
	const char *between = "";

	*text = '\0';
	for (size_t first = 0; first < count; first++) {
		size_t i = first;

		if (!waits[first].first)
			continue;
		text += sprintf(text, "%s", between);
		do {
			text += sprintf(text, "%s%u", i == first ? "" : " ", waits[i].thread);
			i = waits[i].next;
		} while (i != first);
		text += sprintf(text, ";");
		between = " ";
	}
}

int main(void)
{
	struct tap tap = { 0 };

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct gil_wait waits[MAX_WAITS];
		size_t count = parse(cases[i].waits, waits);
		size_t uncertain = gil_waits_link(waits, count, TOOK_NS);
		char text[256];

		render(waits, count, text);
		tap_case(&tap, !strcmp(text, cases[i].cycles) && uncertain == cases[i].uncertain,
			 cases[i].name, "'%s', %zu uncertain", text, uncertain);
	}
	return tap_end(&tap);
}
