// SPDX-License-Identifier: GPL-2.0-only
/*
 * The GIL, as CPython's (semantics.md 5a): a flag guarded by a spinlock, not a lock that is
 * held while running, so that it can be held across returns to user space.
 *
 * A waiter that has waited for the switch interval has the holder's drop request set, unless
 * there was a switch meanwhile. The holder obeys at its next check point, and then waits until
 * somebody else has taken the GIL (forced switch). Who takes it is not promised: a waiter is
 * woken in order of arrival, and competes.
 *
 * A holder that is gone is noticed by whoever wants the GIL, and by the timer: the release of
 * its thread file abandons the GIL at once, and the end of the task that acquired it is seen
 * by its pid.
 */
#include <linux/ktime.h>
#include <linux/pid.h>
#include <linux/random.h>
#include <linux/sched/signal.h>

#include "compat.h"
#include "core.h"
#include "defect.h"
#include "trace.h"

/* CPython's waits are not shorter either: timer slack and wake-up dominate below. */
#define PYMM_GIL_MIN_INTERVAL_NS	50000
/* How often it is looked at whether holder and waiters are still there. */
#define PYMM_GIL_BEAT_NS		(50 * NSEC_PER_MSEC)
/* How many of those who wait are woken when the one whose turn it is does not come. */
#define PYMM_GIL_WOKEN			16
/* How many of those who wait are asked whether they came before one who was interrupted. */
#define PYMM_GIL_SOUGHT			64

/* What a trace event tells, kept until the spinlock is dropped; @asked: to drop it again. */
struct pymm_gil_event {
	u32 thread;
	u32 other;
	u64 ns;
	u64 ts;
	bool asked;
};

/** pymm_sleep_until() - sleep in the task state set; true when @deadline has passed */
bool pymm_sleep_until(ktime_t deadline)
{
	if (deadline == KTIME_MAX) {
		schedule();
		return false;
	}
	return !schedule_hrtimeout_range(&deadline, 0, HRTIMER_MODE_ABS);
}

static struct pymm_gil_waiter *pymm_gil_find(struct pymm_gil *gil, u32 thread)
{
	struct pymm_gil_waiter *waiter;

	lockdep_assert_held(&gil->lock);
	list_for_each_entry(waiter, &gil->waiters, node)
		if (waiter->thread == thread)
			return waiter;
	return NULL;
}

/* The first one of those whom the policy has called urgent, if it knows such at all. */
static struct pymm_gil_waiter *pymm_gil_urgent(struct pymm_gil *gil)
{
	if (!gil->policy->urgent)
		return NULL;
	return list_first_entry_or_null(&gil->urgent, struct pymm_gil_waiter, urgent);
}

/* Who is next; the policy's answer counts if that one does wait. */
static struct pymm_gil_waiter *pymm_gil_next(struct pymm_gil *gil)
{
	struct pymm_gil_waiter *first, *urgent;
	struct pymm_gil_choice choice;
	u32 next;

	first = list_first_entry_or_null(&gil->waiters, struct pymm_gil_waiter, node);
	if (!first)
		return NULL;
	urgent = pymm_gil_urgent(gil);
	choice = (struct pymm_gil_choice){
		.first = first->thread,
		.urgent = urgent ? urgent->thread : 0,
		.waited_ns = gil->free_ns - min(gil->free_ns, first->since),
		.interval_ns = gil->interval_ns,
	};
	next = gil->policy->next(&choice);
	if (next == first->thread)
		return first;
	if (urgent && next == urgent->thread)
		return urgent;
	return pymm_gil_find(gil, next) ?: first;
}

/* The GIL is free: who waits for it can have it. */
static void pymm_gil_pass(struct pymm_gil *gil)
{
	struct pymm_gil_waiter *next;

	lockdep_assert_held(&gil->lock);
	gil->free_ns = ktime_get_ns();
	next = pymm_gil_next(gil);
	gil->offered = gil->policy->handoff ? next : NULL;
	if (next)
		wake_up_process(next->task);
}

/* The holder is asked to drop it; false if it was before, or there is none. */
static bool pymm_gil_ask(struct pymm_gil *gil)
{
	lockdep_assert_held(&gil->lock);
	if (!gil->holder || gil->drop_request)
		return false;
	/* Pairs with the READ_ONCE() in pymm_checkpoint(). */
	WRITE_ONCE(gil->drop_request, true);
	gil->drop_requests++;
	return true;
}

