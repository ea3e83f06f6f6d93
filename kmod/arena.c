// SPDX-License-Identifier: GPL-2.0-only
/* Arenas: life cycle, lock, reaping of what closed threads leave behind. */
#include <linux/cred.h>
#include <linux/module.h>
#include <linux/pid.h>
#include <linux/random.h>
#include <linux/sched/signal.h>

#include "exception.h"

/* An arena with more memory than this is freed on the workqueue. */
#define PYMM_LARGE_ARENA	(4U << 20)
/* A user whose dying arenas have more than this waits before another one is opened. */
#define PYMM_MAX_DYING		(256U << 20)

static struct workqueue_struct *pymm_workqueue;
static atomic_t pymm_next_arena_id = ATOMIC_INIT(0);

/* Arenas that are being freed, so that a user cannot have any number of them. */
static LIST_HEAD(pymm_dying_arenas);
static DEFINE_SPINLOCK(pymm_dying_lock);
static DECLARE_WAIT_QUEUE_HEAD(pymm_dying_wait);

/* ---- reaping ---- */

/** pymm_arena_reap_later() - there is a new orphan; does not sleep */
void pymm_arena_reap_later(struct pymm_arena *arena)
{
	pymm_arena_get(arena);
	if (!queue_work(pymm_workqueue, &arena->reap_work))
		pymm_arena_put(arena);
}

static void pymm_thread_destroy(struct pymm_thread *thread)
{
	pymm_frames_free(thread);
	put_pid(thread->task);
	list_del(&thread->node);
	pymm_walk_free(thread);
	pymm_trail_free(thread);
	kvfree(thread->output);
	kfree(thread);
}

/*
 * Drop what closed threads held, one turn of it. Runs no program. References to the arena
 * stay with the threads until the caller puts them: how many is added to @reaped. Returns
 * whether something is left.
 */
static bool pymm_arena_reap(struct pymm_arena *arena, u32 *reaped)
{
	struct pymm_thread *thread, *next;
	struct llist_node *orphans;

	lockdep_assert_held(&arena->lock);
	if (llist_empty(&arena->orphans))
		return false;
	orphans = llist_del_all(&arena->orphans);
	llist_for_each_entry_safe(thread, next, orphans, orphan) {
		thread->reap_ticks = PYMM_REAP_TICKS;
		if (pymm_frames_unwind(thread) || pymm_locks_abandon(thread)) {
			llist_add(&thread->orphan, &arena->orphans);
			continue;
		}
		pymm_thread_destroy(thread);
		++*reaped;
	}
	return !llist_empty(&arena->orphans);
}

static void pymm_arena_put_many(struct pymm_arena *arena, u32 count)
{
	while (count--)
		pymm_arena_put(arena);
}

/* Lock as one who runs no program: the runner waits until this has had its turn. */
static int pymm_arena_lock_once(struct pymm_arena *arena, bool killable)
{
	int err = 0;

	atomic_inc(&arena->wanted);
	if (killable)
		err = mutex_lock_killable(&arena->lock);
	else
		mutex_lock(&arena->lock);
	if (!err)
		atomic_inc(&arena->taken);
	atomic_dec(&arena->wanted);
	wake_up_all(&arena->handed);
	return err;
}

static void pymm_arena_reap_work(struct work_struct *work)
{
	struct pymm_arena *arena = container_of(work, struct pymm_arena, reap_work);
	u32 reaped = 0;
	bool more;

	do {
		pymm_arena_lock_once(arena, false);
		more = pymm_arena_reap(arena, &reaped);
		mutex_unlock(&arena->lock);
		cond_resched();
	} while (more);
	pymm_arena_put_many(arena, reaped + 1);
}

/* ---- the lock ---- */

/**
 * pymm_arena_lock() - take arena->lock; a running program hands it over soon
 * @arena: the arena
 *
 * Reaps orphans, so that whoever has the lock sees counts without them.
 *
 * Context: sleeps.
 *
 * Return: 0, or -ERESTARTSYS when the task is being killed.
 */
int pymm_arena_lock(struct pymm_arena *arena)
{
	u32 reaped = 0;
	int err;

	for (;;) {
		err = pymm_arena_lock_once(arena, true);
		if (err || !pymm_arena_reap(arena, &reaped))
			break;
		mutex_unlock(&arena->lock);
		cond_resched();
	}
	pymm_arena_put_many(arena, reaped);
	return err ? -ERESTARTSYS : 0;
}

