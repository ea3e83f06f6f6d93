/* SPDX-License-Identifier: GPL-2.0-only */
/* User memory is memory, but for addresses that cannot be its, and what shim_fault() says. */
#ifndef SHIM_LINUX_UACCESS_H
#define SHIM_LINUX_UACCESS_H

#include <linux/kernel.h>

#define u64_to_user_ptr(x)	((void *)(uintptr_t)(x))

static inline unsigned long copy_from_user(void *to, const void *from, unsigned long size)
{
	if (shim_user_bad(from, size, false))
		return size;
	memcpy(to, from, size);
	return 0;
}

static inline unsigned long copy_to_user(void *to, const void *from, unsigned long size)
{
	if (shim_user_bad(to, size, true))
		return size;
	memcpy(to, from, size);
	return 0;
}

static inline unsigned long clear_user(void *to, unsigned long size)
{
	if (shim_user_bad(to, size, true))
		return size;
	memset(to, 0, size);
	return 0;
}

static inline size_t fault_in_safe_writeable(const char *at, size_t size)
{
	return shim_user_bad(at, size, true) ? size : 0;
}

static inline int copy_struct_from_user(void *to, size_t ksize, const void *from, size_t usize)
{
	if (usize > ksize) {
		if (shim_user_bad(from, usize, false))
			return -EFAULT;
		if (memchr_inv((const char *)from + ksize, 0, usize - ksize))
			return -E2BIG;
	} else {
		memset((char *)to + usize, 0, ksize - usize);
	}
	return copy_from_user(to, from, usize < ksize ? usize : ksize) ? -EFAULT : 0;
}

#endif /* SHIM_LINUX_UACCESS_H */
