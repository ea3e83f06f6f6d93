/* SPDX-License-Identifier: GPL-2.0-only */
/* Between the ioctl dispatcher and what executes the calls. */
#ifndef _PYMM_IOCTL_H
#define _PYMM_IOCTL_H

#include <linux/fs.h>
#include <linux/pymm.h>

#include "core.h"

/* The PYMM_RUN_ flags known. */
#define PYMM_RUN_MODES	(PYMM_RUN_RESUME | PYMM_RUN_ABANDON | PYMM_RUN_CHECK)
#define PYMM_RUN_FLAGS	(PYMM_RUN_MODES | PYMM_RUN_INTERRUPT)

/**
 * struct pymm_arena_file - an arena fd
 * @arena: a reference
 * @rights: PYMM_RIGHT_; invariant
 */
struct pymm_arena_file {
	struct pymm_arena *arena;
	u32 rights;
};

/**
 * struct pymm_call - an ioctl being executed
 * @arena_file: the fd, if it is an arena fd
 * @thread: the thread, if it is a thread fd; its busy bit is held
 * @args: the caller's struct, extended by zeros; copied back after success
 * @respond: copy it back after an error, too
 * @new_file: a file to be installed after success, or NULL
 * @new_fd: where; reserved together with @new_file
 */
struct pymm_call {
	struct pymm_arena_file *arena_file;
	struct pymm_thread *thread;
	union {
		struct pymm_query query;
		struct pymm_config config;
		struct pymm_thread_new thread_new;
		struct pymm_dup dup;
		struct pymm_stat stat;
		struct pymm_dump dump;
		struct pymm_run run;
		struct pymm_gil_args gil;
	} args;
	bool respond;
	struct file *new_file;
	int new_fd;
};

extern const struct file_operations pymm_arena_fops;
extern const struct file_operations pymm_thread_fops;

int pymm_call_new_file(struct pymm_call *call, const char *name,
		       const struct file_operations *fops, void *private);

/* query.c: what needs no program */
int pymm_call_query(struct pymm_call *call);
int pymm_call_config(struct pymm_call *call);
int pymm_call_stat(struct pymm_call *call);
/* file.c: files */
int pymm_call_dup(struct pymm_call *call);
int pymm_call_thread(struct pymm_call *call);
int pymm_arena_file_open(struct inode *inode, struct file *file);
int pymm_arena_file_release(struct inode *inode, struct file *file);
int pymm_thread_file_release(struct inode *inode, struct file *file);
/* dump.c */
int pymm_call_dump(struct pymm_call *call);
/* run.c */
int pymm_call_run(struct pymm_call *call);
int pymm_call_gil(struct pymm_call *call);
#endif
