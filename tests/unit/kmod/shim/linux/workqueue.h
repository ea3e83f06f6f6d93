/* SPDX-License-Identifier: GPL-2.0-only */
/* Work is done by shim_work_flush(), or by a task of its own when all others sleep. */
#ifndef SHIM_LINUX_WORKQUEUE_H
#define SHIM_LINUX_WORKQUEUE_H

#include <linux/list.h>

#define WQ_UNBOUND	0

struct work_struct {
	void (*function)(struct work_struct *work);
	bool pending;
	struct list_head node;
};

struct workqueue_struct {
	char unused;
};

#define INIT_WORK(work, fn)	((void)(*(work) = (struct work_struct){ .function = (fn) }))
#define queue_work(queue, work)	((void)(queue), shim_work_add(work))
#define alloc_workqueue(name, flags, max) \
	((struct workqueue_struct *)shim_alloc(sizeof(struct workqueue_struct), PAGE_SIZE, true))

static inline void destroy_workqueue(struct workqueue_struct *queue)
{
	shim_work_flush();
	shim_free(queue);
}

#endif /* SHIM_LINUX_WORKQUEUE_H */
