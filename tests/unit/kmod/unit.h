/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The core of the module in user space: arenas, threads, programs, and a look inside.
 *
 *	struct unit unit;
 *
 *	unit_open(&unit);
 *	unit_exec(&unit.thread, "LOAD_CONST r0, 1\nPRINT r0, end\nRETURN_VALUE r0!\n");
 *	unit_walk(unit_arena(&unit), &report);
 *	unit_close(&unit, &report);
 *
 * Everything goes through the module's device and its ioctls, as in the kernel. What the module
 * runs on is in shim.h, with what can be made to fail; the walker is in walk.h.
 */
#ifndef UNIT_UNIT_H
#define UNIT_UNIT_H

#include "../../../kmod/core.h"
#include "asm.h"
#include "walk.h"

/** struct unit_thread - a thread fd */
struct unit_thread {
	int fd;
	u32 room;		/* bytes of the output buffer of a call */
	struct pymm_run run;	/* of the last call */
	char *text;		/* what calls since unit_text_clear() printed; never NULL */
};

/** struct unit - an arena fd with all rights, and a thread */
struct unit {
	int arena;
	struct unit_thread thread;
};

/** unit_open() - insert the module, open an arena and a thread: 0 or negative errno */
int unit_open(struct unit *unit);

/**
 * unit_close() - close both, remove the module
 *
 * Returns false, and says it in @report, when anything is left behind.
 */
bool unit_close(struct unit *unit, struct unit_report *report);

/** unit_nothing_left() - after that: nothing is left behind; says what is in @report */
bool unit_nothing_left(struct unit_report *report);

/** unit_arena() - the arena itself;  unit_thread() - the thread itself */
struct pymm_arena *unit_arena(const struct unit *unit);
struct pymm_thread *unit_thread(const struct unit_thread *thread);

/** unit_ioctl() - 0 or negative errno */
int unit_ioctl(int fd, unsigned long request, void *arg);

/** unit_thread_open() - one more thread of an arena: 0 or negative errno */
int unit_thread_open(int arena, struct unit_thread *thread);
void unit_thread_close(struct unit_thread *thread);

/** unit_stat(), unit_config() - the counters; the parameters, of which @config->fields are set */
struct pymm_stat unit_stat(const struct unit *unit);
int unit_config(const struct unit *unit, struct pymm_config *config);

/** unit_gil() - PYMM_IOC_GIL without a deadline, or with one that has passed */
int unit_gil(const struct unit_thread *thread, u32 op, bool wait);

/**
 * unit_run() - one call of PYMM_IOC_RUN
 * @image: a program; or NULL to go on with the frames that were kept
 * @max_steps: instructions; 0 for no limit
 *
 * What is printed is added to thread->text. Returns 0 with thread->run, or negative errno.
 */
int unit_run(struct unit_thread *thread, const struct unit_image *image, u64 max_steps);

/** unit_run_flags() - as unit_run(), with PYMM_RUN_ flags */
int unit_run_flags(struct unit_thread *thread, u32 flags, const struct unit_image *image);

/** unit_abandon() - drop the frames that were kept: 0 or negative errno */
int unit_abandon(struct unit_thread *thread);

/**
 * unit_run_to_end() - as unit_run(), and again while the output is full or max_steps executed
 *
 * A program that a signal paused is left paused.
 */
int unit_run_to_end(struct unit_thread *thread, const struct unit_image *image, u64 max_steps);

/** unit_text_clear() - forget what was printed */
void unit_text_clear(struct unit_thread *thread);

/**
 * unit_exec() - run a text to its end
 *
 * Returns what it printed, followed by a line "NameError: name 'x' is not defined" if an
 * exception ended it, by "<interrupted>" if a signal paused it (it is abandoned then), or by
 * "<errno text>". The string stays until the thread's next call.
 */
const char *unit_exec(struct unit_thread *thread, const char *text);
const char *unit_exec_image(struct unit_thread *thread, const struct unit_image *image);

/** unit_collect() - unbind all names, collect: what is left then is held by frames */
void unit_collect(struct unit_thread *thread);

#endif /* UNIT_UNIT_H */
