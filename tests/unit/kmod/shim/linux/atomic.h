/* SPDX-License-Identifier: GPL-2.0-only */
/* Atomics, which need not be: only one task runs at a time. */
#ifndef SHIM_LINUX_ATOMIC_H
#define SHIM_LINUX_ATOMIC_H

#include <linux/kernel.h>

typedef struct {
	int counter;
} atomic_t;

typedef struct {
	s64 counter;
} atomic64_t;

typedef struct {
	int refs;
} refcount_t;

#define ATOMIC_INIT(value)	{ (value) }
#define atomic_read(v)		((v)->counter)
#define atomic_inc(v)		((void)(v)->counter++)
#define atomic_dec(v)		((void)(v)->counter--)
#define atomic_inc_return(v)	(++(v)->counter)
#define atomic64_read(v)	((v)->counter)
#define atomic64_add(n, v)	((void)((v)->counter += (n)))

static inline void refcount_set(refcount_t *count, int refs)
{
	count->refs = refs;
}

static inline void refcount_inc(refcount_t *count)
{
	shim_check(count->refs > 0, "refcount_inc() of %d", count->refs);
	count->refs++;
}

static inline bool refcount_dec_and_test(refcount_t *count)
{
	shim_check(count->refs > 0, "refcount_dec_and_test() of %d", count->refs);
	return !--count->refs;
}

static inline bool test_and_set_bit_lock(long nr, unsigned long *bits)
{
	bool was = *bits & BIT(nr);

	*bits |= BIT(nr);
	return was;
}

static inline void clear_bit_unlock(long nr, unsigned long *bits)
{
	shim_check(*bits & BIT(nr), "clear_bit_unlock() of a bit that is not set");
	*bits &= ~BIT(nr);
}

#endif /* SHIM_LINUX_ATOMIC_H */
