// SPDX-License-Identifier: GPL-2.0
/*
 * The collector, case by case: after every step of a small graph what is alive, in which
 * generation, with which counts, and what finalizers and callbacks did. All of it was observed on
 * CPython 3.13.5; tests/conformance/cases.py has made programs of gc_cases.json.
 */
#include "../conformance/case_script.h"
#include "kselftest_harness.h"
#include "pymm_util.h"

/* The script, which ends with a zero. */
asm(".pushsection .rodata\n"
    "gc_cases:\n"
    "	.incbin \"" GC_CASES "\"\n"
    "	.byte 0\n"
    ".popsection");
extern const char gc_cases[];

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

struct counting {
	struct __test_metadata *metadata;
	unsigned int cases;
};

static void tell(void *arg, const char *id, enum case_result result, const char *text)
{
	struct counting *counting = arg;
	struct __test_metadata *_metadata = counting->metadata;

	counting->cases++;
	EXPECT_EQ(CASE_SAME, result)
		TH_LOG("%s: %s", id, text);
}

TEST_F_TIMEOUT(gc_cases, as_cpython, 300)
{
	struct counting counting = { .metadata = _metadata };
	const struct case_report report = { .tell = tell, .arg = &counting };

	EXPECT_EQ(0, case_script_run(gc_cases, &report));
	EXPECT_LT(40, counting.cases);
}

TEST_HARNESS_MAIN
