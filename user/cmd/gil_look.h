/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A look at threads and locks of another process's arena: what 'pymm gil show' shows.
 */
#ifndef PYMM_CMD_GIL_LOOK_H
#define PYMM_CMD_GIL_LOOK_H

#include "gil_waits.h"
#include "target.h"

/**
 * struct gil_look - what is shown
 * @target: the arena
 * @stat: its counters
 * @config: its parameters
 * @snapshot: what all pointers lead into
 * @threads: by number
 * @nr_threads: of them
 * @locks: those that are taken or waited for, by id
 * @nr_locks: of them
 * @names: by the id of what they are bound to, then as they were bound
 * @nr_names: of them
 * @waits: of threads, by number
 * @nr_waits: of them
 * @nr_gil_waiters: those of them that are for the GIL
 * @holder: who holds the GIL, or NULL
 */
struct gil_look {
	struct target target;
	struct pymm_stat stat;
	struct pymm_config config;
	struct pymm_snapshot *snapshot;
	const struct pymm_dump_record **threads;
	size_t nr_threads;
	const struct pymm_dump_record **locks;
	size_t nr_locks;
	const struct pymm_dump_record **names;
	size_t nr_names;
	struct gil_wait *waits;
	size_t nr_waits;
	size_t nr_gil_waiters;
	const struct pymm_dump_thread *holder;
};

/** gil_look() - look; CMD_OK, or another value and it was said why; to be forgotten in any case */
int gil_look(struct cmd *cmd, struct gil_look *look);

/** gil_forget() - free what a look has brought */
void gil_forget(struct gil_look *look);

/** gil_json() - write it as the document */
void gil_json(struct json *json, const struct gil_look *look);

/* ---- parts of it ---- */

static inline const struct pymm_dump_thread *gil_thread(const struct gil_look *look, size_t i)
{
	return (const struct pymm_dump_thread *)look->threads[i];
}

static inline const struct pymm_dump_lock *gil_lock(const struct gil_look *look, size_t i)
{
	return (const struct pymm_dump_lock *)look->locks[i];
}

static inline const struct pymm_dump_name *gil_name(const struct gil_look *look, size_t i)
{
	return (const struct pymm_dump_name *)look->names[i];
}

/** gil_lock_of() - that lock, or NULL when it is not among them */
const struct pymm_dump_lock *gil_lock_of(const struct gil_look *look, uint32_t id);

/** gil_lock_type() - enum pymm_type of a lock */
uint16_t gil_lock_type(const struct gil_look *look, uint32_t id);

/** gil_first_name() - index of the first name that is bound to @id, or to a higher one */
size_t gil_first_name(const struct gil_look *look, uint32_t id);

/** gil_has_thread() - is there a thread of that number? */
bool gil_has_thread(const struct gil_look *look, uint32_t thread);

/* What a thread does: waits for a lock, waits for the GIL, or runs. */
enum gil_state { GIL_IDLE, GIL_RUNS, GIL_WAITS, GIL_WAITS_FOR_LOCK };

/** gil_state() - which of these */
enum gil_state gil_state(const struct pymm_dump_thread *thread);

#endif /* PYMM_CMD_GIL_LOOK_H */
