/* SPDX-License-Identifier: GPL-2.0-only */
/* The clock stands still but for shim_tick(), and jumps to the next timer when all sleep. */
#ifndef SHIM_LINUX_HRTIMER_H
#define SHIM_LINUX_HRTIMER_H

#include <linux/list.h>
#include <linux/sched.h>
#include <time.h>

#define NSEC_PER_MSEC	1000000L
#define NSEC_PER_SEC	1000000000L
#define KTIME_MAX	((s64)INT64_MAX)
#define KTIME_SEC_MAX	(KTIME_MAX / NSEC_PER_SEC)

enum hrtimer_restart {
	HRTIMER_NORESTART,
	HRTIMER_RESTART,
};

enum hrtimer_mode {
	HRTIMER_MODE_ABS,
	HRTIMER_MODE_REL_SOFT,
};

struct hrtimer {
	enum hrtimer_restart (*function)(struct hrtimer *timer);
	ktime_t expires;
	bool queued;
	struct list_head node;
};

#define ktime_get()		((ktime_t)shim_now())
#define ktime_get_ns()		shim_now()
#define ns_to_ktime(ns)		((ktime_t)(ns))
#define ktime_before(a, b)	((a) < (b))
#define ktime_sub(a, b)		((a) - (b))
#define ktime_add_ns(a, ns)	((a) + (ns))

static inline ktime_t ktime_add_safe(ktime_t a, ktime_t b)
{
	ktime_t sum;

	return __builtin_add_overflow(a, b, &sum) || sum < 0 ? KTIME_MAX : sum;
}

static inline ktime_t timespec64_to_ktime(struct timespec64 time)
{
	return time.tv_sec * NSEC_PER_SEC + time.tv_nsec;
}

static inline void hrtimer_init(struct hrtimer *timer, clockid_t clock, enum hrtimer_mode mode)
{
	(void)clock;
	(void)mode;
	*timer = (struct hrtimer){ 0 };
}

static inline void hrtimer_start(struct hrtimer *timer, ktime_t after, enum hrtimer_mode mode)
{
	(void)mode;
	timer->expires = shim_now() + after;
	shim_timer_add(timer);
}

static inline void hrtimer_forward_now(struct hrtimer *timer, ktime_t interval)
{
	timer->expires = shim_now() + interval;
}

#define hrtimer_is_queued(timer)	((timer)->queued)
#define hrtimer_cancel(timer)		shim_timer_del(timer)
#define schedule_hrtimeout_range(deadline, delta, mode)	shim_schedule_until(*(deadline))

#endif /* SHIM_LINUX_HRTIMER_H */
