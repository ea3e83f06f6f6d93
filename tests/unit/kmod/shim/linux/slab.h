/* SPDX-License-Identifier: GPL-2.0-only */
/* All memory comes from shim_alloc(), which see. */
#ifndef SHIM_LINUX_SLAB_H
#define SHIM_LINUX_SLAB_H

#include <linux/kernel.h>

#define __GFP_NOWARN		0x1u
#define __GFP_ACCOUNT		0x2u
#define __GFP_DIRECT_RECLAIM	0x4u
#define GFP_KERNEL		__GFP_DIRECT_RECLAIM
#define GFP_KERNEL_ACCOUNT	(GFP_KERNEL | __GFP_ACCOUNT)
#define GFP_ATOMIC		0u

/* The largest of the page allocator, and what kvmalloc() refuses. */
#define SHIM_KMALLOC_MAX	(4UL << 20)
#define KMALLOC_MAX_CACHE_SIZE	8192UL
#define SHIM_KVMALLOC_MAX	((size_t)INT32_MAX)

static inline void *shim_gfp_alloc(size_t size, gfp_t flags, size_t max, bool zero)
{
	if (flags & __GFP_DIRECT_RECLAIM)
		shim_might_sleep("an allocation");
	return shim_alloc(size, max, zero);
}

#define kmalloc(size, flags)	shim_gfp_alloc(size, flags, SHIM_KMALLOC_MAX, false)
#define kzalloc(size, flags)	shim_gfp_alloc(size, flags, SHIM_KMALLOC_MAX, true)
#define kmalloc_array(n, size, flags)	kmalloc(array_size(n, size), flags)
#define kvmalloc(size, flags)	shim_gfp_alloc(size, flags, SHIM_KVMALLOC_MAX, false)
#define kvzalloc(size, flags)	shim_gfp_alloc(size, flags, SHIM_KVMALLOC_MAX, true)
#define kvcalloc(n, size, flags) \
	shim_gfp_alloc(array_size(n, size), flags, SHIM_KVMALLOC_MAX, true)
#define kfree(p)		shim_free(p)

/* Each time to another place: who keeps a pointer to the old one is told. */
static inline void *krealloc(const void *p, size_t size, gfp_t flags)
{
	size_t old = shim_size(p);
	void *memory = kmalloc(size, flags);

	if (!memory)
		return NULL;
	memcpy(memory, p, old < size ? old : size);
	shim_free(p);
	return memory;
}

static inline void kvfree(const void *p)
{
	shim_might_sleep("kvfree()");
	shim_free(p);
}

static inline unsigned long __get_free_page(gfp_t flags)
{
	if (flags & __GFP_DIRECT_RECLAIM)
		shim_might_sleep("an allocation");
	return (unsigned long)shim_page_alloc();
}

static inline void free_page(unsigned long page)
{
	shim_page_free((void *)page);
}

#endif /* SHIM_LINUX_SLAB_H */
