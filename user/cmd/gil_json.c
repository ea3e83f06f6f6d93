// SPDX-License-Identifier: GPL-2.0-only
#include "dump.h"
#include "gil.h"
#include "gil_look.h"

/* Numbers of threads, tasks and locks begin with 1. */
static void json_number(struct json *json, const char *key, uint32_t number)
{
	if (number)
		json_add_uint(json, key, number);
	else
		json_add_null(json, key);
}

static void json_gil(struct json *json, const struct gil_look *look)
{
	char policy[GIL_POLICY_LEN];

	json_add_string(json, "policy", gil_policy_text(look->config.policy, policy));
	json_add_uint(json, "switch_interval_ns", look->config.switch_interval_ns);
	json_number(json, "holder", look->holder ? look->holder->thread_id : 0);
	if (look->holder)
		json_add_uint(json, "held_ns", look->holder->since_ns);
	else
		json_add_null(json, "held_ns");
	json_add_uint(json, "waiters", look->nr_gil_waiters);
	json_add_uint(json, "switches", look->stat.gil_switches);
	json_add_uint(json, "forced_switches", look->stat.gil_forced_switches);
	json_add_uint(json, "drop_requests", look->stat.gil_drop_requests);
	json_add_uint(json, "abandoned", look->stat.gil_abandoned);
}

static void json_thread(struct json *json, const struct pymm_dump_thread *thread)
{
	static const char *const states[] = {
		[GIL_IDLE] = "idle",
		[GIL_RUNS] = "runs",
		[GIL_WAITS] = "waits_for_gil",
		[GIL_WAITS_FOR_LOCK] = "waits_for_lock",
	};
	enum gil_state state = gil_state(thread);

	json_open_object(json, NULL);
	json_add_uint(json, "thread", thread->thread_id);
	json_number(json, "pid", thread->pid);
	json_add_string(json, "state", states[state]);
	json_number(json, "lock", thread->lock);
	if (state == GIL_IDLE)
		json_add_null(json, "since_ns");
	else
		json_add_uint(json, "since_ns", thread->since_ns);
	json_add_bool(json, "closed", thread->flags & PYMM_DUMP_THREAD_CLOSED);
	json_add_uint(json, "acquires", thread->acquires);
	json_add_uint(json, "waits", thread->waits);
	json_add_uint(json, "wait_ns", thread->wait_ns);
	json_add_uint(json, "wait_max_ns", thread->wait_max_ns);
	json_add_uint(json, "holds", thread->holds);
	json_add_uint(json, "hold_ns", thread->hold_ns);
	json_add_uint(json, "hold_max_ns", thread->hold_max_ns);
	json_add_uint(json, "drops", thread->drops);
	json_close(json);
}

static void json_lock(struct json *json, const struct gil_look *look, const struct pymm_dump_lock *lock)
{
	json_open_object(json, NULL);
	json_add_uint(json, "lock", lock->id);
	json_add_string(json, "type", pymm_type_name(gil_lock_type(look, lock->id)));
	json_open_array(json, "names");
	for (size_t i = gil_first_name(look, lock->id);
	     i < look->nr_names && gil_name(look, i)->id == lock->id; i++)
		json_add_bytes(json, NULL, dump_tail(look->names[i]), gil_name(look, i)->len);
	json_close(json);
	json_number(json, "taken_by", lock->depth ? lock->thread_id : 0);
	json_add_uint(json, "depth", lock->depth);
	json_add_uint(json, "waiters", lock->nr_waiters);
	json_close(json);
}

static void json_wait(struct json *json, const struct gil_wait *wait)
{
	json_open_object(json, NULL);
	json_add_uint(json, "thread", wait->thread);
	json_number(json, "lock", wait->lock);
	json_number(json, "blocker", wait->blocker);
	json_close(json);
}

enum deadlock_key { DEADLOCK_THREADS, DEADLOCK_LOCKS, DEADLOCK_RELEASABLE };

/* One of the arrays of a deadlock, which begins with that wait. */
static void json_cycle(struct json *json, const struct gil_look *look, size_t first,
		       enum deadlock_key key)
{
	static const char *const keys[] = {
		[DEADLOCK_THREADS] = "threads",
		[DEADLOCK_LOCKS] = "locks",
		[DEADLOCK_RELEASABLE] = "releasable",
	};
	size_t i = first;

	json_open_array(json, keys[key]);
	do {
		const struct gil_wait *wait = &look->waits[i];

		if (key != DEADLOCK_RELEASABLE || wait->anybody)
			json_number(json, NULL, key == DEADLOCK_THREADS ? wait->thread : wait->lock);
		i = wait->next;
	} while (i != first);
	json_close(json);
}

static void json_deadlocks(struct json *json, const struct gil_look *look)
{
	json_open_array(json, "deadlocks");
	for (size_t i = 0; i < look->nr_waits; i++) {
		if (!look->waits[i].first)
			continue;
		json_open_object(json, NULL);
		json_cycle(json, look, i, DEADLOCK_THREADS);
		json_cycle(json, look, i, DEADLOCK_LOCKS);
		json_cycle(json, look, i, DEADLOCK_RELEASABLE);
		json_close(json);
	}
	json_close(json);
}

void gil_json(struct json *json, const struct gil_look *look)
{
	target_json(json, &look->target);
	json_gil(json, look);
	json_open_array(json, "threads");
	for (size_t i = 0; i < look->nr_threads; i++)
		json_thread(json, gil_thread(look, i));
	json_close(json);
	json_open_array(json, "locks");
	for (size_t i = 0; i < look->nr_locks; i++)
		json_lock(json, look, gil_lock(look, i));
	json_close(json);
	json_open_array(json, "waits");
	for (size_t i = 0; i < look->nr_waits; i++)
		json_wait(json, &look->waits[i]);
	json_close(json);
	json_deadlocks(json, look);
}
