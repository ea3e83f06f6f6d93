// SPDX-License-Identifier: GPL-2.0
/* When nobody uses the module, nothing of it is left but its code. */
#include <dirent.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pymm_util.h"
#include "torture.h"

/* What caches may have more than at the first look: they have other users. Some KiB were seen. */
#define SLACK		(64ULL << 10)

static bool refcnt_is_0(void)
{
	char *text = pt_read("/sys/module/pymm/refcnt");
	bool is = text && !strcmp(text, "0\n");

	free(text);
	return is;
}

bool tt_unused(struct tt_shared *shared)
{
	/* BPF programs let go of it some time after they are gone. */
	return pt_until(refcnt_is_0(), shared->options.stall * 1000);
}

static bool has_no_pages(void)
{
	char *text = pt_read("/proc/vmallocinfo");
	bool none = text && !strstr(text, "[pymm]");

	free(text);
	return none;
}

/* Have the cache give back what its CPUs keep, so that its count of objects is exact. */
static void shrink(const char *cache)
{
	char path[320];

	snprintf(path, sizeof(path), "/sys/kernel/slab/%s/shrink", cache);
	pt_write(path, "1");
}

/* Bytes in use in kmalloc's caches for memory that is charged, as all the module's is. */
static uint64_t slab_bytes(void)
{
	DIR *dir = opendir("/sys/kernel/slab");
	struct dirent *entry;
	uint64_t bytes = 0;
	char *text, *line;

	while (dir && (entry = readdir(dir)))
		if (!strncmp(entry->d_name, "kmalloc-cg-", 11))
			shrink(entry->d_name);
	if (dir)
		closedir(dir);
	text = pt_read("/proc/slabinfo");
	for (line = text; line && *line; line = strchr(line, '\n') + 1) {
		unsigned long active, size;

		if (sscanf(line, "kmalloc-cg-%*s %lu %*u %lu", &active, &size) == 2)
			bytes += active * size;
		if (!strchr(line, '\n'))
			break;
	}
	free(text);
	return bytes;
}

/* KASAN keeps what is freed for a while. There, kmemleak tells (torture.sh). */
static bool freed_is_kept(void)
{
	char *text = pt_read("/proc/kallsyms");
	bool is = text && strstr(text, " kasan_quarantine_put\n");

	free(text);
	return is;
}

static bool slab_grew(const struct tt_rest *rest, uint64_t *now)
{
	*now = slab_bytes();
	return *now > rest->slab + SLACK;
}

void tt_rest_check(struct tt_shared *shared, struct tt_rest *rest)
{
	uint64_t now = 0;

	tt_beat(shared);
	if (!tt_unused(shared))
		tt_fail(shared, "the module is in use, and nobody uses it");
	if (!pt_until(has_no_pages(), shared->options.stall * 1000))
		tt_fail(shared, "the module has memory in vmallocinfo, and nobody uses it");
	if (freed_is_kept())
		return;
	if (!rest->begun) {
		/* The first round has filled whatever is filled once. */
		rest->begun = true;
		rest->slab = slab_bytes();
		return;
	}
	if (!pt_until(!slab_grew(rest, &now), 3000))
		tt_fail(shared, "leak: kmalloc-cg-* grew from %" PRIu64 " to %" PRIu64 " KiB",
			rest->slab >> 10, now >> 10);
	else
		tt_say("kmalloc-cg-*: %" PRIu64 " KiB after the first round, %" PRIu64 " now",
		       rest->slab >> 10, now >> 10);
}
