// SPDX-License-Identifier: GPL-2.0
/*
 * Every allocation and every copy fails while a program runs, one after the other,
 * each in a fresh arena: the program runs to its end all the same, or ends in a
 * MemoryError, or does not begin (ENOMEM, EFAULT). What it printed by then is right,
 * the instruction that raised has changed nothing, nothing is left of it, and the
 * same program runs in the same arena afterwards. See also t_failnth.c.
 *
 * The programs are in fault_programs.c. An opcode that none of them uses fails
 * rows_for_all.
 */
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "kselftest_harness.h"
#include "fault_programs.h"
#include "fault_util.h"

/* ---- a try ---- */

struct try {
	struct pt_outcome outcome;
	bool failed;		/* something was made to fail */
	struct pymm_stat stat;	/* of the arena at rest afterwards */
};

/* Once more, without a fault; then nothing is kept. */
static const char *again_and_empty(int arena, const struct pt_fault_program *row, struct pymm_stat *stat)
{
	int thread = pt_thread(arena, NULL);
	const char *wrong = "";

	pt_unbind_all(arena, thread);
	if (row->setup)
		pt_must_exec(thread, row->setup, "");
	if (strcmp(pt_exec(thread, row->text), row->prints))
		wrong = "it does not run again";
	pt_unbind_all(arena, thread);
	pt_must_exec(thread, "BUILD_LIST r0, ()\nSTORE_GLOBAL r0!, a\nDELETE_GLOBAL a\n"
		  "LOAD_CONST r0, 'identifier'\nGC_COLLECT r0, 2\n" END, "");
	close(thread);
	*stat = pt_stat(arena);
	return wrong;
}

static void try_row(struct pt_faults *faults, const struct pt_fault_program *row,
		    const struct pymm_program *program, enum pt_fault_mode mode,
		    unsigned int nth, struct try *try)
{
	struct pt_outcome *outcome = &try->outcome;
	int arena = pt_open();
	int thread = pt_thread(arena, NULL);
	const char *wrong;

	pt_outcome_begin(outcome);
	if (row->threshold)
		pt_set_thresholds(arena, row->threshold, 2, 2);
	if (row->setup)
		pt_must_exec(thread, row->setup, "");
	pt_fault_arm(faults, mode, nth);
	outcome->ret = pt_run(thread, program, &outcome->run);
	try->failed = pt_fault_disarm(faults);
	pt_outcome_read(outcome, row, -ENOMEM);
	close(thread);
	thread = pt_thread(arena, NULL);
	if (!*outcome->wrong)
		outcome->wrong = pt_outcome_look(outcome, row, thread);
	close(thread);
	wrong = again_and_empty(arena, row, &try->stat);
	if (!*outcome->wrong)
		outcome->wrong = wrong;
	close(arena);
}

/* What a sweep saw. */
struct tally {
	unsigned int faults;
	unsigned int memory_errors;
};

/* Fail one thing after the other until there is nothing more to fail. */
static void sweep(struct __test_metadata *_metadata, struct pt_faults *faults,
		  const struct pt_fault_program *row, enum pt_fault_mode mode, struct tally *tally)
{
	struct pymm_program *program = pt_assemble(row->text);
	struct try rest, try;
	unsigned int nth = 0;

	try_row(faults, row, program, mode, 0, &rest);
	ASSERT_STREQ("", rest.outcome.wrong)
		TH_LOG("%s: %d, %s", row->name, rest.outcome.ret, rest.outcome.text);
	ASSERT_EQ(0, rest.outcome.ret);
	pt_outcome_end(&rest.outcome);
	do {
		ASSERT_GT(PT_FAULT_MAX_NTH, ++nth)
			TH_LOG("%s", row->name);
		try_row(faults, row, program, mode, nth, &try);
		EXPECT_STREQ("", try.outcome.wrong)
			TH_LOG("%s: fault %u, mode %d: %d, %s", row->name, nth, mode,
			       try.outcome.ret, try.outcome.text);
		EXPECT_STREQ("", pt_fault_left(&try.stat, &rest.stat))
			TH_LOG("%s: fault %u, mode %d: %lld objects, %lld bytes", row->name, nth, mode,
			       (long long)(try.stat.objects - rest.stat.objects),
			       (long long)(try.stat.bytes - rest.stat.bytes));
		tally->memory_errors += pt_outcome_memory_error(&try.outcome);
		pt_outcome_end(&try.outcome);
	} while (try.failed);
	tally->faults += nth - 1;
	pymm_program_free(program);
}

static void sweep_all(struct __test_metadata *_metadata, struct pt_faults *faults,
		      enum pt_fault_mode mode)
{
	struct tally tally = { 0 };

	for_each_fault_program(row)
		sweep(_metadata, faults, row, mode, &tally);
	TH_LOG("%u faults in %u programs, %u times a MemoryError", tally.faults,
	       pt_nr_fault_programs, tally.memory_errors);
	/* Most programs allocate something after they have begun. */
	EXPECT_LE(pt_nr_fault_programs, tally.memory_errors);
}

PT_FAULT_FIXTURE(failnth_programs)

TEST_F(failnth_programs, one_fault)
{
	sweep_all(_metadata, &self->faults, PT_FAULT_ONCE);
}

TEST_F(failnth_programs, no_memory_from_then_on)
{
	sweep_all(_metadata, &self->faults, PT_FAULT_FROM_THEN);
}

/* ---- rows for all opcodes ---- */

static void note_opcodes(const struct pt_fault_program *row, bool used[256])
{
	struct pymm_program *program = pt_assemble(row->text);
	size_t size, at = sizeof(struct pymm_image);
	const uint8_t *image = pymm_program_image(program, &size);

	while (at < size) {
		const struct pymm_code *code = (const void *)(image + at);
		const struct pymm_insn *insns = (const void *)(code + 1);

		for (uint32_t i = 0; i < code->nr_insns; i++)
			used[insns[i].op] = true;
		at += code->size;
	}
	pymm_program_free(program);
}

TEST(rows_for_all)
{
	static const char *const names[256] = {
#define PYMM_OP(nr, name, dst, src1, src2, imm, flags) [nr] = #name,
#include <linux/pymm_ops.h>
#undef PYMM_OP
	};
	bool used[256] = { 0 };

	for_each_fault_program(row)
		note_opcodes(row, used);
	for (unsigned int nr = 0; nr < 256; nr++) {
		EXPECT_TRUE(!names[nr] || used[nr])
			TH_LOG("no program has a %s", names[nr]);
	}
}

/* Without faults, everywhere: each row does what it is said to do. */
TEST(rows_are_right)
{
	int arena, thread;

	PT_OPEN(arena);
	thread = pt_thread(arena, NULL);
	for_each_fault_program(row) {
		if (row->setup) {
			EXPECT_STREQ("", pt_exec(thread, row->setup));
		}
		if (row->look) {
			EXPECT_STREQ(row->before, pt_exec(thread, row->look))
				TH_LOG("%s", row->name);
		}
		EXPECT_STREQ(row->prints, pt_exec(thread, row->text))
			TH_LOG("%s", row->name);
		if (row->look) {
			EXPECT_STREQ(row->after, pt_exec(thread, row->look))
				TH_LOG("%s", row->name);
		}
		pt_unbind_all(arena, thread);
	}
	close(thread);
	close(arena);
}

TEST_HARNESS_MAIN
