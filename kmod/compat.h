/* SPDX-License-Identifier: GPL-2.0-only */
/* What differs between the kernels that pymm builds for: 6.12 to 7.3. */
#ifndef _PYMM_COMPAT_H
#define _PYMM_COMPAT_H

#include <linux/hrtimer.h>
#include <linux/nsproxy.h>
#include <linux/sched.h>
#include <linux/time_namespace.h>
#include <linux/uaccess.h>
#include <linux/version.h>

#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 15, 0)
static inline void pymm_hrtimer_setup(struct hrtimer *timer,
				      enum hrtimer_restart (*function)(struct hrtimer *),
				      clockid_t clock, enum hrtimer_mode mode)
{
	hrtimer_init(timer, clock, mode);
	timer->function = function;
}
#else
#define pymm_hrtimer_setup	hrtimer_setup
#endif

/*
 * A CLOCK_MONOTONIC time of the caller's time namespace as the kernel counts it.
 * timens_ktime_to_host() does the same, but what it calls is not exported in 6.12.
 */
static inline ktime_t pymm_timens_to_host(ktime_t time)
{
#ifdef CONFIG_TIME_NS
	ktime_t offset = timespec64_to_ktime(current->nsproxy->time_ns->offsets.monotonic);

	if (ktime_before(time, offset))
		return 0;
	return time > KTIME_MAX + min_t(ktime_t, offset, 0) ? KTIME_MAX : ktime_sub(time, offset);
#else
	return time;
#endif
}

/* copy_struct_to_user() came with 6.14. */
static inline int pymm_copy_to_user(void __user *to, size_t usize, const void *from, size_t size)
{
	if (copy_to_user(to, from, min(usize, size)))
		return -EFAULT;
	if (usize > size && clear_user(to + size, usize - size))
		return -EFAULT;
	return 0;
}
#endif
