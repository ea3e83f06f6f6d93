// SPDX-License-Identifier: GPL-2.0
/* What the workers run. Each thread has its own texts, with its number in them. */
#include <stdio.h>
#include <stdlib.h>

#include "programs.h"
#include "pymm_util.h"
#include "torture.h"

/*
 * Turns of: counter += 1; tally[number] += 1. No check point is inside a turn, so no turn is
 * inside another one, and the counter is the sum of the tally.
 */
static const char counter[] =
	".slot left one key n tally\n"
	"LOAD_CONST left, %d\nLOAD_CONST one, 1\nLOAD_CONST key, %u\n"
	"again:\nLOAD_GLOBAL n, counter\nBINARY_OP n, n!, one, +\nSTORE_GLOBAL n!, counter\n"
	"LOAD_GLOBAL tally, tally\nBINARY_SUBSCR n, tally, key\nBINARY_OP n, n!, one, +\n"
	"STORE_SUBSCR n!, tally, key\n"
	"BINARY_OP left, left!, one, -=\nPOP_JUMP_IF_FALSE left, done\nJUMP_BACKWARD again\n"
	"done:\n" END;

/* Bind a name, do much that is no check point, and find it as it was; else print. */
static const char section_begin[] =
	".slot me seen same\nLOAD_CONST me, %u\nSTORE_GLOBAL me, inside\n";
static const char section_end[] =
	"LOAD_GLOBAL seen, inside\nIS_OP same, seen, me, is\nPOP_JUMP_IF_TRUE same, right\n"
	"PRINT seen, end\nright:\n" END;

/*
 * The same as the counter, under a Lock, with check points in the middle of each turn. Who does
 * not get the Lock in time ends; who finds another one in the middle prints who it was. An RLock
 * is acquired again, and released as often.
 */
static const char lock[] =
	".slot left one key n tally lock got me seen same inner\n"
	"LOAD_CONST left, %d\nLOAD_CONST one, 1\nLOAD_CONST key, %u\nLOAD_CONST me, %u\n"
	"again:\nLOAD_GLOBAL lock, lock_%s\nLOCK_ACQUIRE got, lock, %s\n"
	"POP_JUMP_IF_FALSE got, done\nSTORE_GLOBAL me, inside_%s\n%s"
	"LOAD_GLOBAL n, counter_%s\nBINARY_OP n, n!, one, +\n"
	"LOAD_CONST inner, 3\nmore:\nBINARY_OP inner, inner!, one, -\n"
	"POP_JUMP_IF_FALSE inner, enough\nJUMP_BACKWARD more\nenough:\n"
	"STORE_GLOBAL n!, counter_%s\n"
	"LOAD_GLOBAL tally, tally_%s\nBINARY_SUBSCR n, tally, key\nBINARY_OP n, n!, one, +\n"
	"STORE_SUBSCR n!, tally, key\n"
	"LOAD_GLOBAL seen, inside_%s\nIS_OP same, seen, me, is\nPOP_JUMP_IF_TRUE same, right\n"
	"PRINT seen, end\nright:\n%sLOCK_RELEASE lock\n"
	"BINARY_OP left, left!, one, -\nPOP_JUMP_IF_FALSE left, done\nJUMP_BACKWARD again\n"
	"done:\n" END;

static const char short_loop[] =
	"LOAD_CONST r0, 30\nLOAD_CONST r1, 1\n"
	"more:\nBINARY_OP r0, r0!, r1, -\nPOP_JUMP_IF_FALSE r0, done\nJUMP_BACKWARD more\n"
	"done:\n" END;

/* More than a thousand check points, with a list that grows. */
static const char loop[] =
	"LOAD_CONST r0, 1500\nLOAD_CONST r1, 1\nBUILD_LIST r2, ()\n"
	"more:\nBUILD_LIST r3, r2\nBINARY_OP r0, r0!, r1, -\nLIST_APPEND r2, r0\n"
	"POP_JUMP_IF_FALSE r0, done\nJUMP_BACKWARD more\ndone:\n" END;

