/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the kernel tests share.
 *
 * Functions return 0 or a descriptor, or a negative errno, where an error is
 * something to test; else they end the test process with a message (pt_die()).
 */
#ifndef PYMM_UTIL_H
#define PYMM_UTIL_H

#include <linux/pymm.h>
#include <pthread.h>
#include <pymm/pymm.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>
#include <time.h>

/**
 * pt_slower() - how many times slower than a stock one the kernel is
 *
 * From PYMM_SLOWER in the environment, which debug kernels' guests have; 1 without it.
 */
unsigned int pt_slower(void);

/**
 * pt_fewer() - so many, or fewer where all is slower
 * @objects: a number that is large for the kernel's stack, and for the time that anything may take
 *
 * Kernels that check memory take many times longer to allocate than to compute.
 */
unsigned int pt_fewer(unsigned int objects);

/* How long anything that must happen may take before a test fails. */
#define PT_DEADLINE_MS	(10000 * pt_slower())

/*
 * What must happen within 100 ms on a machine may take so many times longer
 * here: guests may be emulated, on a host that does other work.
 */
#define PT_EMULATION	(10 * pt_slower())

#define NS_PER_MS	1000000ULL

/* Ends a program's text. */
#define END "LOAD_CONST r0, None\nRETURN_VALUE r0!\n"

/* A program that runs until it is stopped. */
#define LOOP_FOREVER "loop:\nNOP\nJUMP_BACKWARD loop\n"

/* ---- time, waiting, processes ---- */

__attribute__((format(printf, 1, 2), noreturn)) void pt_die(const char *format, ...);

/** pt_must() - end the test process when @ret, of what @what names, is not 0 */
void pt_must(int ret, const char *what);

/** pt_now() - CLOCK_MONOTONIC in ns */
uint64_t pt_now(void);

/** pt_pause() - let a millisecond pass between two looks at a state */
void pt_pause(void);

/** pt_until() - look at @condition until it is true; false when it never was within @ms */
#define pt_until(condition, ms)								\
({											\
	uint64_t __end = pt_now() + (ms) * NS_PER_MS;					\
	bool __true;									\
											\
	while (!(__true = !!(condition)) && pt_now() < __end)				\
		pt_pause();								\
	__true;										\
})

/** pt_fork() - fork(); the child dies with its parent */
pid_t pt_fork(void);

/** pt_wait() - the wait status of a child, or -1 when it did not end within PT_DEADLINE_MS */
int pt_wait(pid_t pid);

/** pt_kill() - SIGKILL a child, wait for it; returns the ns from one to the other */
uint64_t pt_kill(pid_t pid);

/** pt_blocked() - does a task sleep in the kernel now (state S or D)? */
bool pt_blocked(pid_t tid);

/** pt_write() - write a string to a file; 0 or negative errno */
int pt_write(const char *path, const char *text);

/** pt_read() - a file as a string, to be freed; NULL when there is none */
char *pt_read(const char *path);

/** pt_free_fd() - the lowest descriptor that is free, which a leaked one would take */
int pt_free_fd(void);

/** pt_quiet_signal() - have @sig do nothing but interrupt system calls (not restarted) */
void pt_quiet_signal(int sig);

/* ---- numbers at random that follow from a seed: xorshift64* ---- */

/** pt_random() - the next one; @state is not 0 */
uint64_t pt_random(uint64_t *state);

/** pt_below() - one below @limit, which is below 2 ** 44 */
uint64_t pt_below(uint64_t *state, uint64_t limit);

/* ---- arenas and threads ---- */

/** pt_ioctl() - 0 or negative errno */
int pt_ioctl(int fd, unsigned long cmd, void *arg);

/** pt_open() - a fresh arena's fd, or negative errno */
int pt_open(void);

/** pt_thread() - a new thread's fd, or negative errno; @id may be NULL */
int pt_thread(int arena, uint32_t *id);

/** pt_dup() - another fd on the arena, or negative errno */
int pt_dup(int arena, uint32_t rights);

/** pt_stat() - its counters */
struct pymm_stat pt_stat(int arena);

/** pt_query() - what the kernel can do, without names */
struct pymm_query pt_query(int arena);

/** pt_config() - its parameters */
struct pymm_config pt_config(int arena);

/** pt_set_flags(), ... - set one parameter */
void pt_set_flags(int arena, uint32_t flags);
void pt_set_interval(int arena, uint64_t ns);
void pt_set_thresholds(int arena, uint32_t first, uint32_t second, uint32_t third);
void pt_set_max_objects(int arena, uint64_t objects);
void pt_set_max_bytes(int arena, uint64_t bytes);

