// SPDX-License-Identifier: GPL-2.0
/*
 * The collector, case by case: small graphs, and after every step the objects
 * alive with their generations and reference counts. All of it was observed on
 * CPython 3.13.5 with automatic collection off, the names being in an old
 * namespace as those of a module are.
 */
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "kselftest_harness.h"
#include "pymm_util.h"
#include "snapshot_util.h"

#define MAX_STEPS	20
#define MAX_OBJECTS	8

/*
 * A step:
 *   new NAME list|dict      bind NAME to a new object
 *   tuple NAME [E...]       bind NAME to a tuple of names (letters) or atoms
 *   append LIST E, setkey DICT E
 *   del NAME                unbind it
 *   collect GENERATION
 * then NAME=GENERATION/COUNT of each tracked object, under its first name, and
 * what the collection returned.
 */
struct step {
	const char *text;
	const char *alive;
	int collected;
};

static const struct gc_case {
	const char *name;
	struct step steps[MAX_STEPS];
} cases[] = {
	{ "self_list", {
		{ "new l list", "l=0/1", -1 },
		{ "append l l", "l=0/2", -1 },
		{ "del l", "l=0/1", -1 },
		{ "collect 2", "", 1 },
	} },
	{ "self_dict", {
		{ "new d dict", "", -1 },
		{ "setkey d d", "d=0/2", -1 },
		{ "del d", "d=0/1", -1 },
		{ "collect 2", "", 1 },
	} },
	{ "two_lists", {
		{ "new a list", "a=0/1", -1 },
		{ "new b list", "a=0/1 b=0/1", -1 },
		{ "append a b", "a=0/1 b=0/2", -1 },
		{ "append b a", "a=0/2 b=0/2", -1 },
		{ "del a", "a=0/1 b=0/2", -1 },
		{ "del b", "a=0/1 b=0/1", -1 },
		{ "collect 2", "", 2 },
	} },
	{ "tuple_list", {
		{ "new l list", "l=0/1", -1 },
		{ "tuple t l", "l=0/2 t=0/1", -1 },
		{ "append l t", "l=0/2 t=0/2", -1 },
		{ "del l", "l=0/1 t=0/2", -1 },
		{ "del t", "l=0/1 t=0/1", -1 },
		{ "collect 2", "", 2 },
	} },
	{ "tail", {
		{ "new a list", "a=0/1", -1 },
		{ "new b list", "a=0/1 b=0/1", -1 },
		{ "append a b", "a=0/1 b=0/2", -1 },
		{ "append b a", "a=0/2 b=0/2", -1 },
		{ "new c list", "a=0/2 b=0/2 c=0/1", -1 },
		{ "new d list", "a=0/2 b=0/2 c=0/1 d=0/1", -1 },
		{ "append b c", "a=0/2 b=0/2 c=0/2 d=0/1", -1 },
		{ "append c d", "a=0/2 b=0/2 c=0/2 d=0/2", -1 },
		{ "del a", "a=0/1 b=0/2 c=0/2 d=0/2", -1 },
		{ "del b", "a=0/1 b=0/1 c=0/2 d=0/2", -1 },
		{ "del c", "a=0/1 b=0/1 c=0/1 d=0/2", -1 },
		{ "del d", "a=0/1 b=0/1 c=0/1 d=0/1", -1 },
		{ "collect 2", "", 4 },
	} },
	{ "atomic_tail", {
		{ "new a list", "a=0/1", -1 },
		{ "append a a", "a=0/2", -1 },
		{ "tuple t 1 'x' 2", "a=0/2 t=0/1", -1 },
		{ "append a t", "a=0/2 t=0/2", -1 },
		{ "del a", "a=0/1 t=0/2", -1 },
		{ "del t", "a=0/1 t=0/1", -1 },
		{ "collect 2", "", 2 },
	} },
	{ "head_dropped", {
		{ "new a list", "a=0/1", -1 },
		{ "new b list", "a=0/1 b=0/1", -1 },
		{ "append a b", "a=0/1 b=0/2", -1 },
		{ "append b a", "a=0/2 b=0/2", -1 },
		{ "new h list", "a=0/2 b=0/2 h=0/1", -1 },
		{ "append h a", "a=0/3 b=0/2 h=0/1", -1 },
		{ "del a", "a=0/2 b=0/2 h=0/1", -1 },
		{ "del b", "a=0/2 b=0/1 h=0/1", -1 },
		{ "del h", "a=0/1 b=0/1", -1 },
		{ "collect 2", "", 2 },
	} },
	{ "outside_name", {
		{ "new a list", "a=0/1", -1 },
		{ "new b list", "a=0/1 b=0/1", -1 },
		{ "append a b", "a=0/1 b=0/2", -1 },
		{ "append b a", "a=0/2 b=0/2", -1 },
		{ "del b", "a=0/2 b=0/1", -1 },
		{ "collect 2", "a=2/2 b=2/1", 0 },
		{ "del a", "a=2/1 b=2/1", -1 },
		{ "collect 2", "", 2 },
	} },
	{ "nested", {
		{ "new o1 list", "o1=0/1", -1 },
		{ "new o2 list", "o1=0/1 o2=0/1", -1 },
		{ "append o1 o2", "o1=0/1 o2=0/2", -1 },
		{ "append o2 o1", "o1=0/2 o2=0/2", -1 },
		{ "new i1 list", "i1=0/1 o1=0/2 o2=0/2", -1 },
		{ "new i2 list", "i1=0/1 i2=0/1 o1=0/2 o2=0/2", -1 },
		{ "append i1 i2", "i1=0/1 i2=0/2 o1=0/2 o2=0/2", -1 },
		{ "append i2 i1", "i1=0/2 i2=0/2 o1=0/2 o2=0/2", -1 },
		{ "append o1 i1", "i1=0/3 i2=0/2 o1=0/2 o2=0/2", -1 },
		{ "del o1", "i1=0/3 i2=0/2 o1=0/1 o2=0/2", -1 },
		{ "del o2", "i1=0/3 i2=0/2 o1=0/1 o2=0/1", -1 },
		{ "del i1", "i1=0/2 i2=0/2 o1=0/1 o2=0/1", -1 },
		{ "del i2", "i1=0/2 i2=0/1 o1=0/1 o2=0/1", -1 },
		{ "collect 2", "", 4 },
	} },
	{ "two_islands", {
		{ "new a list", "a=0/1", -1 },
		{ "new b list", "a=0/1 b=0/1", -1 },
		{ "append a b", "a=0/1 b=0/2", -1 },
		{ "append b a", "a=0/2 b=0/2", -1 },
		{ "new x list", "a=0/2 b=0/2 x=0/1", -1 },
		{ "new y list", "a=0/2 b=0/2 x=0/1 y=0/1", -1 },
		{ "append x y", "a=0/2 b=0/2 x=0/1 y=0/2", -1 },
		{ "append y x", "a=0/2 b=0/2 x=0/2 y=0/2", -1 },
		{ "del a", "a=0/1 b=0/2 x=0/2 y=0/2", -1 },
		{ "del b", "a=0/1 b=0/1 x=0/2 y=0/2", -1 },
		{ "del y", "a=0/1 b=0/1 x=0/2 y=0/1", -1 },
		{ "collect 2", "x=2/2 y=2/1", 2 },
	} },
	{ "acyclic_chain", {
		{ "new a list", "a=0/1", -1 },
		{ "new b list", "a=0/1 b=0/1", -1 },
		{ "new c list", "a=0/1 b=0/1 c=0/1", -1 },
		{ "append a b", "a=0/1 b=0/2 c=0/1", -1 },
		{ "append b c", "a=0/1 b=0/2 c=0/2", -1 },
		{ "del b", "a=0/1 b=0/1 c=0/2", -1 },
		{ "del c", "a=0/1 b=0/1 c=0/1", -1 },
		{ "del a", "", -1 },
		{ "collect 2", "", 0 },
	} },
	{ "diamond", {
		{ "new a list", "a=0/1", -1 },
		{ "new b list", "a=0/1 b=0/1", -1 },
		{ "new c list", "a=0/1 b=0/1 c=0/1", -1 },
		{ "new d list", "a=0/1 b=0/1 c=0/1 d=0/1", -1 },
		{ "append a b", "a=0/1 b=0/2 c=0/1 d=0/1", -1 },
		{ "append a c", "a=0/1 b=0/2 c=0/2 d=0/1", -1 },
		{ "append b d", "a=0/1 b=0/2 c=0/2 d=0/2", -1 },
		{ "append c d", "a=0/1 b=0/2 c=0/2 d=0/3", -1 },
		{ "del b", "a=0/1 b=0/1 c=0/2 d=0/3", -1 },
		{ "del c", "a=0/1 b=0/1 c=0/1 d=0/3", -1 },
		{ "del d", "a=0/1 b=0/1 c=0/1 d=0/2", -1 },
		{ "del a", "", -1 },
		{ "collect 2", "", 0 },
	} },
	{ "young_gen0", {
		{ "new a list", "a=0/1", -1 },
		{ "new b list", "a=0/1 b=0/1", -1 },
		{ "append a b", "a=0/1 b=0/2", -1 },
		{ "append b a", "a=0/2 b=0/2", -1 },
		{ "del a", "a=0/1 b=0/2", -1 },
		{ "del b", "a=0/1 b=0/1", -1 },
		{ "collect 0", "", 2 },
	} },
	{ "promotion", {
		{ "new a list", "a=0/1", -1 },
		{ "append a a", "a=0/2", -1 },
		{ "collect 0", "a=1/2", 0 },
		{ "collect 1", "a=2/2", 0 },
		{ "collect 0", "a=2/2", 0 },
		{ "collect 2", "a=2/2", 0 },
		{ "del a", "a=2/1", -1 },
		{ "collect 0", "a=2/1", 0 },
		{ "collect 1", "a=2/1", 0 },
		{ "collect 2", "", 1 },
	} },
	{ "old_to_young", {
		{ "new o list", "o=0/1", -1 },
		{ "collect 2", "o=2/1", 0 },
		{ "new y list", "o=2/1 y=0/1", -1 },
		{ "append y y", "o=2/1 y=0/2", -1 },
		{ "append o y", "o=2/1 y=0/3", -1 },
		{ "del y", "o=2/1 y=0/2", -1 },
		{ "collect 0", "o=2/1 y=1/2", 0 },
		{ "del o", "y=1/1", -1 },
		{ "collect 2", "", 1 },
	} },
	{ "nepotism", {
		{ "new o list", "o=0/1", -1 },
		{ "append o o", "o=0/2", -1 },
		{ "collect 2", "o=2/2", 0 },
		{ "new y list", "o=2/2 y=0/1", -1 },
		{ "append o y", "o=2/2 y=0/2", -1 },
		{ "del o", "o=2/1 y=0/2", -1 },
		{ "del y", "o=2/1 y=0/1", -1 },
		{ "collect 0", "o=2/1 y=1/1", 0 },
		{ "collect 1", "o=2/1 y=2/1", 0 },
		{ "collect 2", "", 2 },
	} },
	{ "untrack_tuple", {
		{ "tuple t 1 2", "t=0/1", -1 },
		{ "collect 0", "", 0 },
	} },
	{ "untrack_tuple_nested", {
		{ "tuple i 1 2", "i=0/1", -1 },
		{ "tuple t i", "i=0/2 t=0/1", -1 },
		{ "collect 0", "", 0 },
		{ "collect 1", "", 0 },
	} },
	{ "untrack_dict", {
		{ "new d dict", "", -1 },
		{ "new l list", "l=0/1", -1 },
		{ "setkey d l", "d=0/1 l=0/2", -1 },
		{ "collect 0", "d=1/1 l=1/2", 0 },
		{ "collect 2", "d=2/1 l=2/2", 0 },
	} },
};

