// SPDX-License-Identifier: GPL-2.0-only
/* Memory, faults, random numbers, hashes, trace events. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

#include <shim.h>

#if defined(__SANITIZE_ADDRESS__)
#define SHIM_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SHIM_ASAN 1
#endif
#endif
#ifdef SHIM_ASAN
#include <sanitizer/asan_interface.h>
#define shim_hide(at, size)	ASAN_POISON_MEMORY_REGION(at, size)
#define shim_show(at, size)	ASAN_UNPOISON_MEMORY_REGION(at, size)
#else
#define shim_hide(at, size)	((void)(at), (void)(size))
#define shim_show(at, size)	((void)(at), (void)(size))
#endif

/* New memory holds this. More of it than that is not filled: it takes too long. */
#define SHIM_POISON		0xa5
#define SHIM_PAGE 4096
#define SHIM_POISON_MAX		(1u << 20)
#define SHIM_TRACES		16
/* User memory has no addresses from here on. */
#define SHIM_USER_END		0x7ffffffff000UL

/* Stands before each allocation. */
struct shim_block {
	size_t size;
	size_t magic;
};

#define SHIM_MAGIC		((size_t)0x70796d6d626c6b31)

static struct {
	uint64_t counts[SHIM_FAULTS];
	uint64_t fail_at[SHIM_FAULTS];
	size_t live;
	size_t live_bytes;
	uint32_t random;
	uint32_t hash_mask;
	void (*hook)(void *arg);
	void *hook_arg;
	bool probe;
	bool tracing;
	struct {
		const char *name;
		unsigned int count;
	} traces[SHIM_TRACES];
} shim;

void shim_die(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	fprintf(stderr, "shim: ");
	vfprintf(stderr, format, args);
	fprintf(stderr, "\n");
	va_end(args);
	abort();
}

void shim_memory_reset(uint32_t seed)
{
	memset(shim.counts, 0, sizeof(shim.counts));
	memset(shim.fail_at, 0, sizeof(shim.fail_at));
	shim_seed(seed);
	shim.hash_mask = ~0u;
	shim.hook = NULL;
	shim.probe = false;
	shim_trace_begin(false);
}

void shim_reset(uint32_t seed)
{
	shim_memory_reset(seed);
	shim_tasks_reset();
	shim_files_reset();
}

/* ---- faults ---- */

void shim_fail(enum shim_fault fault, uint64_t nth)
{
	shim.counts[fault] = 0;
	shim.fail_at[fault] = nth;
}

uint64_t shim_count(enum shim_fault fault)
{
	return shim.counts[fault];
}

bool shim_fault(enum shim_fault fault)
{
	return ++shim.counts[fault] == shim.fail_at[fault];
}

void shim_hook(void (*hook)(void *arg), void *arg)
{
	shim.hook = hook;
	shim.hook_arg = arg;
}

void shim_step(void)
{
	if (shim.hook)
		shim.hook(shim.hook_arg);
}

/* ---- allocations ---- */

/* Stands in for the redzone that AddressSanitizer has behind an allocation. */
#ifdef SHIM_ASAN
#define SHIM_TAIL	0
#define shim_tail_write(tail)	((void)(tail))
#define shim_tail_whole(tail)	((void)(tail), true)
#else
#define SHIM_TAIL	8

static void shim_tail_write(unsigned char *tail)
{
	memset(tail, SHIM_POISON, SHIM_TAIL);
}

static bool shim_tail_whole(const unsigned char *tail)
{
	unsigned int i;

	for (i = 0; i < SHIM_TAIL && tail[i] == SHIM_POISON; i++)
		;
	return i == SHIM_TAIL;
}
#endif

void *shim_alloc(size_t size, size_t max, bool zero)
{
	struct shim_block *block;

	shim_step();
	if (shim_fault(SHIM_ALLOC) || size > max)
		return NULL;
	block = malloc(sizeof(*block) + size + SHIM_TAIL);
	if (!block)
		return NULL;
	*block = (struct shim_block){ .size = size, .magic = SHIM_MAGIC };
	if (zero)
		memset(block + 1, 0, size);
	else
		memset(block + 1, SHIM_POISON, size < SHIM_POISON_MAX ? size : SHIM_POISON_MAX);
	shim_tail_write((unsigned char *)(block + 1) + size);
	shim_hide(block, sizeof(*block));
	shim.live++;
	shim.live_bytes += size;
	return block + 1;
}