/* ---- programs ---- */

/**
 * pt_assemble() - a program of its text, which must be right
 *
 * Strings may stand in single quotes, which need no backslash in C.
 */
struct pymm_program *pt_assemble(const char *text);

/** pt_run() - run a program once; @run gives max_steps and output buffer; 0 or negative errno */
int pt_run(int thread, const struct pymm_program *program, struct pymm_run *run);

/** pt_run_flags() - RESUME, ABANDON: as pt_run(), without a program */
int pt_run_flags(int thread, uint32_t flags, struct pymm_run *run);

/**
 * pt_exec() - run a text to its end
 *
 * Returns what it printed, followed by a line "NameError: name 'x' is not
 * defined" if an exception ended it, by "<interrupted>" if a signal paused it
 * (it is abandoned then), or by "<errno text>" if it could not run at all. The
 * string is the calling thread's and stays until its next call.
 */
const char *pt_exec(int thread, const char *text);

/** pt_execf() - the same with a formatted text */
__attribute__((format(printf, 2, 3))) const char *pt_execf(int thread, const char *format, ...);

/** struct pt_task - a text run by an OS thread of its own */
struct pt_task {
	pthread_t pthread;
	pid_t tid;		/* 0 until it runs */
	int thread;
	struct pymm_program *program;
	char *output;		/* as pt_exec(), after pt_join() */
	bool done;
};

/** pt_start() - start a task; it has a tid when this returns */
void pt_start(struct pt_task *task, int thread, const char *text);

/** pt_join() - wait for its end; returns task->output, or "<not ended>" after PT_DEADLINE_MS */
const char *pt_join(struct pt_task *task);

/** pt_task_free() - free what it used */
void pt_task_free(struct pt_task *task);

/** pt_interrupt() - send @task a signal until it has ended; false when it did not */
bool pt_interrupt(struct pt_task *task);

/* ---- the fixture of most tests: an arena, a thread, and nothing left behind ---- */

/** pt_settle() - use the arena once, so that what lives as long as it is there */
uint64_t pt_settle(int arena, int thread);

/** pt_unbind_all() - unbind all names of the arena */
void pt_unbind_all(int arena, int thread);

/**
 * pt_finish() - unbind all names, collect, close the fds
 * @objects: what pt_settle() returned
 *
 * Returns "", or what is left in the arena that should be gone.
 */
const char *pt_finish(int arena, int thread, uint64_t objects);

/* Open an arena in a set-up, or skip the test. */
#define PT_OPEN(arena)									\
do {											\
	(arena) = pt_open();								\
	if ((arena) == -ENOENT || (arena) == -ENXIO)					\
		SKIP(return, "no " PYMM_DEVICE);					\
	ASSERT_LE(0, arena);								\
} while (0)

#define PT_FIXTURE(name)								\
	FIXTURE(name) {									\
		int arena;								\
		int thread;		/* id 1 */					\
		uint64_t objects;							\
	};										\
	FIXTURE_SETUP(name)								\
	{										\
		PT_OPEN(self->arena);							\
		self->thread = pt_thread(self->arena, NULL);				\
		ASSERT_LE(0, self->thread);						\
		self->objects = pt_settle(self->arena, self->thread);			\
	}										\
	FIXTURE_TEARDOWN(name)								\
	{										\
		EXPECT_STREQ("", pt_finish(self->arena, self->thread, self->objects));	\
	}

/* The same with a second thread; a test that closes it sets it to -1. */
#define PT_FIXTURE_OF_TWO(name)								\
	FIXTURE(name) {									\
		int arena;								\
		int thread;		/* id 1 */					\
		int other;		/* id 2 */						\
		uint64_t objects;							\
	};										\
	FIXTURE_SETUP(name)								\
	{										\
		PT_OPEN(self->arena);							\
		self->thread = pt_thread(self->arena, NULL);				\
		self->other = pt_thread(self->arena, NULL);				\
		ASSERT_LE(0, self->other);						\
		self->objects = pt_settle(self->arena, self->thread);			\
	}										\
	FIXTURE_TEARDOWN(name)								\
	{										\
		if (self->other >= 0)							\
			close(self->other);						\
		EXPECT_STREQ("", pt_finish(self->arena, self->thread, self->objects));	\
	}

/* Run a text in the fixture's thread; it must print what is expected. */
#define EXPECT_EXEC(expected, ...) EXPECT_STREQ(expected, pt_exec(self->thread, __VA_ARGS__))

#endif /* PYMM_UTIL_H */
