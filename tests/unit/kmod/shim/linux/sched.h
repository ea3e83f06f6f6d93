/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Tasks. Each is a pthread, of which one runs at a time: whoever sleeps, or is at a point where
 * the kernel could preempt it, hands over to another. So every run can be repeated.
 */
#ifndef SHIM_LINUX_SCHED_H
#define SHIM_LINUX_SCHED_H

#include <linux/kernel.h>

#define TASK_RUNNING		0
#define TASK_INTERRUPTIBLE	1
#define TASK_UNINTERRUPTIBLE	2
#define TASK_KILLABLE		4
#define TASK_FREEZABLE		8
#define PF_EXITING		4

/* ---- pids, users, time namespaces ---- */

#define PIDTYPE_PID		0

struct pid {
	int refs;
	struct task_struct *task;
};

typedef struct {
	unsigned int val;
} kuid_t;

struct timespec64 {
	s64 tv_sec;
	long tv_nsec;
};

struct nsproxy {
	struct {
		struct {
			struct timespec64 monotonic;
		} offsets;
	} *time_ns;
};

#define CONFIG_TIME_NS		1

struct task_struct {
	unsigned int flags;
	unsigned int state;
	struct nsproxy *nsproxy;
	kuid_t uid;
	struct pid *pid;
};

#define current			(shim_current())
#define current_uid()		(current->uid)
#define uid_eq(a, b)		((a).val == (b).val)

struct pid *get_task_pid(struct task_struct *task, int type);
void put_pid(struct pid *pid);
#define task_pid(task)		((task)->pid)

static inline struct task_struct *pid_task(struct pid *pid, int type)
{
	(void)type;
	return pid ? pid->task : NULL;
}

#define task_active_pid_ns(task)	((void)(task), NULL)

/* Tasks have no numbers. */
static inline int pid_nr_ns(struct pid *pid, void *ns)
{
	(void)ns;
	return pid && pid->task ? 1 : 0;
}

#define rcu_read_lock()		((void)0)
#define rcu_read_unlock()	((void)0)

/* ---- scheduling and signals ---- */

#define set_current_state(s)	(current->state = (s))
#define __set_current_state(s)	(current->state = (s))
#define schedule()		shim_schedule()
#define wake_up_process(task)	shim_wake(task)
#define cond_resched()		shim_tick()
#define cond_resched_tasks_rcu_qs()	shim_tick()
#define signal_pending(task)		shim_signal_pending(task)
#define fatal_signal_pending(task)	shim_fatal_signal_pending(task)

#endif /* SHIM_LINUX_SCHED_H */