FIXTURE(gc_cases) {
	char unused;
};

FIXTURE_SETUP(gc_cases)
{
	int arena;

	PT_OPEN(arena);
	close(arena);
}

FIXTURE_TEARDOWN(gc_cases)
{
}

/* The objects of a case by their first name; one that has died does not come back. */
struct label {
	char name[4];
	uint32_t id;
};

struct labels {
	struct label labels[MAX_OBJECTS];
	unsigned int count;
};

/* Instructions that load an element of a tuple: a name, or an atom. */
static void load_element(FILE *out, int slot, const char *word)
{
	if (*word == '\'' || (*word >= '0' && *word <= '9'))
		fprintf(out, "LOAD_CONST r%d, %s\n", slot, word);
	else
		fprintf(out, "LOAD_GLOBAL r%d, %s\n", slot, word);
}

static void write_tuple(FILE *out, char **words, int count)
{
	for (int i = 2; i < count; i++)
		load_element(out, i - 2, words[i]);
	fprintf(out, "BUILD_TUPLE r0, r0..r%d!\nSTORE_GLOBAL r0!, %s\n", count - 3, words[1]);
}

/* The program of a step. */
static void write_step(FILE *out, char **words, int count)
{
	if (!strcmp(words[0], "new"))
		fprintf(out, "%s r0, ()\nSTORE_GLOBAL r0!, %s\n",
			strcmp(words[2], "list") ? "BUILD_MAP" : "BUILD_LIST", words[1]);
	else if (!strcmp(words[0], "tuple"))
		write_tuple(out, words, count);
	else if (!strcmp(words[0], "append"))
		fprintf(out, "LOAD_GLOBAL r0, %s\nLOAD_GLOBAL r1, %s\nLIST_APPEND r0!, r1!\n",
			words[1], words[2]);
	else if (!strcmp(words[0], "setkey"))
		fprintf(out, "LOAD_GLOBAL r0, %s\nLOAD_GLOBAL r1, %s\nLOAD_CONST r2, '%s'\n"
			"STORE_SUBSCR r1!, r0!, r2!\n", words[1], words[2], words[2]);
	else if (!strcmp(words[0], "del"))
		fprintf(out, "DELETE_GLOBAL %s\n", words[1]);
	else
		fprintf(out, "GC_COLLECT r0, %s\nPRINT r0!, end\n", words[1]);
	fprintf(out, END);
}

