/* SPDX-License-Identifier: GPL-2.0-only */
/* Not Jenkins' hash: another one (FNV-1a) with the same use. */
#ifndef SHIM_LINUX_JHASH_H
#define SHIM_LINUX_JHASH_H

#include <linux/kernel.h>

static inline u32 jhash(const void *key, u32 length, u32 seed)
{
	const u8 *at = key;
	u32 hash = seed ^ 0x811c9dc5;

	for (; length; length--)
		hash = (hash ^ *at++) * 0x01000193;
	return shim_hash(hash ^ hash >> 15);
}

static inline u32 jhash_2words(u32 a, u32 b, u32 seed)
{
	u32 words[2] = { a, b };

	return jhash(words, sizeof(words), seed);
}

#endif /* SHIM_LINUX_JHASH_H */
