/* SPDX-License-Identifier: GPL-2.0-only */
/* Memory for small payloads, as CPython's obmalloc has it. */
#ifndef PYMM_POOL_H
#define PYMM_POOL_H

#include <linux/kconfig.h>
#include <linux/mm.h>
#include <linux/types.h>

#define PYMM_POOL_ALIGN		8
/* Larger blocks are the kernel's own allocator's, as in CPython. */
#define PYMM_POOL_MAX		512
#define PYMM_POOL_CLASSES	(PYMM_POOL_MAX / PYMM_POOL_ALIGN)

/**
 * struct pymm_pool - the head of a page of blocks of one size
 * @prev: the pool before it in the list of those of its class that have free blocks
 * @next: the pool after it
 * @free: the block that was freed last, which points to the one before
 * @used: blocks given out
 * @fresh: where the blocks begin that were never given out
 * @full: no block is free, and the pool is in no list
 */
struct pymm_pool {
	struct pymm_pool *prev;
	struct pymm_pool *next;
	void *free;
	u16 used;
	bool full;
	u32 fresh;
};

static_assert(sizeof(struct pymm_pool) % PYMM_POOL_ALIGN == 0);

/**
 * struct pymm_pools - the pools of an arena
 * @partial: for each class of sizes, the pools that have free blocks
 * @bytes: of all pools
 *
 * Protected by arena->lock.
 */
struct pymm_pools {
	struct pymm_pool *partial[PYMM_POOL_CLASSES];
	u64 bytes;
};

/*
 * Is a payload of this size in a pool? A kernel that checks each access, or looks for what nothing
 * refers to, knows nothing of the blocks of a page: there each payload is an allocation of its own.
 */
static __always_inline bool pymm_pooled(size_t size)
{
	return !IS_ENABLED(CONFIG_KASAN) && !IS_ENABLED(CONFIG_KMSAN) &&
	       !IS_ENABLED(CONFIG_DEBUG_KMEMLEAK) && size <= PYMM_POOL_MAX;
}

void *pymm_pool_alloc(struct pymm_pools *pools, size_t size, u64 max_bytes);
void pymm_pool_freed(struct pymm_pools *pools, struct pymm_pool *pool, size_t size);
void pymm_pools_free(struct pymm_pools *pools);

/**
 * pymm_pool_free() - give a block back
 * @pools: the arena's
 * @block: what pymm_pool_alloc() has returned
 * @size: what it was asked for
 *
 * The last pool of a class that has free blocks stays, for what is freed and made again.
 *
 * Context: arena->lock held.
 */
static __always_inline void pymm_pool_free(struct pymm_pools *pools, void *block, size_t size)
{
	struct pymm_pool *pool = (void *)((unsigned long)block & PAGE_MASK);

	*(void **)block = pool->free;
	pool->free = block;
	if (unlikely(!--pool->used || pool->full))
		pymm_pool_freed(pools, pool, size);
}

#endif /* PYMM_POOL_H */
