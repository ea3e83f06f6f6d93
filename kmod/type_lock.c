// SPDX-License-Identifier: GPL-2.0-only
/*
 * Lock, as threading.Lock: taken or not, without owner; and RLock, as threading.RLock: its owner
 * takes it again and again, and alone gives it back. A waiter waits without the GIL and takes the
 * lock without it; being allowed to run again is a second wait (semantics.md 5.08).
 *
 * A Lock whose taker is gone stays taken, as CPython's does. An RLock whose owner is gone is
 * free, and who takes it next is told: the owner is a thread, and it is gone when its file is, or
 * the task that ran it last (as with the GIL, see gil.c).
 *
 * The first one of those who wait is woken, and looks after the owner. One that is frozen where it
 * sleeps, as the old cgroup freezer does it, holds up those behind it until it is thawed.
 */
#include <linux/sched/signal.h>

#include "core.h"

/* How often one of those who wait for an RLock looks whether its owner is still there. */
#define PYMM_LOCK_BEAT_NS	(50 * NSEC_PER_MSEC)
/* How many RLocks of a thread that is gone are given up with the spinlock held, and in one turn. */
#define PYMM_LOCK_BATCH		256
#define PYMM_LOCK_TURN		(16 * PYMM_LOCK_BATCH)

/**
 * struct pymm_lock - payload of a Lock or RLock
 * @waiters: struct pymm_lock_waiter, in order of arrival
 * @held: of an RLock that is taken: in the owner's list
 * @owner: of an RLock that is taken; that thread cannot go without giving it up
 * @taker: id of the thread that took it last
 * @depth: how often it is taken
 * @recursive: an RLock
 * @owner_died: the owner went without releasing it, and nobody was told yet
 *
 * Stays while an object or a waiting thread's slot refers to it. All but @recursive are protected
 * by arena->locks.
 */
struct pymm_lock {
	struct list_head waiters;
	struct list_head held;
	struct pymm_thread *owner;
	u32 taker;
	u32 depth;
	bool recursive;
	bool owner_died;
};

struct pymm_lock_waiter {
	struct list_head node;
	struct task_struct *task;
};

/**
 * pymm_lock_new() - a Lock or RLock that is not taken
 * @arena: the arena
 * @type: which of them
 *
 * Context: may sleep; the GIL and arena->lock held.
 *
 * Return: a reference, or 0 when there is no memory.
 */
u32 pymm_lock_new(struct pymm_arena *arena, enum pymm_type type)
{
	struct pymm_lock *lock;
	u32 no = pymm_object_alloc(arena, type);

	if (!no)
		return 0;
	lock = pymm_payload_alloc(arena, sizeof(*lock));
	if (!lock) {
		pymm_object_free(arena, no);
		return 0;
	}
	*lock = (struct pymm_lock){ .recursive = type == PYMM_TYPE_RLOCK };
	INIT_LIST_HEAD(&lock->waiters);
	*pymm_payload(arena, no) = lock;
	return no;
}

/* With arena->locks held, as all below that are given a lock alone. */
static void pymm_lock_disown(struct pymm_lock *lock)
{
	if (!lock->owner)
		return;
	list_del(&lock->held);
	lock->owner = NULL;
}

static void pymm_lock_free(struct pymm_arena *arena, u32 no)
{
	struct pymm_lock *lock = pymm_lock(arena, no);

	if (lock) {
		spin_lock(&arena->locks);
		pymm_lock_disown(lock);
		spin_unlock(&arena->locks);
	}
	pymm_payload_free(arena, lock, sizeof(*lock));
	*pymm_payload(arena, no) = NULL;
}

/** pymm_lock() - the payload of a Lock or RLock */
struct pymm_lock *pymm_lock(const struct pymm_arena *arena, u32 no)
{
	return *pymm_payload(arena, no);
}

/** pymm_is_lock() - is it a Lock or RLock? */
bool pymm_is_lock(const struct pymm_arena *arena, u32 no)
{
	return pymm_is(arena, no, PYMM_TYPE_LOCK) || pymm_is(arena, no, PYMM_TYPE_RLOCK);
}