static struct shim_block *shim_block(const void *memory)
{
	struct shim_block *block = (struct shim_block *)memory - 1;

	shim_show(block, sizeof(*block));
	shim_check(block->magic == SHIM_MAGIC, "%p is no allocation, or was freed", memory);
	return block;
}

size_t shim_size(const void *memory)
{
	struct shim_block *block = shim_block(memory);
	size_t size = block->size;

	shim_hide(block, sizeof(*block));
	return size;
}

void shim_free(const void *memory)
{
	struct shim_block *block;

	if (!memory)
		return;
	block = shim_block(memory);
	shim_check(shim_tail_whole((const unsigned char *)memory + block->size),
		   "an allocation of %zu bytes was written beyond its end", block->size);
	shim.live--;
	shim.live_bytes -= block->size;
	block->magic = 0;
	free(block);
}

void *shim_page_alloc(void)
{
	void *page;

	shim_step();
	if (shim_fault(SHIM_ALLOC))
		return NULL;
	page = aligned_alloc(SHIM_PAGE, SHIM_PAGE);
	if (!page)
		return NULL;
	memset(page, SHIM_POISON, SHIM_PAGE);
	shim.live++;
	shim.live_bytes += SHIM_PAGE;
	return page;
}

void shim_page_free(void *page)
{
	shim.live--;
	shim.live_bytes -= SHIM_PAGE;
	free(page);
}

size_t shim_live(size_t *bytes)
{
	if (bytes)
		*bytes = shim.live_bytes;
	return shim.live;
}

void shim_user_probe(bool on)
{
	shim.probe = on;
}

/* Can a byte be read, or written with what it holds? */
static bool shim_user_byte(uintptr_t at, bool write)
{
	char byte;
	struct iovec local = { &byte, 1 }, remote = { (void *)at, 1 };

	return process_vm_readv(getpid(), &local, 1, &remote, 1, 0) == 1 &&
	       (!write || process_vm_writev(getpid(), &local, 1, &remote, 1, 0) == 1);
}

static bool shim_user_mapped(uintptr_t at, size_t size, bool write)
{
	uintptr_t page;

	for (page = at & ~4095UL; page < at + size; page += 4096)
		if (!shim_user_byte(page < at ? at : page, write))
			return false;
	return true;
}

bool shim_user_bad(const void *at, size_t size, bool write)
{
	shim_might_sleep("an access of user memory");
	shim_check(!shim_mutex_held(), "user memory is accessed with a mutex held");
	return shim_fault(SHIM_USER) ||
	       (size && ((uintptr_t)at < 4096 || (uintptr_t)at >= SHIM_USER_END - size)) ||
	       (shim.probe && !shim_user_mapped((uintptr_t)at, size, write));
}

/* ---- the rest ---- */

void shim_seed(uint32_t seed)
{
	/* Odd, so never 0; and far from what another seed gives. */
	shim.random = (seed * 0x9e3779b9u) | 1;
}

uint32_t shim_random(void)
{
	/* xorshift32 */
	shim.random ^= shim.random << 13;
	shim.random ^= shim.random >> 17;
	shim.random ^= shim.random << 5;
	return shim.random;
}

void shim_hash_mask(uint32_t mask)
{
	shim.hash_mask = mask;
}

uint32_t shim_hash(uint32_t hash)
{
	return hash & shim.hash_mask;
}

void shim_trace_begin(bool on)
{
	shim.tracing = on;
	memset(shim.traces, 0, sizeof(shim.traces));
}

bool shim_tracing(void)
{
	return shim.tracing;
}

void shim_trace(const char *name)
{
	unsigned int i;

	for (i = 0; i < SHIM_TRACES && shim.traces[i].name; i++)
		if (!strcmp(shim.traces[i].name, name))
			break;
	shim_check(i < SHIM_TRACES, "too many kinds of trace events");
	shim.traces[i].name = name;
	shim.traces[i].count++;
}

unsigned int shim_traced(const char *name)
{
	for (unsigned int i = 0; i < SHIM_TRACES && shim.traces[i].name; i++)
		if (!strcmp(shim.traces[i].name, name))
			return shim.traces[i].count;
	return 0;
}