/*
 * The one that was woken for a free GIL has not come, as a frozen task does not: others have their
 * turn before it, and whoever comes first may take the GIL. Who waits for a switch does so no more.
 */
static void pymm_gil_stalled(struct pymm_gil *gil)
{
	struct pymm_gil_waiter *waiter = gil->offered;
	u32 woken = 0;

	lockdep_assert_held(&gil->lock);
	if (!waiter)
		waiter = list_first_entry_or_null(&gil->waiters, struct pymm_gil_waiter, node);
	if (!waiter)
		return;
	list_move_tail(&waiter->node, &gil->waiters);
	list_del_init(&waiter->urgent);
	gil->offered = NULL;
	list_for_each_entry(waiter, &gil->waiters, node) {
		wake_up_process(waiter->task);
		if (++woken == PYMM_GIL_WOKEN)
			break;
	}
	wake_up_all(&gil->switched);
}

/* When the holder is asked, if nobody asks before: somebody has waited for an interval then. */
static void pymm_gil_ask_after(struct pymm_gil *gil, u64 since)
{
	gil->ask_ns = since + max_t(u64, gil->interval_ns, PYMM_GIL_MIN_INTERVAL_NS);
}

/*
 * Until the next look: whether it is time to ask, and whether those who are waited for are still
 * there.
 */
static ktime_t pymm_gil_next_look(const struct pymm_gil *gil, u64 now)
{
	u64 left = PYMM_GIL_BEAT_NS;

	if (gil->holder && !gil->drop_request)
		left = min(left, gil->ask_ns - min(gil->ask_ns, now));
	return ns_to_ktime(left);
}

static void pymm_gil_arm(struct pymm_gil *gil, u64 now)
{
	lockdep_assert_held(&gil->lock);
	hrtimer_start(&gil->timer, pymm_gil_next_look(gil, now), HRTIMER_MODE_REL_SOFT);
}

/* The holder is gone: the GIL is free, and the next one to take it is told. */
static void pymm_gil_abandon_locked(struct pymm_gil *gil)
{
	lockdep_assert_held(&gil->lock);
	gil->holder = NULL;
	put_pid(gil->holder_pid);
	gil->holder_pid = NULL;
	gil->owner_died = true;
	gil->abandoned++;
	WRITE_ONCE(gil->drop_request, false);
	pymm_gil_pass(gil);
}

/** pymm_task_gone() - has the task of a pid ended, or is it about to? */
bool pymm_task_gone(struct pid *pid)
{
	struct task_struct *task;
	bool gone;

	rcu_read_lock();
	task = pid_task(pid, PIDTYPE_PID);
	gone = !task || (READ_ONCE(task->flags) & PF_EXITING);
	rcu_read_unlock();
	return gone;
}

static enum hrtimer_restart pymm_gil_timer(struct hrtimer *timer)
{
	struct pymm_gil *gil = container_of(timer, struct pymm_gil, timer);
	struct pymm_arena *arena = container_of(gil, struct pymm_arena, gil);
	struct pymm_gil_event event = {};
	bool again;

	spin_lock(&gil->lock);
	event.ts = ktime_get_ns();
	if (!gil->holder) {
		if (event.ts - gil->free_ns >= PYMM_GIL_BEAT_NS)
			pymm_gil_stalled(gil);
	} else if (pymm_task_gone(gil->holder_pid)) {
		pymm_gil_abandon_locked(gil);
	} else if (gil->nr_waiters && event.ts >= gil->ask_ns && pymm_gil_ask(gil)) {
		event.thread = gil->holder->id;
	}
	/* Somebody can have armed it anew while this waited for the lock. */
	again = gil->nr_waiters && !hrtimer_is_queued(timer);
	if (again)
		hrtimer_forward_now(timer, pymm_gil_next_look(gil, event.ts));
	spin_unlock(&gil->lock);
	if (event.thread)
		trace_pymm_gil_drop_request(arena->id, event.thread, 0, 0, event.ts);
	return again ? HRTIMER_RESTART : HRTIMER_NORESTART;
}

