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

struct pymm_gil_waiter {
	struct list_head node;
	struct task_struct *task;
};

/* What a trace event tells, kept until the spinlock is dropped. */
struct pymm_gil_event {
	u32 thread;
	u32 other;
	u64 ns;
	u64 ts;
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

static void pymm_gil_wake(struct pymm_gil *gil)
{
	struct pymm_gil_waiter *waiter;

	lockdep_assert_held(&gil->lock);
	waiter = list_first_entry_or_null(&gil->waiters, struct pymm_gil_waiter, node);
	if (waiter)
		wake_up_process(waiter->task);
}

/* The one that was woken for a free GIL has not come, as a frozen task does not. */
static void pymm_gil_wake_all(struct pymm_gil *gil)
{
	struct pymm_gil_waiter *waiter;

	lockdep_assert_held(&gil->lock);
	list_for_each_entry(waiter, &gil->waiters, node)
		wake_up_process(waiter->task);
}

/*
 * Until the next look. The switch interval counts only while a holder can still be asked to
 * drop the GIL; else the timer just sees to it that nobody who is gone is waited for.
 */
static ktime_t pymm_gil_next_look(const struct pymm_gil *gil)
{
	if (gil->holder && !gil->drop_request)
		return ns_to_ktime(max_t(u64, gil->interval_ns, PYMM_GIL_MIN_INTERVAL_NS));
	return ns_to_ktime(PYMM_GIL_BEAT_NS);
}

static void pymm_gil_arm(struct pymm_gil *gil)
{
	lockdep_assert_held(&gil->lock);
	gil->timer_switch_number = gil->switch_number;
	hrtimer_start(&gil->timer, pymm_gil_next_look(gil), HRTIMER_MODE_REL_SOFT);
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
	pymm_gil_wake(gil);
}

static bool pymm_gil_holder_dead(struct pymm_gil *gil)
{
	struct task_struct *task;
	bool dead;

	rcu_read_lock();
	task = pid_task(gil->holder_pid, PIDTYPE_PID);
	dead = !task || (READ_ONCE(task->flags) & PF_EXITING);
	rcu_read_unlock();
	return dead;
}

static enum hrtimer_restart pymm_gil_timer(struct hrtimer *timer)
{
	struct pymm_gil *gil = container_of(timer, struct pymm_gil, timer);
	struct pymm_arena *arena = container_of(gil, struct pymm_arena, gil);
	struct pymm_gil_event event = {};
	bool again;

	spin_lock(&gil->lock);
	if (!gil->holder) {
		pymm_gil_wake_all(gil);
	} else if (pymm_gil_holder_dead(gil)) {
		pymm_gil_abandon_locked(gil);
	} else if (gil->nr_waiters && !gil->drop_request &&
		   gil->switch_number == gil->timer_switch_number) {
		/* Pairs with the READ_ONCE() in pymm_checkpoint(). */
		WRITE_ONCE(gil->drop_request, true);
		gil->drop_requests++;
		event = (struct pymm_gil_event){ .thread = gil->holder->id, .ts = ktime_get_ns() };
	}
	gil->timer_switch_number = gil->switch_number;
	/* Somebody can have armed it anew while this waited for the lock. */
	again = gil->nr_waiters && !hrtimer_is_queued(timer);
	if (again)
		hrtimer_forward_now(timer, pymm_gil_next_look(gil));
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

/* ---- acquire ---- */

static void pymm_gil_grant(struct pymm_thread *thread, u64 waited_since,
			   struct pymm_gil_event *event)
{
	struct pymm_gil_stat *stat = &thread->gil_stat;
	struct pymm_gil *gil = &thread->arena->gil;
	u64 now = ktime_get_ns();

