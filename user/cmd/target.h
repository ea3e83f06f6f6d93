/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The arena of another process that a command is about: pymm gc, pymm gil, pymm arena.
 */
#ifndef PYMM_CMD_TARGET_H
#define PYMM_CMD_TARGET_H

#include "cmd.h"

/* The options that say which one it is. */
#define TARGET_OPTIONS                                                                     \
	{ "-p", CMD_NUMBER, "PID", "the process", 1, INT32_MAX, NULL },                    \
	{ "-f", CMD_NUMBER, "FD", "the file descriptor, if it has several arenas", 0,      \
	  INT32_MAX, NULL }

/**
 * struct target - an arena of another process
 * @pid: the process
 * @fd: number that the arena has there
 * @id: number of the arena
 * @rights: those of @fd, and of @arena
 * @arena: a copy of @fd
 */
struct target {
	pid_t pid;
	int fd;
	uint32_t id;
	uint32_t rights;
	struct pymm_arena *arena;
};

/**
 * target_open() - the arena that -p and -f say
 * @rights: PYMM_RIGHT_ that are needed
 * @target: filled
 *
 * Of several fds of the arena one is taken that has the rights.
 *
 * Return: CMD_OK, or CMD_FAILED or CMD_USAGE and it was said why.
 */
int target_open(struct cmd *cmd, uint32_t rights, struct target *target);

/** target_close() - let go of it */
void target_close(struct target *target);

/** target_snapshot() - a snapshot of it; CMD_OK, or CMD_FAILED and it was said why */
int target_snapshot(struct cmd *cmd, const struct target *target, struct pymm_snapshot **out);

/** target_json() - open an object as the document, and say in it which arena it is about */
void target_json(struct json *json, const struct target *target);

/** target_fail() - say why a process cannot be looked at; returns CMD_FAILED */
int target_fail(struct cmd *cmd, pid_t pid, int error);

/** target_fail_none() - say that it has no arena, or not the one of -f; returns CMD_FAILED */
int target_fail_none(struct cmd *cmd, pid_t pid, struct pymm_process *process);

/** target_each() - call @visit for each arena fd of a process, by number, until it returns not 0 */
int target_each(struct pymm_process *process, pid_t pid,
		int (*visit)(struct target *target, void *data), void *data);

/** target_stopped() - was that process stopped, as by SIGSTOP or a debugger? */
bool target_stopped(pid_t pid);

#endif /* PYMM_CMD_TARGET_H */
