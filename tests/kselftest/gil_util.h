/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Taking the GIL and giving it up, and waiting for it.
 */
#ifndef GIL_UTIL_H
#define GIL_UTIL_H

#include "pymm_util.h"

/** pt_gil() - PYMM_IOC_GIL; @args may be NULL; 0 or negative errno */
int pt_gil(int thread, uint32_t op, uint64_t deadline, struct pymm_gil_args *args);

/** pt_gil_stat() - the thread's counters */
struct pymm_gil_args pt_gil_stat(int thread);

/** pt_gil_acquire() - without a deadline; 0, -EOWNERDEAD with the GIL, or negative errno without */
int pt_gil_acquire(int thread);

/** pt_gil_release() - 0 or negative errno */
int pt_gil_release(int thread);

/** pt_gil_held_by() - wait until the thread @id has it; false when it never does */
bool pt_gil_held_by(int arena, uint32_t id);

/** pt_gil_waited_for() - wait until so many wait for it; false when they never do */
bool pt_gil_waited_for(int arena, unsigned int waiters);

/** struct pt_waiter - an OS thread that takes the GIL and gives it up */
struct pt_waiter {
	pthread_t pthread;
	int thread;
	int ret;		/* of the acquire */
	bool done;
};

/** pt_waiter_start() - start it; see pt_gil_waited_for() */
void pt_waiter_start(struct pt_waiter *waiter, int thread);

/** pt_waiter_join() - what the acquire returned; 1 when it never did */
int pt_waiter_join(struct pt_waiter *waiter);

#endif /* GIL_UTIL_H */