/* Runs a step; what it printed. */
static const char *run_step(int arena, int thread, const struct step *step, struct labels *labels)
{
	char copy[64], *words[8], *text, *rest = copy;
	const char *output;
	size_t size;
	FILE *out = open_memstream(&text, &size);
	int count = 0;

	snprintf(copy, sizeof(copy), "%s", step->text);
	while ((words[count] = strsep(&rest, " ")))
		count++;
	write_step(out, words, count);
	fclose(out);
	output = pt_exec(thread, text);
	free(text);
	if (!strcmp(words[0], "new") || !strcmp(words[0], "tuple")) {
		struct label *label = &labels->labels[labels->count++];

		snprintf(label->name, sizeof(label->name), "%s", words[1]);
		label->id = pt_id(arena, words[1]);
	}
	return output;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct label *)a)->name, ((const struct label *)b)->name);
}

/* What is tracked now, in the words of struct step. */
static void describe(int arena, const struct labels *labels, char *text)
{
	struct pymm_snapshot *snapshot = pt_snapshot(arena);
	struct labels sorted = *labels;
	const char *separator = "";

	qsort(sorted.labels, sorted.count, sizeof(struct label), by_name);
	*text = 0;
	for (unsigned int i = 0; i < sorted.count; i++) {
		const struct pymm_dump_object *object =
			pymm_snapshot_object(snapshot, sorted.labels[i].id);

		if (!object || object->generation == PYMM_GENERATION_NONE)
			continue;
		text += sprintf(text, "%s%s=%u/%u", separator, sorted.labels[i].name,
				object->generation, object->refs);
		separator = " ";
	}
	pymm_snapshot_free(snapshot);
}

