// SPDX-License-Identifier: GPL-2.0-only
/*
 * The pools of small payloads, which the sanitizers' builds of the module do without: blocks of
 * each size that do not touch, pages that come and go, what is refused.
 */
#include <stdlib.h>
#include <string.h>

#include "../../../kmod/pool.h"
#include "cases.h"

#define BLOCKS	3000

struct block {
	unsigned char *memory;
	size_t size;
	unsigned char mark;
};

static u64 next_random(u64 *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

static size_t pages(const struct pymm_pools *pools)
{
	return pools->bytes / PAGE_SIZE;
}

static bool block_make(struct pymm_pools *pools, struct block *block, size_t size, unsigned char mark)
{
	*block = (struct block){ pymm_pool_alloc(pools, size, U64_MAX), size, mark };
	if (block->memory)
		memset(block->memory, mark, size);
	return block->memory;
}

/* It still has what was written into it. */
static bool block_whole(const struct block *block)
{
	for (size_t i = 0; i < block->size; i++)
		if (block->memory[i] != block->mark)
			return false;
	return true;
}

static void test_sizes(struct cases *cases)
{
	struct pymm_pools pools = {};
	void *blocks[2];
	size_t size, used;

	case_begin(cases);
	for (size = 0; size <= PYMM_POOL_MAX; size++) {
		used = size ? (size + 7) / 8 * 8 : 8;
		for (int i = 0; i < 2; i++) {
			blocks[i] = pymm_pool_alloc(&pools, size, U64_MAX);
			case_check(cases, blocks[i] && !((uintptr_t)blocks[i] % 8));
		}
		case_equal(cases, used, (char *)blocks[1] - (char *)blocks[0]);
		/* The one freed last is the next one given out. */
		pymm_pool_free(&pools, blocks[0], size);
		pymm_pool_free(&pools, blocks[1], size);
		case_check(cases, pymm_pool_alloc(&pools, size, U64_MAX) == blocks[1]);
		case_check(cases, pymm_pool_alloc(&pools, size, U64_MAX) == blocks[0]);
		pymm_pool_free(&pools, blocks[1], size);
		pymm_pool_free(&pools, blocks[0], size);
	}
	/* An empty one of each class is kept. */
	case_equal(cases, PYMM_POOL_CLASSES, pages(&pools));
	pymm_pools_free(&pools);
	case_equal(cases, 0, pools.bytes);
	case_end(cases, "blocks of each size");
}

/* A page is filled to its end, and goes back when it is empty, but for the last one. */
static void test_pages(struct cases *cases)
{
	const size_t fit = (PAGE_SIZE - sizeof(struct pymm_pool)) / 24;
	struct pymm_pools pools = {};
	struct block blocks[BLOCKS];
	size_t i;

	case_begin(cases);
	for (i = 0; i < 3 * fit; i++) {
		case_check(cases, block_make(&pools, &blocks[i], 24, i));
		case_equal(cases, i / fit + 1, pages(&pools));
	}
	for (i = 0; i < 3 * fit; i++)
		case_check(cases, block_whole(&blocks[i]));
	/* One of each page: all have room again, none goes. */
	for (i = 0; i < 3; i++)
		pymm_pool_free(&pools, blocks[i * fit].memory, 24);
	case_equal(cases, 3, pages(&pools));
	for (i = 0; i < 3; i++)
		case_check(cases, block_make(&pools, &blocks[i * fit], 24, 1));
	case_equal(cases, 3, pages(&pools));
	for (i = 0; i < 3 * fit; i++)
		pymm_pool_free(&pools, blocks[i].memory, 24);
	case_equal(cases, 1, pages(&pools));
	pymm_pools_free(&pools);
	case_end(cases, "pages come and go");
}

static void test_refused(struct cases *cases)
{
	struct pymm_pools pools = {};
	void *block;

	case_begin(cases);
	case_check(cases, !pymm_pool_alloc(&pools, 8, PAGE_SIZE - 1));
	block = pymm_pool_alloc(&pools, 8, PAGE_SIZE);
	case_check(cases, block);
	case_check(cases, !pymm_pool_alloc(&pools, 16, PAGE_SIZE));
	shim_fail(SHIM_ALLOC, 1);
	case_check(cases, !pymm_pool_alloc(&pools, 16, U64_MAX));
	shim_fail(SHIM_ALLOC, 0);
	case_equal(cases, 1, pages(&pools));
	pymm_pool_free(&pools, block, 8);
	pymm_pools_free(&pools);
	case_end(cases, "no page");
}

static void test_random(struct cases *cases)
{
	static struct block blocks[BLOCKS];
	struct pymm_pools pools = {};
	u64 state = 1;

	case_begin(cases);
	for (int turn = 0; turn < 200000 && !*cases->failure; turn++) {
		struct block *block = &blocks[next_random(&state) % BLOCKS];

		if (block->memory) {
			case_check(cases, block_whole(block));
			pymm_pool_free(&pools, block->memory, block->size);
			block->memory = NULL;
		} else {
			case_check(cases, block_make(&pools, block, next_random(&state) % (PYMM_POOL_MAX + 1), turn));
		}
	}
	for (int i = 0; i < BLOCKS; i++)
		if (blocks[i].memory)
			pymm_pool_free(&pools, blocks[i].memory, blocks[i].size);
	case_check(cases, pages(&pools) <= PYMM_POOL_CLASSES);
	pymm_pools_free(&pools);
	case_end(cases, "made and freed at random");
}

int main(void)
{
	struct cases cases = { 0 };

	test_sizes(&cases);
	test_pages(&cases);
	test_refused(&cases);
	test_random(&cases);
	return tap_end(&cases.tap);
}
