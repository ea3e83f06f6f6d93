/* SPDX-License-Identifier: GPL-2.0-only */
/* Hashes of the kernel's kind. shim_hash() can be told to let all of them collide. */
#ifndef SHIM_LINUX_HASH_H
#define SHIM_LINUX_HASH_H

#include <linux/kernel.h>

static inline u32 hash_32(u32 value, unsigned int bits)
{
	return shim_hash(value * 0x61C88647U >> (32 - bits));
}

static inline u32 hash_64(u64 value, unsigned int bits)
{
	return shim_hash(value * 0x61C8864680B583EBULL >> (64 - bits));
}

#endif /* SHIM_LINUX_HASH_H */
