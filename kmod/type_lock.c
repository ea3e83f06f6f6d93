// SPDX-License-Identifier: GPL-2.0-only
/*
 * Lock, as threading.Lock: taken or not, without owner. A waiter waits without the GIL and
 * takes the lock without it; being allowed to run again is a second wait (semantics.md 5.08).
 */
#include <linux/sched/signal.h>

#include "core.h"

/**
 * struct pymm_lock - payload of a Lock
 * @lock: protects the rest
 * @taken: it is taken
 * @waiters: struct pymm_lock_waiter, in order of arrival
 *
 * Stays while an object or a waiting thread's slot refers to the Lock.
 */
struct pymm_lock {
	spinlock_t lock;	/* both others */
	bool taken;
	struct list_head waiters;
};

struct pymm_lock_waiter {
	struct list_head node;
	struct task_struct *task;
};

/** pymm_lock_new() - a Lock that is not taken; a reference, or 0 when there is no memory */
u32 pymm_lock_new(struct pymm_arena *arena)
{
	struct pymm_lock *lock;
	u32 no = pymm_object_alloc(arena, PYMM_TYPE_LOCK);

	if (!no)
		return 0;
	lock = pymm_payload_alloc(arena, sizeof(*lock));
	if (!lock) {
		pymm_object_free(arena, no);
		return 0;
	}
	spin_lock_init(&lock->lock);
	lock->taken = false;
	INIT_LIST_HEAD(&lock->waiters);
	*pymm_payload(arena, no) = lock;
	return no;
}

static void pymm_lock_free(struct pymm_arena *arena, u32 no)
{
	pymm_payload_free(arena, *pymm_payload(arena, no), sizeof(struct pymm_lock));
	*pymm_payload(arena, no) = NULL;
}

/** pymm_lock() - the payload of a Lock object */
struct pymm_lock *pymm_lock(const struct pymm_arena *arena, u32 no)
{
	return *pymm_payload(arena, no);
}

/** pymm_lock_try() - take the lock if it is free; returns whether it was */
bool pymm_lock_try(struct pymm_lock *lock)
{
	bool taken;

	spin_lock(&lock->lock);
	taken = lock->taken;
	lock->taken = true;
	spin_unlock(&lock->lock);
	return !taken;
}

/** pymm_lock_taken() - is the lock taken? */
bool pymm_lock_taken(struct pymm_lock *lock)
{
	bool taken;

	spin_lock(&lock->lock);
	taken = lock->taken;
	spin_unlock(&lock->lock);
	return taken;
}

static void pymm_lock_wake(struct pymm_lock *lock)
{
	struct pymm_lock_waiter *waiter;

	lockdep_assert_held(&lock->lock);
	waiter = list_first_entry_or_null(&lock->waiters, struct pymm_lock_waiter, node);
	if (waiter)
		wake_up_process(waiter->task);
}

/** pymm_lock_release() - release the lock and wake a waiter; false if it was not taken */
bool pymm_lock_release(struct pymm_lock *lock)
{
	bool taken;

	spin_lock(&lock->lock);
	taken = lock->taken;
	lock->taken = false;
	pymm_lock_wake(lock);
	spin_unlock(&lock->lock);
	return taken;
}

/**
 * pymm_lock_wait() - wait for the lock, and take it
 * @lock: the lock; the caller sees to it that it stays
 * @deadline: CLOCK_MONOTONIC, KTIME_MAX for none
 *
 * Context: sleeps; neither the GIL nor arena->lock held.
 *
 * Return: 0 when it was taken, even if a signal or the deadline came too; -ETIMEDOUT or
 * -EINTR.
 */
int pymm_lock_wait(struct pymm_lock *lock, ktime_t deadline)
{
	struct pymm_lock_waiter waiter = { .task = current };
	bool late = false;
	int err = 0;

	spin_lock(&lock->lock);
	list_add_tail(&waiter.node, &lock->waiters);
	for (;;) {
		set_current_state(TASK_INTERRUPTIBLE | TASK_FREEZABLE);
		if (!lock->taken) {
			lock->taken = true;
			break;
		}
		err = late ? -ETIMEDOUT : signal_pending(current) ? -EINTR : 0;
		if (err)
			break;
		spin_unlock(&lock->lock);
		late = pymm_sleep_until(deadline);
		spin_lock(&lock->lock);
	}
	__set_current_state(TASK_RUNNING);
	list_del(&waiter.node);
	spin_unlock(&lock->lock);
	return err;
}

const struct pymm_type_ops pymm_lock_type = {
	.name = "lock",
	.tp_name = "_thread.lock",
	.flags = PYMM_TYPE_GC | PYMM_TYPE_TRACK,
	.free = pymm_lock_free,
};
