// SPDX-License-Identifier: GPL-2.0
#include <errno.h>

#include "gil_util.h"

int pt_gil(int thread, uint32_t op, uint64_t deadline, struct pymm_gil_args *args)
{
	struct pymm_gil_args local = { .op = op, .deadline = deadline };
	int ret = pt_ioctl(thread, PYMM_IOC_GIL, &local);

	if (args)
		*args = local;
	return ret;
}

struct pymm_gil_args pt_gil_stat(int thread)
{
	struct pymm_gil_args args;

	pt_must(pt_gil(thread, PYMM_GIL_STAT, 0, &args), "GIL");
	return args;
}

int pt_gil_acquire(int thread)
{
	return pt_gil(thread, PYMM_GIL_ACQUIRE, PYMM_NO_DEADLINE, NULL);
}

int pt_gil_release(int thread)
{
	return pt_gil(thread, PYMM_GIL_RELEASE, 0, NULL);
}

bool pt_gil_held_by(int arena, uint32_t id)
{
	return pt_until(pt_stat(arena).gil_holder == id, PT_DEADLINE_MS);
}

bool pt_gil_waited_for(int arena, unsigned int waiters)
{
	return pt_until(pt_stat(arena).gil_waiters == waiters, PT_DEADLINE_MS);
}

static void *wait_for_gil(void *arg)
{
	struct pt_waiter *waiter = arg;

	waiter->ret = pt_gil_acquire(waiter->thread);
	if (!waiter->ret || waiter->ret == -EOWNERDEAD)
		pt_gil_release(waiter->thread);
	__atomic_store_n(&waiter->done, true, __ATOMIC_RELEASE);
	return NULL;
}

void pt_waiter_start(struct pt_waiter *waiter, int thread)
{
	*waiter = (struct pt_waiter){ .thread = thread };
	if (pthread_create(&waiter->pthread, NULL, wait_for_gil, waiter))
		pt_die("pthread_create");
}

int pt_waiter_join(struct pt_waiter *waiter)
{
	if (!pt_until(__atomic_load_n(&waiter->done, __ATOMIC_ACQUIRE), PT_DEADLINE_MS))
		return 1;
	pthread_join(waiter->pthread, NULL);
	return waiter->ret;
}