/** pymm_lock_look() - how it is now, for those who look on; arena->lock held */
void pymm_lock_look(struct pymm_arena *arena, u32 no, struct pymm_lock_state *state)
{
	const struct pymm_lock *lock = pymm_lock(arena, no);
	struct pymm_lock_waiter *waiter;

	*state = (struct pymm_lock_state){};
	spin_lock(&arena->locks);
	state->depth = lock->depth;
	if (lock->depth)
		state->taker = lock->taker;
	list_for_each_entry(waiter, &lock->waiters, node)
		state->waiters++;
	spin_unlock(&arena->locks);
}

static void pymm_lock_wake(struct pymm_lock *lock)
{
	struct pymm_lock_waiter *waiter;

	waiter = list_first_entry_or_null(&lock->waiters, struct pymm_lock_waiter, node);
	if (waiter)
		wake_up_process(waiter->task);
}

/* The owner is gone: the lock is free, and the next one to take it is told. */
static void pymm_lock_abandon(struct pymm_lock *lock)
{
	pymm_lock_disown(lock);
	lock->depth = 0;
	lock->owner_died = true;
	pymm_lock_wake(lock);
}

static bool pymm_lock_owner_gone(const struct pymm_lock *lock)
{
	return lock->owner && (READ_ONCE(lock->owner->closed) || pymm_task_gone(lock->owner->task));
}

static bool pymm_lock_take(struct pymm_thread *thread, struct pymm_lock *lock)
{
	lockdep_assert_held(&thread->arena->locks);
	if (lock->owner == thread) {
		lock->depth++;
		return true;
	}
	if (lock->depth && pymm_lock_owner_gone(lock))
		pymm_lock_abandon(lock);
	if (lock->depth)
		return false;
	lock->depth = 1;
	lock->taker = thread->id;
	if (lock->recursive) {
		lock->owner = thread;
		list_add(&lock->held, &thread->held);
	}
	thread->lock_owner_died |= lock->owner_died;
	lock->owner_died = false;
	return true;
}

/**
 * pymm_lock_try() - take the lock if that can be had at once
 * @thread: who takes it
 * @lock: the lock
 *
 * Return: whether it could; -EOVERFLOW when its owner has taken it too often.
 */
int pymm_lock_try(struct pymm_thread *thread, struct pymm_lock *lock)
{
	int ret;

	spin_lock(&thread->arena->locks);
	if (lock->owner == thread && lock->depth == U32_MAX)
		ret = -EOVERFLOW;
	else
		ret = pymm_lock_take(thread, lock);
	spin_unlock(&thread->arena->locks);
	return ret;
}

/** pymm_lock_is_granted() - does the thread still have a lock that it was given while it waited? */
bool pymm_lock_is_granted(struct pymm_thread *thread, struct pymm_lock *lock)
{
	bool granted;

	spin_lock(&thread->arena->locks);
	granted = !lock->recursive || lock->owner == thread;
	spin_unlock(&thread->arena->locks);
	return granted;
}

/**
 * pymm_lock_return() - give a lock back that the thread was given, and never came to know of
 * @thread: the thread
 * @lock: the lock
 *
 * Nor has it told that the last owner had gone: the next one is told.
 */
void pymm_lock_return(struct pymm_thread *thread, struct pymm_lock *lock)
{
	spin_lock(&thread->arena->locks);
	lock->owner_died |= thread->lock_owner_died && lock->owner == thread;
	spin_unlock(&thread->arena->locks);
	pymm_lock_release(thread, lock);
}

/**
 * pymm_lock_release() - release the lock and wake a waiter
 * @thread: who releases it
 * @lock: the lock
 *
 * Return: false, and nothing happens, if it was not taken, or is an RLock of another thread.
 */
bool pymm_lock_release(struct pymm_thread *thread, struct pymm_lock *lock)
{
	bool may;

	spin_lock(&thread->arena->locks);
	may = lock->recursive ? lock->owner == thread : lock->depth;
	if (may && !--lock->depth) {
		pymm_lock_disown(lock);
		pymm_lock_wake(lock);
	}
	spin_unlock(&thread->arena->locks);
	return may;
}