static const char print[] =
	"LOAD_CONST r0, 20\nLOAD_CONST r1, 1\nLOAD_CONST r2, (1, \"two\", (3, None))\n"
	"BUILD_LIST r3, r0..r2\nLIST_APPEND r3, r3\n"
	"more:\nPRINT r3\nPRINT r0, end\nBINARY_OP r0, r0!, r1, -\nPOP_JUMP_IF_FALSE r0, done\n"
	"JUMP_BACKWARD more\ndone:\n" END;

static const char *const objects[] = {
	/* cycles of all containers */
	"LOAD_CONST r9, 1\nLOAD_CONST r8, 30\nloop:\nBUILD_LIST r0, ()\nBUILD_LIST r1, r0\n"
	"LIST_APPEND r0, r1\nBUILD_TUPLE r2, r0..r1\nBUILD_MAP r3, ()\nLOAD_CONST r4, \"key\"\n"
	"STORE_SUBSCR r2, r3, r4\nLIST_APPEND r1, r3!\nBINARY_OP r8, r8!, r9, -=\n"
	"POP_JUMP_IF_FALSE r8, done\nJUMP_BACKWARD loop\ndone:\n" END,
	/* calls in calls, each with a list of its own */
	"MAKE_FUNCTION r0, f\nSTORE_GLOBAL r0, f\nLOAD_CONST r1, 60\nCALL r2, r0, r1\n" END
	".code f n\nPOP_JUMP_IF_TRUE n, more\nRETURN_VALUE n\nmore:\nLOAD_CONST r1, 1\n"
	"BINARY_OP r2, n, r1, -\nBUILD_LIST r3, r1..r2\nLOAD_GLOBAL r1, f\nCALL r4, r1, r2\n"
	"BUILD_LIST r5, r3..r4\nRETURN_VALUE r5!\n",
	/* a list that all have: it grows, refers to itself, and is left to the collector */
	"BUILD_LIST r0, ()\nLOAD_GLOBAL r1, shared\nLOAD_CONST r2, 40\nLOAD_CONST r3, 1\n"
	"loop:\nBUILD_LIST r4, r1\nLIST_APPEND r1, r4!\nGET_LEN r5, r1\nLOAD_CONST r6, 200\n"
	"COMPARE_OP r5, r5, r6, >\nPOP_JUMP_IF_FALSE r5, small\nSTORE_GLOBAL r0, shared\nsmall:\n"
	"BINARY_OP r2, r2!, r3, -\nPOP_JUMP_IF_FALSE r2, done\nJUMP_BACKWARD loop\ndone:\n" END,
	/* texts and a dict that all have: keys come and go */
	"LOAD_GLOBAL r0, table\nLOAD_CONST r1, \"k\"\nLOAD_CONST r2, 40\nLOAD_CONST r3, 1\n"
	"loop:\nBINARY_OP r1, r1!, r1, +\nGET_LEN r4, r1\nLOAD_CONST r5, 64\n"
	"COMPARE_OP r5, r4, r5, >\nPOP_JUMP_IF_FALSE r5, short\nLOAD_CONST r1, \"k\"\nshort:\n"
	"STORE_SUBSCR r2, r0, r1\nCONTAINS_OP r5, r1, r0, in\nPOP_JUMP_IF_FALSE r5, gone\n"
	"STORE_SUBSCR r4, r0, r1\nDELETE_SUBSCR r0, r1\ngone:\n"
	"BINARY_OP r2, r2!, r3, -\nPOP_JUMP_IF_FALSE r2, done\nJUMP_BACKWARD loop\ndone:\n" END,
	/* Locks of its own */
	"LOAD_CONST r3, 1\nLOAD_CONST r2, 20\nloop:\nLOCK_NEW r0\nLOCK_ACQUIRE r1, r0, nowait\n"
	"LOCK_ACQUIRE r1, r0, nowait\nLOCK_ACQUIRE r1, r0, 1000\nLOCK_RELEASE r0\n"
	"BUILD_LIST r4, r0\nLIST_APPEND r4, r4\nBINARY_OP r2, r2!, r3, -\n"
	"POP_JUMP_IF_FALSE r2, done\nJUMP_BACKWARD loop\ndone:\n" END,
	/* a long chain, dropped at once */
	"LOAD_CONST r0, None\nLOAD_CONST r1, 500\nLOAD_CONST r2, 1\n"
	"more:\nBUILD_LIST r0, r0!\nBINARY_OP r1, r1!, r2, -\nPOP_JUMP_IF_FALSE r1, made\n"
	"JUMP_BACKWARD more\nmade:\nDELETE_FAST r0\n" END,
};