/* Forget what has died: its id may be given to another object. */
static void forget_dead(int arena, struct labels *labels)
{
	struct pymm_snapshot *snapshot = pt_snapshot(arena);

	for (unsigned int i = 0; i < labels->count; i++)
		if (!pymm_snapshot_object(snapshot, labels->labels[i].id))
			labels->labels[i--] = labels->labels[--labels->count];
	pymm_snapshot_free(snapshot);
}

/* Runs a case; the number of the step that went otherwise, from 1, or 0. */
static int run_case(int arena, int thread, const struct gc_case *gc_case)
{
	struct labels labels = { .count = 0 };

	for (int i = 0; gc_case->steps[i].text; i++) {
		const struct step *step = &gc_case->steps[i];
		char seen[128], collected[16] = "";
		const char *output = run_step(arena, thread, step, &labels);

		if (step->collected >= 0)
			snprintf(collected, sizeof(collected), "%d\n", step->collected);
		describe(arena, &labels, seen);
		if (strcmp(seen, step->alive) || strcmp(output, collected)) {
			fprintf(stderr, "# %s, '%s': expected '%s' %s# seen '%s' %s\n",
				gc_case->name, step->text, step->alive, collected, seen, output);
			return i + 1;
		}
		forget_dead(arena, &labels);
	}
	return 0;
}

TEST_F(gc_cases, as_cpython)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(cases); i++) {
		int arena = pt_open();
		int thread = pt_thread(arena, NULL);
		uint64_t objects = pt_settle(arena, thread);

		pt_set_flags(arena, 0);
		EXPECT_EQ(0, run_case(arena, thread, &cases[i]))
			TH_LOG("%s", cases[i].name);
		EXPECT_STREQ("", pt_finish(arena, thread, objects))
			TH_LOG("%s", cases[i].name);
	}
}

TEST_HARNESS_MAIN
