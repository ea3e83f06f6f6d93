/* SPDX-License-Identifier: GPL-2.0-only */
/* Locks. A spinlock is never contended, as nobody hands over while holding one: it checks rules. */
#ifndef SHIM_LINUX_SPINLOCK_H
#define SHIM_LINUX_SPINLOCK_H

#include <linux/sched.h>

typedef struct spinlock {
	struct task_struct *owner;
	bool softirq;		/* was taken by a timer */
	bool process;		/* was taken by a task that let timers in */
	bool bh;		/* is taken with them kept out */
} spinlock_t;

/* @next: has waited once in vain; the next release gives it the mutex. */
struct mutex {
	struct task_struct *owner;
	struct task_struct *next;
};

#define DEFINE_SPINLOCK(name)	spinlock_t name
#define DEFINE_MUTEX(name)	struct mutex name

#define spin_lock_init(lock)	((void)(*(lock) = (spinlock_t){ 0 }))
#define spin_lock(lock)		shim_spin_lock(lock, false)
#define spin_unlock(lock)	shim_spin_unlock(lock, false)
#define spin_lock_bh(lock)	shim_spin_lock(lock, true)
#define spin_unlock_bh(lock)	shim_spin_unlock(lock, true)

#define mutex_init(m)		((void)(*(m) = (struct mutex){ 0 }))
#define mutex_destroy(mutex)	shim_check(!(mutex)->owner, "a mutex is destroyed that is held")
#define mutex_lock(mutex)	((void)shim_mutex_lock(mutex, false))
#define mutex_lock_killable(mutex)	shim_mutex_lock(mutex, true)
#define mutex_unlock(mutex)	shim_mutex_unlock(mutex)

#define lockdep_assert_held(lock) \
	shim_check((lock)->owner == current, "a lock is not held in %s()", __func__)

#endif /* SHIM_LINUX_SPINLOCK_H */