_Static_assert(TT_COUNT(objects) == TT_PROGRAMS - TT_PROGRAM_OBJECTS, "a program for each number");

static struct pymm_program *assemble(char *text)
{
	struct pymm_program *program = pt_assemble(text);

	free(text);
	return program;
}

static struct pymm_program *make_counter(unsigned int number)
{
	char *text;

	if (asprintf(&text, counter, TT_TURNS, number) < 0)
		pt_die("out of memory");
	return assemble(text);
}

static struct pymm_program *make_section(unsigned int me)
{
	char *text;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	fprintf(out, section_begin, me);
	/* Others can have the arena's own lock at each 1024th step, not only at check points. */
	for (int i = 0; i < 1500; i++)
		fputs(i % 2 ? "NOP\n" : "COPY seen, me\n", out);
	fputs(section_end, out);
	fclose(out);
	return assemble(text);
}

static struct pymm_program *make_locked(unsigned int number, unsigned int me, const char *which,
					const char *timeout, const char *acquire,
					const char *release)
{
	char *text;

	if (asprintf(&text, lock, TT_LOCK_TURNS, number, me, which, timeout, which, acquire, which,
		     which, which, which, release) < 0)
		pt_die("out of memory");
	return assemble(text);
}

static struct pymm_program *make_lock(unsigned int number, unsigned int me, bool mortal)
{
	/* A Lock whose owner was killed stays locked: mortals have to give up. */
	if (mortal)
		return make_locked(number, me, TT_MORTAL, "20000000", "", "");
	return make_locked(number, me, TT_STEADY, "forever", "", "");
}

/* One that all share: whose owner was killed, is handed on. */
static struct pymm_program *make_rlock(unsigned int number, unsigned int me)
{
	return make_locked(number, me, TT_RECURSIVE, "forever",
			   "LOCK_ACQUIRE got, lock, nowait\nPOP_JUMP_IF_FALSE got, right\n",
			   "LOCK_RELEASE lock\n");
}

static void make_all(struct pymm_program **programs, unsigned int number, bool mortal)
{
	/* No small int: an object of its own. */
	unsigned int me = 1000 + number;

	programs[TT_PROGRAM_COUNTER] = make_counter(number);
	programs[TT_PROGRAM_SECTION] = make_section(me);
	programs[TT_PROGRAM_LOCK] = make_lock(number, me, mortal);
	programs[TT_PROGRAM_RLOCK] = make_rlock(number, me);
	programs[TT_PROGRAM_SHORT] = pt_assemble(short_loop);
	programs[TT_PROGRAM_LOOP] = pt_assemble(loop);
	programs[TT_PROGRAM_PRINT] = pt_assemble(print);
	programs[TT_PROGRAM_COLLECT] = pt_assemble("GC_COLLECT r0, 2\nGC_COLLECT r0, 0\n" END);
	for (unsigned int i = 0; i < TT_COUNT(objects); i++)
		programs[TT_PROGRAM_OBJECTS + i] = pt_assemble(objects[i]);
}

static unsigned int numbers(const struct tt_shared *shared)
{
	return shared->options.processes * shared->options.threads;
}

struct tt_programs *tt_programs_new(const struct tt_shared *shared)
{
	struct tt_programs *programs = calloc(numbers(shared), sizeof(*programs));

	if (!programs)
		pt_die("out of memory");
	for (unsigned int i = 0; i < numbers(shared); i++)
		make_all(programs[i].programs, i, tt_mortal(shared, i / shared->options.threads));
	return programs;
}

void tt_programs_free(const struct tt_shared *shared, struct tt_programs *programs)
{
	for (unsigned int i = 0; i < numbers(shared); i++)
		for (unsigned int j = 0; j < TT_PROGRAMS; j++)
			pymm_program_free(programs[i].programs[j]);
	free(programs);
}