/** pymm_gil_init() - a free GIL with CPython's switch interval */
void pymm_gil_init(struct pymm_gil *gil)
{
	spin_lock_init(&gil->lock);
	INIT_LIST_HEAD(&gil->waiters);
	INIT_LIST_HEAD(&gil->urgent);
	gil->policy = pymm_gil_policy(PYMM_POLICY_CPYTHON);
	init_waitqueue_head(&gil->switched);
	pymm_hrtimer_setup(&gil->timer, pymm_gil_timer, CLOCK_MONOTONIC, HRTIMER_MODE_REL_SOFT);
	gil->interval_ns = 5 * NSEC_PER_MSEC;
}

/** pymm_gil_shutdown() - stop the timer; nobody can reach the arena any more */
void pymm_gil_shutdown(struct pymm_gil *gil)
{
	hrtimer_cancel(&gil->timer);
	put_pid(gil->holder_pid);
}

/**
 * pymm_gil_set_policy() - let another policy say who is next
 * @gil: the GIL
 * @number: enum pymm_policy, a known one
 *
 * Those who wait stay in the order in which they came.
 */
void pymm_gil_set_policy(struct pymm_gil *gil, u32 number)
{
	spin_lock_bh(&gil->lock);
	gil->policy = pymm_gil_policy(number);
	if (!gil->holder)
		pymm_gil_pass(gil);
	spin_unlock_bh(&gil->lock);
}

/** pymm_gil_set_interval() - another switch interval, in ns, for those who wait as well */
void pymm_gil_set_interval(struct pymm_gil *gil, u64 interval_ns)
{
	u64 now = ktime_get_ns();

	spin_lock_bh(&gil->lock);
	gil->interval_ns = interval_ns;
	if (gil->nr_waiters) {
		gil->ask_ns = min_t(u64, gil->ask_ns,
				    now + max_t(u64, interval_ns, PYMM_GIL_MIN_INTERVAL_NS));
		pymm_gil_arm(gil, now);
	}
	spin_unlock_bh(&gil->lock);
}

/* ---- acquire ---- */

/* What one who has to give way to urgent ones has at least, after an interval without it. */
static u64 pymm_gil_share(const struct pymm_gil *gil)
{
	return max_t(u64, gil->interval_ns / 8, PYMM_GIL_MIN_INTERVAL_NS);
}

/*
 * Until when nobody urgent asks a thread for the GIL that it has had to wait for. Those of them who
 * come all the time would else leave an instruction at a time to one who computes.
 */
static u64 pymm_gil_keep_until(const struct pymm_gil *gil, const struct pymm_gil_stat *stat,
			       u64 waited, u64 now)
{
	u64 share = pymm_gil_share(gil);

	if (waited < gil->interval_ns || !stat->dropped || stat->held_ns >= share)
		return now;
	return now + share;
}

/* Somebody urgent wants the GIL: whether the holder is asked; else it will be. */
static bool pymm_gil_ask_urgently(struct pymm_gil *gil, u64 now)
{
	if (now >= gil->keep_ns)
		return pymm_gil_ask(gil);
	gil->ask_ns = min(gil->ask_ns, gil->keep_ns);
	pymm_gil_arm(gil, now);
	return false;
}

/* @waiter is that of the thread, or NULL: it came just now. */
static void pymm_gil_grant(struct pymm_thread *thread, const struct pymm_gil_waiter *waiter,
			   struct pymm_gil_event *event)
{
	struct pymm_gil_stat *stat = &thread->gil_stat;
	struct pymm_gil *gil = &thread->arena->gil;
	u64 now = ktime_get_ns();

	lockdep_assert_held(&gil->lock);
	*event = (struct pymm_gil_event){ .other = gil->last_holder, .ts = now };
	gil->holder = thread;
	gil->holder_pid = get_task_pid(current, PIDTYPE_PID);
	gil->offered = NULL;
	gil->acquired_ns = now;
	gil->keep_ns = pymm_gil_keep_until(gil, stat, waiter ? now - waiter->since : 0, now);
	WRITE_ONCE(gil->drop_request, false);
	if (gil->last_holder != thread->id) {
		gil->last_holder = thread->id;
		gil->switch_number++;
		gil->switched_ns = now;
		wake_up_all(&gil->switched);
		pymm_gil_ask_after(gil, now);
		if (gil->nr_waiters)
			pymm_gil_arm(gil, now);
	}
	/* Those who are urgent let each other end. */
	if (pymm_gil_urgent(gil) && (!waiter || list_empty(&waiter->urgent)))
		event->asked = pymm_gil_ask_urgently(gil, now);
	if (gil->owner_died)
		thread->owner_died = true;
	gil->owner_died = false;
	stat->acquires++;
	if (waiter) {
		event->ns = now - waiter->since;
		stat->waits++;
		stat->wait_ns += event->ns;
		stat->wait_max_ns = max(stat->wait_max_ns, event->ns);
	}
}

