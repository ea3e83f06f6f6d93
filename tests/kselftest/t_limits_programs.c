// SPDX-License-Identifier: GPL-2.0
/*
 * The arena's limit of objects stops a program at each object that it makes, one after
 * the other, and at each that the loading of it makes: it ends in a MemoryError, or
 * does not begin (EDQUOT); what it printed by then is right, the instruction that
 * raised has changed nothing, and nothing is left of it. The programs are those of
 * t_failnth_programs.c; this needs no fault injection.
 */
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "kselftest_harness.h"
#include "fault_programs.h"

/* So many objects that even with the reserve a limit of as many can be set. */
#define FILLING		1400
/* What loading a program may exceed the limit by. */
#define RESERVE		256
/* More objects than any of the programs has alive. */
#define MAX_OBJECTS	1000

FIXTURE(limits_programs) {
	int arena;
	int keeper;		/* holds what fills the arena, in its frame */
	uint64_t filled;	/* objects then */
};

FIXTURE_SETUP(limits_programs)
{
	struct pymm_program *program = pt_assemble(
		"BUILD_LIST r0, ()\nLOAD_CONST r1, 1400\nLOAD_CONST r2, 1\n"
		"loop:\nBUILD_LIST r3, ()\nLIST_APPEND r0, r3!\nBINARY_OP r1, r1!, r2, -=\n"
		"POP_JUMP_IF_FALSE r1, done\nJUMP_BACKWARD loop\ndone:\nNOP\nJUMP_BACKWARD done\n");
	struct pymm_run run = { .max_steps = 10 * FILLING };

	PT_OPEN(self->arena);
	/* What is automatic would not come in the same place each time. */
	pt_set_flags(self->arena, 0);
	self->keeper = pt_thread(self->arena, NULL);
	ASSERT_EQ(0, pt_run(self->keeper, program, &run));
	ASSERT_EQ(PYMM_STATUS_LIMIT, run.status);
	self->filled = pt_stat(self->arena).objects;
	ASSERT_LE(FILLING, self->filled);
	pymm_program_free(program);
}

FIXTURE_TEARDOWN(limits_programs)
{
	close(self->keeper);
	close(self->arena);
}

/* Nothing but what fills the arena is left. */
static const char *empty(FIXTURE_DATA(limits_programs) *self)
{
	int thread = pt_thread(self->arena, NULL);

	pt_unbind_all(self->arena, thread);
	pt_must_exec(thread, "GC_COLLECT r0, 2\n" END, "");
	close(thread);
	return pt_stat(self->arena).objects == self->filled ? "" : "objects are left";
}

/* The program, in an arena where @more objects can be made. */
static void try_row(FIXTURE_DATA(limits_programs) *self, const struct pt_fault_program *row,
		    const struct pymm_program *program, int more, struct pt_outcome *outcome)
{
	int thread = pt_thread(self->arena, NULL);
	const char *wrong;

	pt_outcome_begin(outcome);
	if (row->setup)
		pt_must_exec(thread, row->setup, "");
	pt_set_max_objects(self->arena, pt_stat(self->arena).objects + more);
	outcome->ret = pt_run(thread, program, &outcome->run);
	pt_set_max_objects(self->arena, 0x7fffffff);
	pt_outcome_read(outcome, row, -EDQUOT);
	if (!*outcome->wrong)
		outcome->wrong = pt_outcome_look(outcome, row, thread);
	close(thread);
	wrong = empty(self);
	if (!*outcome->wrong)
		outcome->wrong = wrong;
}

/*
 * One object more each time, from @more on, until it gets on: until the program begins
 * if @load, or ends. Returns how often it did not.
 */
static unsigned int sweep(struct __test_metadata *_metadata, FIXTURE_DATA(limits_programs) *self,
			  const struct pt_fault_program *row, int more, bool load)
{
	struct pymm_program *program = pt_assemble(row->text);
	struct pt_outcome outcome;
	unsigned int failures = 0;
	bool stopped;

	do {
		try_row(self, row, program, more++, &outcome);
		EXPECT_STREQ("", outcome.wrong)
			TH_LOG("%s, %d more objects: %d, %s", row->name, more - 1, outcome.ret,
			       outcome.text);
		/* With the reserve, a program is loaded, whatever the limit says. */
		EXPECT_TRUE(load || !outcome.ret)
			TH_LOG("%s, %d more objects: %d", row->name, more - 1, outcome.ret);
		stopped = load ? outcome.ret : pt_outcome_memory_error(&outcome);
		failures += stopped;
		pt_outcome_end(&outcome);
	} while (stopped && failures < MAX_OBJECTS);
	EXPECT_GT(MAX_OBJECTS, failures)
		TH_LOG("%s", row->name);
	pymm_program_free(program);
	return failures;
}

TEST_F(limits_programs, each_object_while_loading)
{
	/* The code objects at least. */
	for_each_fault_program(row) {
		EXPECT_LE(1, sweep(_metadata, self, row, -RESERVE, true))
			TH_LOG("%s", row->name);
	}
}

TEST_F(limits_programs, each_object_while_running)
{
	unsigned int failures = 0;

	for_each_fault_program(row)
		if (!row->many)
			failures += sweep(_metadata, self, row, 0, false);
	EXPECT_LE(pt_nr_fault_programs, failures);
}

TEST_HARNESS_MAIN