/** pymm_arena_unlock() - release arena->lock */
void pymm_arena_unlock(struct pymm_arena *arena)
{
	mutex_unlock(&arena->lock);
}

/**
 * pymm_arena_prepare() - allocate what an arena needs before its first use
 * @arena: the arena
 *
 * Context: may sleep; arena->lock held.
 *
 * Return: 0 or -ENOMEM.
 */
int pymm_arena_prepare(struct pymm_arena *arena)
{
	if (arena->globals)
		return 0;
	return pymm_heap_init(arena);
}

/* ---- life cycle ---- */

static void pymm_arena_free(struct pymm_arena *arena)
{
	pymm_gil_shutdown(&arena->gil);
	pymm_heap_free(arena);
	pymm_gc_free(arena);
	pymm_pools_free(&arena->heap.pools);
	spin_lock(&pymm_dying_lock);
	list_del(&arena->dying);
	spin_unlock(&pymm_dying_lock);
	wake_up_all(&pymm_dying_wait);
	mutex_destroy(&arena->lock);
	kfree(arena);
}

static void pymm_arena_free_work(struct work_struct *work)
{
	pymm_arena_free(container_of(work, struct pymm_arena, free_work));
}

/**
 * pymm_arena_new() - a fresh arena, without any object yet
 *
 * Context: may sleep.
 *
 * Return: the arena with one reference, or NULL.
 */
struct pymm_arena *pymm_arena_new(void)
{
	struct pymm_arena *arena = kzalloc(sizeof(*arena), PYMM_GFP);

	if (!arena)
		return NULL;
	refcount_set(&arena->refs, 1);
	arena->id = atomic_inc_return(&pymm_next_arena_id);
	arena->uid = current_uid();
	mutex_init(&arena->lock);
	init_waitqueue_head(&arena->handed);
	spin_lock_init(&arena->locks);
	arena->heap.max_objects = PYMM_MAX_OBJECTS;
	arena->heap.max_bytes = 256U << 20;
	arena->max_threads = 1024;
	arena->hash_seed = get_random_u32();
	pymm_gc_init(&arena->gc);
	pymm_gil_init(&arena->gil);
	INIT_LIST_HEAD(&arena->threads);
	init_llist_head(&arena->orphans);
	INIT_LIST_HEAD(&arena->dying);
	INIT_WORK(&arena->reap_work, pymm_arena_reap_work);
	INIT_WORK(&arena->free_work, pymm_arena_free_work);
	return arena;
}

/** pymm_arena_get() - take a reference */
void pymm_arena_get(struct pymm_arena *arena)
{
	refcount_inc(&arena->refs);
}

/** pymm_arena_put() - drop a reference; the last one frees the arena; may sleep */
void pymm_arena_put(struct pymm_arena *arena)
{
	if (!refcount_dec_and_test(&arena->refs))
		return;
	arena->dying_bytes = arena->heap.bytes;
	spin_lock(&pymm_dying_lock);
	list_add(&arena->dying, &pymm_dying_arenas);
	spin_unlock(&pymm_dying_lock);
	if (arena->dying_bytes > PYMM_LARGE_ARENA)
		queue_work(pymm_workqueue, &arena->free_work);
	else
		pymm_arena_free(arena);
}

static bool pymm_dying_few(void)
{
	struct pymm_arena *arena;
	u64 bytes = 0;

	spin_lock(&pymm_dying_lock);
	list_for_each_entry(arena, &pymm_dying_arenas, dying)
		if (uid_eq(arena->uid, current_uid()))
			bytes += arena->dying_bytes;
	spin_unlock(&pymm_dying_lock);
	return bytes <= PYMM_MAX_DYING;
}

/**
 * pymm_arena_wait_dying() - wait while the caller's dying arenas hold much memory
 *
 * Context: sleeps.
 *
 * Return: 0, or -ERESTARTSYS when the task is being killed.
 */
int pymm_arena_wait_dying(void)
{
	return wait_event_killable(pymm_dying_wait, pymm_dying_few());
}

/** pymm_arenas_init() - make what all arenas share; 0 or -ENOMEM */
int pymm_arenas_init(void)
{
	pymm_workqueue = alloc_workqueue("pymm", WQ_UNBOUND, 0);
	return pymm_workqueue ? 0 : -ENOMEM;
}

/** pymm_arenas_exit() - no file is open any more; waits until all arenas are freed */
void pymm_arenas_exit(void)
{
	/* Drains it first, with the freeing that reap work queues. */
	destroy_workqueue(pymm_workqueue);
}
