// SPDX-License-Identifier: GPL-2.0-only
/*
 * Small payloads. There are as many as objects, they come and go with them, and who frees one
 * knows its size and holds arena->lock: so a block costs a few instructions and no header, and
 * what the control group pays for is whole pages. As in CPython's obmalloc, a page has blocks of
 * one size, and goes back when the last one is free.
 */
#include "core.h"

static u32 pymm_pool_class(size_t size)
{
	return size ? (size - 1) / PYMM_POOL_ALIGN : 0;
}

static u32 pymm_pool_block(u32 class)
{
	return (class + 1) * PYMM_POOL_ALIGN;
}

static void pymm_pool_link(struct pymm_pools *pools, struct pymm_pool *pool, u32 class)
{
	pool->prev = NULL;
	pool->next = pools->partial[class];
	if (pool->next)
		pool->next->prev = pool;
	pools->partial[class] = pool;
}

static void pymm_pool_unlink(struct pymm_pools *pools, struct pymm_pool *pool, u32 class)
{
	if (pool->next)
		pool->next->prev = pool->prev;
	if (pool->prev)
		pool->prev->next = pool->next;
	else
		pools->partial[class] = pool->next;
}

static struct pymm_pool *pymm_pool_new(struct pymm_pools *pools, u32 class)
{
	struct pymm_pool *pool = (void *)__get_free_page(PYMM_GFP);

	if (!pool)
		return NULL;
	*pool = (struct pymm_pool){ .fresh = sizeof(*pool) };
	pymm_pool_link(pools, pool, class);
	pools->bytes += PAGE_SIZE;
	return pool;
}

/**
 * pymm_pool_alloc() - a block
 * @pools: the arena's
 * @size: at most PYMM_POOL_MAX
 * @max_bytes: what all pools may take: blocks that are left can keep many pages
 *
 * Context: may sleep; arena->lock held.
 *
 * Return: memory that is not cleared, or NULL when there is none or @max_bytes is reached.
 */
void *pymm_pool_alloc(struct pymm_pools *pools, size_t size, u64 max_bytes)
{
	u32 class = pymm_pool_class(size);
	struct pymm_pool *pool = pools->partial[class];
	void *block;

	if (unlikely(!pool)) {
		if (pools->bytes + PAGE_SIZE > max_bytes)
			return NULL;
		pool = pymm_pool_new(pools, class);
		if (!pool)
			return NULL;
	}
	pool->used++;
	block = pool->free;
	if (block) {
		pool->free = *(void **)block;
	} else {
		block = (void *)pool + pool->fresh;
		pool->fresh += pymm_pool_block(class);
	}
	if (unlikely(!pool->free && pool->fresh + pymm_pool_block(class) > PAGE_SIZE)) {
		pymm_pool_unlink(pools, pool, class);
		pool->full = true;
	}
	return block;
}

/** pymm_pool_freed() - the part of pymm_pool_free() that a full or empty pool needs */
void pymm_pool_freed(struct pymm_pools *pools, struct pymm_pool *pool, size_t size)
{
	u32 class = pymm_pool_class(size);

	if (pool->full) {
		pool->full = false;
		pymm_pool_link(pools, pool, class);
	}
	if (pool->used || (!pool->prev && !pool->next))
		return;
	pymm_pool_unlink(pools, pool, class);
	pools->bytes -= PAGE_SIZE;
	free_page((unsigned long)pool);
}

/** pymm_pools_free() - free the pools that are left, one of a class; no block is used any more */
void pymm_pools_free(struct pymm_pools *pools)
{
	u32 class;

	for (class = 0; class < PYMM_POOL_CLASSES; class++) {
		if (!pools->partial[class])
			continue;
		pools->bytes -= PAGE_SIZE;
		free_page((unsigned long)pools->partial[class]);
	}
	/* A block of a wrong size, or one that is left. */
	WARN_ON_ONCE(pools->bytes);
	*pools = (struct pymm_pools){};
}