/* The defect: now and then somebody is let in beside the holder. */
static void pymm_gil_intrude(struct pymm_gil *gil)
{
	if (get_random_u32_below(64))
		return;
	pymm_gil_abandon_locked(gil);
	gil->owner_died = false;
}

/* May the thread take a GIL that nobody holds? */
static bool pymm_gil_is_for(const struct pymm_gil *gil, const struct pymm_gil_waiter *waiter)
{
	return !gil->offered || gil->offered == waiter;
}

static bool pymm_gil_try(struct pymm_thread *thread, const struct pymm_gil_waiter *waiter,
			 struct pymm_gil_event *event)
{
	struct pymm_gil *gil = &thread->arena->gil;

	if (gil->holder && pymm_task_gone(gil->holder_pid))
		pymm_gil_abandon_locked(gil);
	if (gil->holder && pymm_defect(GIL_TWO))
		pymm_gil_intrude(gil);
	if (gil->holder || !pymm_gil_is_for(gil, waiter))
		return false;
	pymm_gil_grant(thread, waiter, event);
	return true;
}

/* The waiter is on the list, and gil->lock held, on entry and on return. */
static int pymm_gil_wait(struct pymm_thread *thread, ktime_t deadline,
			 const struct pymm_gil_waiter *waiter, struct pymm_gil_event *event)
{
	struct pymm_gil *gil = &thread->arena->gil;
	bool late = false;
	int err = 0;

	while (!err) {
		set_current_state(TASK_INTERRUPTIBLE | TASK_FREEZABLE);
		if (pymm_gil_try(thread, waiter, event))
			break;
		err = late ? -ETIMEDOUT : signal_pending(current) ? -EINTR : 0;
		if (err)
			break;
		spin_unlock_bh(&gil->lock);
		late = pymm_sleep_until(deadline);
		spin_lock_bh(&gil->lock);
	}
	__set_current_state(TASK_RUNNING);
	return err;
}

/* Does a thread that begins to wait ask at once, and go before others? */
static bool pymm_gil_is_urgent(const struct pymm_thread *thread, u64 now)
{
	const struct pymm_gil_policy *policy = thread->arena->gil.policy;
	const struct pymm_gil_stat *stat = &thread->gil_stat;
	struct pymm_gil_request request = {
		.thread = thread->id,
		.dropped = stat->dropped,
		.held_ns = stat->held_ns,
		.away_ns = stat->holds ? now - stat->left_ns : U64_MAX,
	};

	return policy->urgent && policy->urgent(&request);
}

/*
 * Since when a thread waits: a signal does not end that, if it comes again at once. Its task would
 * else wait for ever where signals come more often than its turn.
 */
static u64 pymm_gil_since(const struct pymm_gil_stat *stat, u64 now)
{
	if (stat->interrupted_since && now - stat->interrupted_ns < PYMM_GIL_BEAT_NS)
		return stat->interrupted_since;
	return now;
}

/* In order of arrival; who was interrupted is looked for among the first ones, no further. */
static void pymm_gil_insert(struct pymm_gil *gil, struct pymm_gil_waiter *waiter, bool again)
{
	struct list_head *before = &gil->waiters;
	struct pymm_gil_waiter *other;
	u32 sought = 0;

	if (again) {
		list_for_each_entry(other, &gil->waiters, node) {
			if (other->since > waiter->since)
				before = &other->node;
			if (before != &gil->waiters || ++sought == PYMM_GIL_SOUGHT)
				break;
		}
	}
	list_add_tail(&waiter->node, before);
}

static void pymm_gil_enqueue(struct pymm_thread *thread, struct pymm_gil_waiter *waiter,
			     struct pymm_gil_event *event)
{
	struct pymm_gil *gil = &thread->arena->gil;
	u64 now = ktime_get_ns();

