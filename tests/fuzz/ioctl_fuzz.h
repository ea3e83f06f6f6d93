/* SPDX-License-Identifier: GPL-2.0-only */
/* What the files of ioctl_fuzz share. ioctl_fuzz.c tells how it works. */
#ifndef PYMM_FUZZ_IOCTL_FUZZ_H
#define PYMM_FUZZ_IOCTL_FUZZ_H

#include "gen.h"

#include <signal.h>
#include <stdatomic.h>
#include <sys/types.h>
#include <time.h>

#define FUZZ_MAX_OPS		24
#define FUZZ_MAX_CHAIN		12
#define FUZZ_MAX_CORPUS		4096
#define FUZZ_MAX_TASKS		64
#define FUZZ_EDGES		(1U << 16)
#define FUZZ_PCS		(1U << 15)

/* ---- inputs ---- */

/**
 * struct fuzz_op - one thing to do
 * @kind: index of what, in the table of ioctl_op.c
 * @target: which file; see fuzz_fd()
 * @other: another file
 * @fail: 0, or which fault to inject
 * @seed: of all else that it chooses
 */
struct fuzz_op {
	uint8_t kind;
	uint8_t target;
	uint8_t other;
	uint8_t fail;
	uint32_t seed;
};

struct fuzz_input {
	uint32_t nr_ops;
	struct fuzz_op ops[FUZZ_MAX_OPS];
};

/**
 * struct fuzz_chain - how an input comes about
 * @len: entries of @seeds
 * @seeds: the first makes an input, each other one changes it
 *
 * It is all that must be known of an input to have it again.
 */
struct fuzz_chain {
	uint32_t len;
	uint32_t seeds[FUZZ_MAX_CHAIN];
};

/* ---- what all processes share ---- */

/**
 * struct fuzz_shared - counters, coverage, inputs worth keeping
 * @stop: everybody ends
 * @inputs: inputs executed
 * @calls: system calls on files of the module
 * @faults: faults injected
 * @checked: arenas that were checked
 * @emptied: and of which nothing was left when all names were deleted
 * @failed: a check failed; @failure says which
 * @edges: a bit of each, set when an edge that hashes to it was seen
 * @nr_edges: how many are set
 * @pcs: set of the addresses seen, by hash
 * @nr_pcs: how many there are
 * @nr_corpus: entries of @corpus
 * @nr_executed: how many of those read from a file were executed
 * @nr_read: and how many there are, at the beginning of @corpus
 * @corpus: inputs that reached something new
 * @running: what each task executes
 */
struct fuzz_shared {
	atomic_bool stop;
	atomic_ulong inputs;
	atomic_ulong calls;
	atomic_ulong faults;
	atomic_ulong checked;
	atomic_ulong emptied;
	atomic_bool failed;
	char failure[256];
	atomic_uchar edges[FUZZ_EDGES];
	atomic_uint nr_edges;
	atomic_ulong pcs[FUZZ_PCS];
	atomic_uint nr_pcs;
	atomic_uint nr_corpus;
	atomic_uint nr_executed;
	uint32_t nr_read;
	struct fuzz_chain corpus[FUZZ_MAX_CORPUS];
	struct fuzz_chain running[FUZZ_MAX_TASKS];
};

/* ---- files ---- */

/* Places in the table of files: arenas, threads, all else. */
#define FUZZ_ARENAS	4
#define FUZZ_THREADS	8
#define FUZZ_OTHERS	4
#define FUZZ_FDS	(FUZZ_ARENAS + FUZZ_THREADS + FUZZ_OTHERS)

/**
 * struct fuzz_files - the files of a process; its threads share them
 * @fds: descriptors, -1 where there is none
 */
struct fuzz_files {
	atomic_int fds[FUZZ_FDS];
};

/* ---- a thread of the fuzzer ---- */

/**
 * struct fuzz_task - a thread that executes inputs
 * @shared: see there
 * @files: of its process
 * @index: in @shared->running
 * @alone: nobody else uses @files
 * @keep_all: all inputs are kept, whatever they reach
 * @source: choices
 * @cover: the kernel's record of what it executes; NULL when there is none
 * @kcov: its file
 * @kmsg: the kernel's log, where inputs are told before they are executed
 * @fail_nth: the file that injects faults into this thread, or -1
 * @nth: fault to inject into the next calls, or 0
 * @memory: pages to be written, one that cannot be read, one that cannot be written
 * @early: timer of a signal that restarts calls
 * @late: timer of one that does not, so that no call lasts
 * @program: a program being made
 * @other: a second one
 * @image: its image
 */
struct fuzz_task {
	struct fuzz_shared *shared;
	struct fuzz_files *files;
	uint32_t index;
	bool alone;
	bool keep_all;
	struct gen_source source;
	unsigned long *cover;
	int kcov;
	int kmsg;
	int fail_nth;
	uint32_t nth;
	uint8_t *memory;
	timer_t early;
	timer_t late;
	struct gen_program program;
	struct gen_program other;
	uint8_t image[GEN_MAX_IMAGE + 64];
};

#define FUZZ_PAGES	16
#define FUZZ_PAGE	4096UL

/* ioctl_fuzz.c */
void fuzz_say(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* ioctl_input.c */
void fuzz_input_of(struct fuzz_input *input, const struct fuzz_chain *chain);
void fuzz_chain_print(const struct fuzz_chain *chain, char *text, size_t size);
bool fuzz_chain_parse(struct fuzz_chain *chain, const char *text);
void fuzz_chain_choose(struct fuzz_shared *shared, struct fuzz_chain *chain,
		       struct gen_source *source);
void fuzz_chain_keep(struct fuzz_shared *shared, const struct fuzz_chain *chain);

/* ioctl_log.c */
void fuzz_log_check(struct fuzz_shared *shared, int kmsg);
bool fuzz_kernel_setup(void);

/* ioctl_cover.c */
int fuzz_cover_open(struct fuzz_task *task);
void fuzz_cover_start(struct fuzz_task *task);
uint32_t fuzz_cover_stop(struct fuzz_task *task);

/* ioctl_call.c */
int fuzz_task_init(struct fuzz_task *task);
void fuzz_task_exit(struct fuzz_task *task);
void fuzz_signals_init(void);
void fuzz_fail(struct fuzz_shared *shared, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
void *fuzz_place(struct fuzz_task *task, size_t size, bool *usable);
long fuzz_ioctl(struct fuzz_task *task, int fd, unsigned long cmd, void *args, size_t size);
void fuzz_arm(struct fuzz_task *task);
void fuzz_disarm(struct fuzz_task *task);

/* ioctl_op.c */
void fuzz_random_op(struct fuzz_op *op, struct gen_source *source);
const char *fuzz_op_name(const struct fuzz_op *op);
void fuzz_op_execute(struct fuzz_task *task, const struct fuzz_op *op);
void fuzz_files_open(struct fuzz_files *files);
void fuzz_files_close(struct fuzz_files *files);

/* ioctl_check.c */
void fuzz_check_arena(struct fuzz_shared *shared, int fd);

#endif