/* Some of them; whether there are more. */
static bool pymm_locks_abandon_some(struct pymm_thread *thread)
{
	u32 left = PYMM_LOCK_BATCH;
	struct pymm_lock *lock;
	bool more;

	spin_lock(&thread->arena->locks);
	while (left-- && !list_empty(&thread->held)) {
		lock = list_first_entry(&thread->held, struct pymm_lock, held);
		pymm_lock_abandon(lock);
	}
	more = !list_empty(&thread->held);
	spin_unlock(&thread->arena->locks);
	return more;
}

/**
 * pymm_locks_abandon() - a thread that is gone has no RLocks any more
 * @thread: the thread, whose file is closed: meanwhile others may take them over
 *
 * Context: may sleep; arena->lock held.
 *
 * Return: whether it still has some, after as many as one turn may take.
 */
bool pymm_locks_abandon(struct pymm_thread *thread)
{
	u32 done;

	for (done = 0; done < PYMM_LOCK_TURN; done += PYMM_LOCK_BATCH) {
		if (!pymm_locks_abandon_some(thread))
			return false;
		cond_resched();
	}
	return true;
}

/* The first one of those who wait for an RLock looks after its owner now and then. */
static ktime_t pymm_lock_next_look(const struct pymm_lock *lock,
				   const struct pymm_lock_waiter *waiter, ktime_t deadline)
{
	ktime_t look;

	if (!lock->recursive || !list_is_first(&waiter->node, &lock->waiters))
		return deadline;
	look = ktime_add_ns(ktime_get(), PYMM_LOCK_BEAT_NS);
	return ktime_before(look, deadline) ? look : deadline;
}

/* The waiter is on the list, and arena->locks held, on entry and on return. */
static int pymm_lock_sleep(struct pymm_thread *thread, struct pymm_lock *lock,
			   const struct pymm_lock_waiter *waiter, ktime_t deadline)
{
	spinlock_t *locks = &thread->arena->locks;
	bool late = false;
	ktime_t until;

	for (;;) {
		set_current_state(TASK_INTERRUPTIBLE | TASK_FREEZABLE);
		if (pymm_lock_take(thread, lock))
			return 0;
		if (late)
			return -ETIMEDOUT;
		if (signal_pending(current))
			return -EINTR;
		until = pymm_lock_next_look(lock, waiter, deadline);
		spin_unlock(locks);
		late = pymm_sleep_until(until) && until == deadline;
		spin_lock(locks);
	}
}

/**
 * pymm_lock_wait() - wait for the lock, and take it
 * @thread: who waits
 * @no: number of the lock's object, for those who look on
 * @lock: the lock; the caller sees to it that it stays
 * @deadline: CLOCK_MONOTONIC, KTIME_MAX for none
 *
 * Context: sleeps; neither the GIL nor arena->lock held.
 *
 * Return: 0 when it was taken, even if a signal or the deadline came too; -ETIMEDOUT or
 * -EINTR.
 */
int pymm_lock_wait(struct pymm_thread *thread, u32 no, struct pymm_lock *lock, ktime_t deadline)
{
	struct pymm_lock_waiter waiter = { .task = current };
	spinlock_t *locks = &thread->arena->locks;
	int err;

	spin_lock(locks);
	list_add_tail(&waiter.node, &lock->waiters);
	thread->waits_for = no;
	thread->waits_since = ktime_get_ns();
	err = pymm_lock_sleep(thread, lock, &waiter, deadline);
	__set_current_state(TASK_RUNNING);
	thread->waits_for = 0;
	list_del(&waiter.node);
	/* It may have been the one that was woken, or that looked after the owner. */
	if (err || lock->recursive)
		pymm_lock_wake(lock);
	spin_unlock(locks);
	return err;
}

const struct pymm_type_ops pymm_lock_type = {
	.name = "lock",
	.tp_name = "_thread.lock",
	.flags = PYMM_TYPE_GC | PYMM_TYPE_TRACK,
	.free = pymm_lock_free,
};

const struct pymm_type_ops pymm_rlock_type = {
	.name = "RLock",
	.tp_name = "_thread.RLock",
	.flags = PYMM_TYPE_GC | PYMM_TYPE_TRACK,
	.free = pymm_lock_free,
};