	waiter->task = current;
	waiter->thread = thread->id;
	waiter->since = pymm_gil_since(&thread->gil_stat, now);
	thread->gil_stat.waiting_since = waiter->since;
	INIT_LIST_HEAD(&waiter->urgent);
	pymm_gil_insert(gil, waiter, waiter->since != now);
	if (!gil->nr_waiters++) {
		pymm_gil_ask_after(gil, max(waiter->since, gil->switched_ns));
		pymm_gil_arm(gil, now);
	}
	event->thread = gil->holder ? gil->holder->id : gil->offered->thread;
	if (!pymm_gil_is_urgent(thread, now))
		return;
	list_add_tail(&waiter->urgent, &gil->urgent);
	if (gil->holder)
		event->asked = pymm_gil_ask_urgently(gil, now);
}

static void pymm_gil_dequeue(struct pymm_thread *thread, struct pymm_gil_waiter *waiter, int err)
{
	struct pymm_gil *gil = &thread->arena->gil;
	struct pymm_gil_stat *stat = &thread->gil_stat;

	stat->waiting_since = 0;
	stat->interrupted_since = err == -EINTR ? waiter->since : 0;
	stat->interrupted_ns = ktime_get_ns();
	list_del(&waiter->node);
	list_del(&waiter->urgent);
	/* Had the GIL been free and for it, it had taken it, whatever else happened. */
	if (!--gil->nr_waiters)
		wake_up_all(&gil->switched);
}

/* Lets go of gil->lock for a moment. */
static void pymm_gil_trace_queued(struct pymm_thread *thread, u64 since,
				  struct pymm_gil_event *event)
	__must_hold(&thread->arena->gil.lock)
{
	struct pymm_gil *gil = &thread->arena->gil;

	spin_unlock_bh(&gil->lock);
	trace_pymm_gil_request(thread->arena->id, thread->id, event->thread, 0, since);
	if (event->asked)
		trace_pymm_gil_drop_request(thread->arena->id, event->thread, thread->id, 0, since);
	event->asked = false;
	spin_lock_bh(&gil->lock);
}

static int pymm_gil_queue(struct pymm_thread *thread, ktime_t deadline,
			  struct pymm_gil_event *event)
{
	struct pymm_gil_waiter waiter;
	int err;

	pymm_gil_enqueue(thread, &waiter, event);
	if (event->asked || trace_pymm_gil_request_enabled())
		pymm_gil_trace_queued(thread, waiter.since, event);
	err = pymm_gil_wait(thread, deadline, &waiter, event);
	pymm_gil_dequeue(thread, &waiter, err);
	return err;
}

/**
 * pymm_gil_take() - acquire the GIL
 * @thread: a thread that does not hold it, run by this task
 * @deadline: CLOCK_MONOTONIC; KTIME_MAX for none
 *
 * Sets thread->owner_died when the last holder went without releasing it.
 *
 * Context: sleeps; arena->lock not held.
 *
 * Return: 0, even if a signal or the deadline came too; -EINTR or -ETIMEDOUT.
 */
int pymm_gil_take(struct pymm_thread *thread, ktime_t deadline)
{
	struct pymm_gil *gil = &thread->arena->gil;
	struct pymm_gil_event event = {};
	int err = 0;

	spin_lock_bh(&gil->lock);
	if (!pymm_gil_try(thread, NULL, &event))
		err = pymm_gil_queue(thread, deadline, &event);
	spin_unlock_bh(&gil->lock);
	if (err)
		return err;
	trace_pymm_gil_acquire(thread->arena->id, thread->id, event.other, event.ns, event.ts);
	if (event.asked)
		trace_pymm_gil_drop_request(thread->arena->id, thread->id, 0, 0, event.ts);
	return 0;
}

/* ---- release ---- */

static bool pymm_gil_held_locked(struct pymm_thread *thread)
{
	struct pymm_gil *gil = &thread->arena->gil;

	lockdep_assert_held(&gil->lock);
	if (gil->holder == thread && pymm_task_gone(gil->holder_pid))
		pymm_gil_abandon_locked(gil);
	return gil->holder == thread;
}

static void pymm_gil_account_hold(struct pymm_thread *thread, bool requested,
				  struct pymm_gil_event *event)
{
	struct pymm_gil_stat *stat = &thread->gil_stat;

	event->ts = ktime_get_ns();
	event->ns = event->ts - thread->arena->gil.acquired_ns;
	stat->holds++;
	stat->hold_ns += event->ns;
	stat->hold_max_ns = max(stat->hold_max_ns, event->ns);
	stat->drops += requested;
	stat->left_ns = event->ts;
	stat->held_ns = event->ns;
	stat->dropped = requested;
}

