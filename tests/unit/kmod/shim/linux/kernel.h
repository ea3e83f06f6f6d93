/* SPDX-License-Identifier: GPL-2.0-only */
/* What has no state: compiler words, numbers, overflow, strings, errors. */
#ifndef SHIM_LINUX_KERNEL_H
#define SHIM_LINUX_KERNEL_H

#include <errno.h>
#include <linux/types.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <shim.h>

/* ---- the compiler ---- */

#define __user
#define __init
#define __exit
#define __printf(a, b)		__attribute__((format(printf, a, b)))
#ifndef __always_inline
#define __always_inline		inline __attribute__((always_inline))
#endif
/* Of sparse. */
#define __must_hold(lock)
#define noinline		__attribute__((noinline))
#define WARN_ON_ONCE(condition)	shim_check(!(condition), "%s:%d: %s", __FILE__, __LINE__, #condition)
#define likely(x)		__builtin_expect(!!(x), 1)
#define unlikely(x)		__builtin_expect(!!(x), 0)
#define fallthrough		__attribute__((fallthrough))
#define typeof			__typeof__
#define barrier()		__asm__ volatile("" : : : "memory")
#define READ_ONCE(x)		(*(const volatile typeof(x) *)&(x))
#define OPTIMIZER_HIDE_VAR(var)	asm("" : "=r"(var) : "0"(var))
#define WRITE_ONCE(x, value)	(*(volatile typeof(x) *)&(x) = (value))
#define static_assert(condition, ...)	_Static_assert(condition, #condition)
#define BUILD_BUG_ON_ZERO(e)	((int)sizeof(struct { int : (-!!(e)); }))
#define container_of(pointer, type, member) \
	((type *)((char *)(pointer) - offsetof(type, member)))
#define ARRAY_SIZE(array)	(sizeof(array) / sizeof((array)[0]))
/* 1 if @x is defined as 1, else 0: the kernel's way. */
#define SHIM_ARG_1		0,
#define SHIM_SECOND(a, b, ...)	b
#define SHIM_DEFINED3(junk)	SHIM_SECOND(junk 1, 0, 0)
#define SHIM_DEFINED2(x)	SHIM_DEFINED3(SHIM_ARG_##x)
#define __is_defined(x)		SHIM_DEFINED2(x)

/* ---- numbers ---- */

#define BIT(n)			(1UL << (n))
#define BIT_ULL(n)		(1ULL << (n))
#define S32_MIN			INT32_MIN
#define S32_MAX			INT32_MAX
#define U8_MAX	((u8)~0U)
#define U16_MAX	((u16)~0U)
#define U32_MAX			UINT32_MAX
#define S64_MIN			((s64)INT64_MIN)
#define S64_MAX			((s64)INT64_MAX)
#define U64_MAX			((u64)UINT64_MAX)
#define PAGE_SIZE		4096UL
#define PAGE_MASK		(~(PAGE_SIZE - 1))

#define min_t(type, a, b)	({ type __a = (a), __b = (b); __a < __b ? __a : __b; })
#define max_t(type, a, b)	({ type __a = (a), __b = (b); __a > __b ? __a : __b; })
/* As the kernel's, they refuse operands of different signedness. */
#define SHIM_SIGNED(x)		((typeof(x))-1 < (typeof(x))1)
#define SHIM_MINMAX(a, b, op)	({						\
	_Static_assert(SHIM_SIGNED(a) == SHIM_SIGNED(b), "signed and unsigned");	\
	typeof(a) __a = (a);							\
	typeof(b) __b = (b);							\
	__a op __b ? __a : __b; })
#define min(a, b)		SHIM_MINMAX(a, b, <)
#define max(a, b)		SHIM_MINMAX(a, b, >)
#define swap(a, b)		do { typeof(a) __t = (a); (a) = (b); (b) = __t; } while (0)
#define round_up(x, y)		((((x) - 1) | ((typeof(x))(y) - 1)) + 1)
#define hweight32(x)		((unsigned int)__builtin_popcount(x))
#define div64_s64(a, b)		((s64)(a) / (s64)(b))
#define div64_u64(a, b)		((u64)(a) / (u64)(b))
#define roundup_pow_of_two(n)	((n) < 2 ? 1UL : 1UL << (64 - __builtin_clzl((n) - 1)))

#define check_add_overflow(a, b, d)	__builtin_add_overflow(a, b, d)
#define check_sub_overflow(a, b, d)	__builtin_sub_overflow(a, b, d)
#define check_mul_overflow(a, b, d)	__builtin_mul_overflow(a, b, d)

static inline size_t array_size(size_t a, size_t b)
{
	size_t size;

	return __builtin_mul_overflow(a, b, &size) ? SIZE_MAX : size;
}

static inline size_t size_add(size_t a, size_t b)
{
	return a + b < a ? SIZE_MAX : a + b;
}

#define sizeof_field(type, member)	sizeof(((type *)0)->member)
#define struct_size_t(type, member, count)					\
	size_add(offsetof(type, member), array_size(count, sizeof(((type *)0)->member[0])))
#define struct_size(p, member, count)	struct_size_t(typeof(*(p)), member, count)

/* An index past the end is a bug here: what would guard against speculation checks it. */
static inline size_t shim_index(size_t index, size_t size)
{
	shim_check(index < size, "array_index_nospec() of %zu, but there are %zu", index, size);
	return index;
}
#define array_index_nospec(index, size)	((typeof(index))shim_index(index, size))

/* ---- errors ---- */

#define MAX_ERRNO		4095
#define ERESTARTSYS		512
#define IS_ERR(p)		((unsigned long)(p) >= (unsigned long)-MAX_ERRNO)
#define PTR_ERR(p)		((long)(p))
#define ERR_PTR(e)		((void *)(long)(e))

/* ---- strings, random numbers ---- */

static inline void *memchr_inv(const void *from, int c, size_t size)
{
	const u8 *at = from;

	for (; size; size--, at++)
		if (*at != (u8)c)
			return (void *)at;
	return NULL;
}

static inline u32 get_random_u32(void)
{
	return shim_random();
}

static inline u32 get_random_u32_below(u32 limit)
{
	return shim_random() % limit;
}

/* ---- modules ---- */

#define THIS_MODULE		NULL
#define MODULE_DESCRIPTION(x)
#define MODULE_LICENSE(x)
#define module_init(function)	int shim_module_init(void) { return function(); }
#define module_exit(function)	void shim_module_exit(void) { function(); }

#endif /* SHIM_LINUX_KERNEL_H */
