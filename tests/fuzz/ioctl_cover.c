// SPDX-License-Identifier: GPL-2.0-only
/* Which of the module's code an input executes, as KCOV records it for each thread. */
#include "ioctl_fuzz.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/kcov.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

/* Entries of the record; what comes after is not seen. */
#define FUZZ_COVER_SIZE	(1UL << 17)

/** fuzz_cover_open() - record what this thread executes in the kernel; 0 or -errno */
int fuzz_cover_open(struct fuzz_task *task)
{
	void *cover;

	task->kcov = open("/sys/kernel/debug/kcov", O_RDWR | O_CLOEXEC);
	if (task->kcov < 0)
		return -errno;
	if (ioctl(task->kcov, KCOV_INIT_TRACE, FUZZ_COVER_SIZE))
		return -errno;
	cover = mmap(NULL, FUZZ_COVER_SIZE * sizeof(unsigned long), PROT_READ | PROT_WRITE,
		     MAP_SHARED, task->kcov, 0);
	if (cover == MAP_FAILED)
		return -errno;
	/* Not for children: they would write the record as well. */
	madvise(cover, FUZZ_COVER_SIZE * sizeof(unsigned long), MADV_DONTFORK);
	if (ioctl(task->kcov, KCOV_ENABLE, KCOV_TRACE_PC))
		return -errno;
	task->cover = cover;
	return 0;
}

/** fuzz_cover_start() - forget what was recorded */
void fuzz_cover_start(struct fuzz_task *task)
{
	if (task->cover)
		__atomic_store_n(&task->cover[0], 0, __ATOMIC_RELAXED);
}

static uint32_t fuzz_hash(unsigned long value)
{
	return (uint32_t)((value * 0x9e3779b97f4a7c15UL) >> 32);
}

static void fuzz_pc_add(struct fuzz_shared *shared, unsigned long pc)
{
	uint32_t at = fuzz_hash(pc), i;

	for (i = 0; i < FUZZ_PCS; i++, at++) {
		unsigned long was = 0;

		if (atomic_load(&shared->pcs[at % FUZZ_PCS]) == pc)
			return;
		if (atomic_compare_exchange_strong(&shared->pcs[at % FUZZ_PCS], &was, pc)) {
			atomic_fetch_add(&shared->nr_pcs, 1);
			return;
		}
		if (was == pc)
			return;
	}
}

/** fuzz_cover_stop() - how many edges nobody saw before have been recorded */
uint32_t fuzz_cover_stop(struct fuzz_task *task)
{
	struct fuzz_shared *shared = task->shared;
	unsigned long i, count, pc, last = 0;
	uint32_t edge, found = 0;

	if (!task->cover)
		return 0;
	count = __atomic_load_n(&task->cover[0], __ATOMIC_RELAXED);
	for (i = 1; i <= count && i < FUZZ_COVER_SIZE; i++) {
		pc = task->cover[i];
		edge = fuzz_hash(pc ^ last << 1) % FUZZ_EDGES;
		last = pc;
		if (atomic_load_explicit(&shared->edges[edge], memory_order_relaxed) ||
		    atomic_exchange(&shared->edges[edge], 1))
			continue;
		fuzz_pc_add(shared, pc);
		atomic_fetch_add(&shared->nr_edges, 1);
		found++;
	}
	return found;
}