/* Another thread has had it since; or nobody wants it, or nobody who wants it comes. */
static bool pymm_gil_switched(struct pymm_gil *gil, u64 switch_number)
{
	bool done;

	spin_lock_bh(&gil->lock);
	done = gil->switch_number != switch_number || !gil->nr_waiters ||
	       (!gil->holder && ktime_get_ns() - gil->free_ns >= PYMM_GIL_BEAT_NS);
	spin_unlock_bh(&gil->lock);
	return done;
}

/**
 * pymm_gil_drop() - release the GIL
 * @thread: the thread that holds it
 * @requested: because a waiter asked for it, as the statistics tell
 *
 * If a waiter has asked for it, this waits until another thread has taken it, as long as there are
 * waiters that come for it (forced switch), unless the policy hands it over.
 *
 * Context: sleeps; arena->lock not held.
 *
 * Return: 0; -EPERM when @thread does not hold it, or the task that acquired it is gone, whom the
 * next one is told of; or -EINTR when the task was killed during the forced switch: the GIL is
 * released then too.
 */
int pymm_gil_drop(struct pymm_thread *thread, bool requested)
{
	struct pymm_gil *gil = &thread->arena->gil;
	struct pymm_gil_event event = {};
	u64 switch_number;
	bool forced;

	spin_lock_bh(&gil->lock);
	if (!pymm_gil_held_locked(thread)) {
		spin_unlock_bh(&gil->lock);
		return -EPERM;
	}
	/* Where the GIL is handed to somebody, its holder cannot take it again before that. */
	forced = gil->drop_request && gil->nr_waiters && !gil->policy->handoff;
	pymm_gil_account_hold(thread, requested, &event);
	gil->forced_switches += forced;
	gil->holder = NULL;
	put_pid(gil->holder_pid);
	gil->holder_pid = NULL;
	WRITE_ONCE(gil->drop_request, false);
	switch_number = gil->switch_number;
	pymm_gil_pass(gil);
	spin_unlock_bh(&gil->lock);
	trace_pymm_gil_release(thread->arena->id, thread->id, 0, event.ns, event.ts);
	if (!forced)
		return 0;
	return wait_event_state(gil->switched, pymm_gil_switched(gil, switch_number),
				(TASK_KILLABLE | TASK_FREEZABLE)) ? -EINTR : 0;
}

/**
 * pymm_gil_held() - does @thread hold the GIL?
 * @thread: the thread
 *
 * Return: whether it does; not if the task that acquired it for @thread is gone: it has
 * been abandoned then.
 */
bool pymm_gil_held(struct pymm_thread *thread)
{
	struct pymm_gil *gil = &thread->arena->gil;
	bool held;

	spin_lock_bh(&gil->lock);
	held = pymm_gil_held_locked(thread);
	spin_unlock_bh(&gil->lock);
	return held;
}

/**
 * pymm_gil_adopt() - this task answers for @thread from now on
 * @thread: the thread that the task is going to run
 *
 * Return: whether the thread holds the GIL; if not, the task has to take it.
 */
bool pymm_gil_adopt(struct pymm_thread *thread)
{
	struct pymm_gil *gil = &thread->arena->gil;
	struct pid *old = NULL;
	bool held;

	spin_lock_bh(&gil->lock);
	held = pymm_gil_held_locked(thread);
	if (held) {
		old = gil->holder_pid;
		gil->holder_pid = get_task_pid(current, PIDTYPE_PID);
	}
	spin_unlock_bh(&gil->lock);
	put_pid(old);
	return held;
}

/** pymm_gil_untold() - the caller fails, and is not told that the last holder had gone */
void pymm_gil_untold(struct pymm_thread *thread)
{
	struct pymm_gil *gil = &thread->arena->gil;

	spin_lock_bh(&gil->lock);
	gil->owner_died |= thread->owner_died;
	spin_unlock_bh(&gil->lock);
	thread->owner_died = false;
}

/** pymm_gil_abandon() - the file of @thread is gone; does not sleep */
void pymm_gil_abandon(struct pymm_thread *thread)
{
	struct pymm_gil *gil = &thread->arena->gil;

	spin_lock_bh(&gil->lock);
	if (gil->holder == thread)
		pymm_gil_abandon_locked(gil);
	spin_unlock_bh(&gil->lock);
}