	lockdep_assert_held(&gil->lock);
	*event = (struct pymm_gil_event){ .other = gil->last_holder, .ts = now };
	gil->holder = thread;
	gil->holder_pid = get_task_pid(current, PIDTYPE_PID);
	gil->acquired_ns = now;
	WRITE_ONCE(gil->drop_request, false);
	if (gil->last_holder != thread->id) {
		gil->last_holder = thread->id;
		gil->switch_number++;
		wake_up_all(&gil->switched);
		if (gil->nr_waiters)
			pymm_gil_arm(gil);
	}
	if (gil->owner_died)
		thread->owner_died = true;
	gil->owner_died = false;
	stat->acquires++;
	if (waited_since) {
		event->ns = now - waited_since;
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

static bool pymm_gil_try(struct pymm_thread *thread, u64 waited_since,
			 struct pymm_gil_event *event)
{
	struct pymm_gil *gil = &thread->arena->gil;

	if (gil->holder && pymm_gil_holder_dead(gil))
		pymm_gil_abandon_locked(gil);
	if (gil->holder && pymm_defect(GIL_TWO))
		pymm_gil_intrude(gil);
	if (gil->holder)
		return false;
	pymm_gil_grant(thread, waited_since, event);
	return true;
}

/* The waiter is on the list, and gil->lock held, on entry and on return. */
static int pymm_gil_wait(struct pymm_thread *thread, ktime_t deadline, u64 since,
			 struct pymm_gil_event *event)
{
	struct pymm_gil *gil = &thread->arena->gil;
	bool late = false;
	int err = 0;

	while (!err) {
		set_current_state(TASK_INTERRUPTIBLE | TASK_FREEZABLE);
		if (pymm_gil_try(thread, since, event))
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

static int pymm_gil_queue(struct pymm_thread *thread, ktime_t deadline,
			  struct pymm_gil_event *event)
{
	struct pymm_gil *gil = &thread->arena->gil;
	struct pymm_gil_waiter waiter = { .task = current };
	u64 since = ktime_get_ns();
	u32 holder = gil->holder->id;
	int err;

	list_add_tail(&waiter.node, &gil->waiters);
	if (!gil->nr_waiters++)
		pymm_gil_arm(gil);
	if (trace_pymm_gil_request_enabled()) {
		spin_unlock_bh(&gil->lock);
		trace_pymm_gil_request(thread->arena->id, thread->id, holder, 0, since);
		spin_lock_bh(&gil->lock);
	}
	err = pymm_gil_wait(thread, deadline, since, event);
	list_del(&waiter.node);
	if (!--gil->nr_waiters)
		wake_up_all(&gil->switched);
	/* This task may have been the one that was woken for a free GIL. */
	if (err && !gil->holder)
		pymm_gil_wake(gil);
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
	if (!pymm_gil_try(thread, 0, &event))
		err = pymm_gil_queue(thread, deadline, &event);
	spin_unlock_bh(&gil->lock);
	if (!err)
		trace_pymm_gil_acquire(thread->arena->id, thread->id, event.other, event.ns,
				       event.ts);
	return err;
}

/* ---- release ---- */

static void pymm_gil_account_hold(struct pymm_thread *thread, struct pymm_gil_event *event)
{
	struct pymm_gil_stat *stat = &thread->gil_stat;

	event->ts = ktime_get_ns();
	event->ns = event->ts - thread->arena->gil.acquired_ns;
	stat->holds++;
	stat->hold_ns += event->ns;
	stat->hold_max_ns = max(stat->hold_max_ns, event->ns);
}

static bool pymm_gil_switched(struct pymm_gil *gil, u64 switch_number)
{
	bool done;

	spin_lock_bh(&gil->lock);
	done = gil->switch_number != switch_number || !gil->nr_waiters;
	spin_unlock_bh(&gil->lock);
	return done;
}

/**
 * pymm_gil_drop() - release the GIL
 * @thread: the thread that holds it
 * @requested: because a waiter asked for it: wait until another thread has taken it,
 *	as long as there are waiters (forced switch)
 *
 * Context: sleeps; arena->lock not held.
 *
 * Return: 0, -EPERM when @thread does not hold it, or -EINTR when the task was killed
 * during the forced switch; the GIL is released then too.
 */
int pymm_gil_drop(struct pymm_thread *thread, bool requested)
{
	struct pymm_gil *gil = &thread->arena->gil;
	struct pymm_gil_event event = {};
	u64 switch_number;
	bool forced;

	spin_lock_bh(&gil->lock);
	if (gil->holder != thread) {
		spin_unlock_bh(&gil->lock);
		return -EPERM;
	}
	forced = gil->drop_request && gil->nr_waiters;
	pymm_gil_account_hold(thread, &event);
	thread->gil_stat.drops += requested;
	gil->forced_switches += forced;
	gil->holder = NULL;
	put_pid(gil->holder_pid);
	gil->holder_pid = NULL;
	WRITE_ONCE(gil->drop_request, false);
	switch_number = gil->switch_number;
	pymm_gil_wake(gil);
	spin_unlock_bh(&gil->lock);
	trace_pymm_gil_release(thread->arena->id, thread->id, 0, event.ns, event.ts);
	if (!forced)
		return 0;
	return wait_event_state(gil->switched, pymm_gil_switched(gil, switch_number),
				(TASK_KILLABLE | TASK_FREEZABLE)) ? -EINTR : 0;
}

static bool pymm_gil_held_locked(struct pymm_thread *thread)
{
	struct pymm_gil *gil = &thread->arena->gil;

	lockdep_assert_held(&gil->lock);
	if (gil->holder == thread && pymm_gil_holder_dead(gil))
		pymm_gil_abandon_locked(gil);
	return gil->holder == thread;
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
