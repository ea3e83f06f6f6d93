/* SPDX-License-Identifier: GPL-2.0-only */
/* Wait queues: who waits for one is in its task. */
#ifndef SHIM_LINUX_WAIT_H
#define SHIM_LINUX_WAIT_H

#include <linux/sched.h>

typedef struct {
	char unused;
} wait_queue_head_t;

#define DECLARE_WAIT_QUEUE_HEAD(name)	wait_queue_head_t name
#define init_waitqueue_head(wait)	((void)(wait))
#define wake_up_all(wait)		shim_wake_all(wait)

#define wait_event_state(wait, condition, task_state)				\
({										\
	int __ret = 0;								\
										\
	for (;;) {								\
		shim_wait_prepare(&(wait), task_state);				\
		if (condition)							\
			break;							\
		if (fatal_signal_pending(current)) {				\
			__ret = -ERESTARTSYS;					\
			break;							\
		}								\
		shim_schedule();						\
	}									\
	shim_wait_finish();							\
	__ret;									\
})
#define wait_event_killable(wait, condition) \
	wait_event_state(wait, condition, TASK_KILLABLE)

#endif /* SHIM_LINUX_WAIT_H */
