/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Failing the n-th allocation or copy from or to user space that this task has the
 * kernel do (Documentation/fault-injection/fault-injection.rst in the kernel).
 *
 * Between pt_fault_arm() and pt_fault_disarm() stands one system call and nothing
 * else: whatever this task does there can fail.
 */
#ifndef FAULT_UTIL_H
#define FAULT_UTIL_H

#include "pymm_util.h"

/* What fails. */
enum pt_fault_mode {
	PT_FAULT_ONCE,		/* the n-th */
	PT_FAULT_FROM_THEN,	/* the n-th, and every allocation after it */
};

#define PT_FAULT_MODES	2
#define PT_FAULT_FILES	14

/* So many faults in one call would be an endless sweep. */
#define PT_FAULT_MAX_NTH	400

struct pt_faults {
	int nth;		/* /proc/thread-self/fail-nth */
	int always;		/* /proc/thread-self/make-it-fail */
	char *saved[PT_FAULT_FILES];
};

/**
 * pt_faults_begin() - set fault injection up; locks this process in memory
 *
 * Returns false, with all as it was, when the kernel has no fault injection. One
 * that should have it ends the test.
 */
bool pt_faults_begin(struct pt_faults *faults);

/** pt_faults_end() - restore what was set before; no-op after pt_faults_begin() failed */
void pt_faults_end(struct pt_faults *faults);

/** pt_fault_arm() - the @nth (from 1) is to fail; 0: none */
void pt_fault_arm(struct pt_faults *faults, enum pt_fault_mode mode, unsigned int nth);

/** pt_fault_disarm() - nothing is to fail any more; has anything failed since? */
bool pt_fault_disarm(struct pt_faults *faults);

/** pt_fault_left() - what there is more of than in @rest, or ""; both are of an arena that should be at rest */
const char *pt_fault_left(const struct pymm_stat *stat, const struct pymm_stat *rest);

/** pt_faults_missing() - what a test says that cannot be done without */
#define pt_faults_missing "this kernel has no fault injection (CONFIG_FAULT_INJECTION)"

/* The fixture of the tests with faults. */
#define PT_FAULT_FIXTURE(name)								\
	FIXTURE(name) {									\
		struct pt_faults faults;						\
	};										\
	FIXTURE_SETUP(name)								\
	{										\
		if (access(PYMM_DEVICE, F_OK))						\
			SKIP(return, "no " PYMM_DEVICE);				\
		if (!pt_faults_begin(&self->faults))					\
			SKIP(return, pt_faults_missing);				\
	}										\
	FIXTURE_TEARDOWN(name)								\
	{										\
		pt_faults_end(&self->faults);						\
	}

#endif /* FAULT_UTIL_H */
