// SPDX-License-Identifier: GPL-2.0
/*
 * Fault injection for the tests; see fault_util.h.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "fault_util.h"

#define DEBUGFS	"/sys/kernel/debug/"
#define CACHES	"/sys/kernel/slab"

/*
 * All that allocates can fail, whatever it says of its context, and nothing is said
 * of it in the log. The probabilities count for a task with make-it-fail only.
 */
static const struct {
	const char *file;
	const char *value;
} settings[PT_FAULT_FILES] = {
	{ DEBUGFS "fail_usercopy/verbose", "0" },
	{ DEBUGFS "failslab/task-filter", "Y" },
	{ DEBUGFS "failslab/ignore-gfp-wait", "N" },
	{ DEBUGFS "failslab/cache-filter", "Y" },
	{ DEBUGFS "failslab/verbose", "0" },
	{ DEBUGFS "failslab/times", "-1" },
	{ DEBUGFS "failslab/probability", "100" },
	{ DEBUGFS "fail_page_alloc/task-filter", "Y" },
	{ DEBUGFS "fail_page_alloc/ignore-gfp-wait", "N" },
	{ DEBUGFS "fail_page_alloc/ignore-gfp-highmem", "N" },
	{ DEBUGFS "fail_page_alloc/min-order", "0" },
	{ DEBUGFS "fail_page_alloc/verbose", "0" },
	{ DEBUGFS "fail_page_alloc/times", "-1" },
	{ DEBUGFS "fail_page_alloc/probability", "100" },
};

/* A kernel that was built to find faults must have them. */
static void check_missing(void)
{
	struct utsname name;

	uname(&name);
	if (strstr(name.release, "-kasan") || strstr(name.release, "-kcsan"))
		pt_die("%s has no fault injection", name.release);
}

static int must_open(const char *path)
{
	int fd = open(path, O_RDWR | O_CLOEXEC);

	if (fd < 0)
		pt_die("%s: %s", path, strerror(errno));
	return fd;
}

static void must_set(const char *path, const char *value)
{
	int ret = pt_write(path, value);

	if (ret)
		pt_die("%s: %s", path, strerror(-ret));
}

/*
 * Allocations from all caches can fail but those of kmemleak, which does one for each that it
 * watches and makes do without: half of all faults would tell nothing. What is marked here counts
 * for failslab/cache-filter only.
 */
static void mark_caches(void)
{
	DIR *dir = opendir(CACHES);
	const struct dirent *entry;
	char path[512];
	int ret;

	if (!dir)
		pt_die("%s: %s", CACHES, strerror(errno));
	while ((entry = readdir(dir))) {
		if (*entry->d_name == '.' || !strncmp(entry->d_name, "kmemleak_", 9))
			continue;
		snprintf(path, sizeof(path), CACHES "/%s/failslab", entry->d_name);
		ret = pt_write(path, "1");
		/* Of several caches that are one, none can be marked. */
		if (ret && ret != -EINVAL)
			pt_die("%s: %s", path, strerror(-ret));
	}
	closedir(dir);
}

bool pt_faults_begin(struct pt_faults *faults)
{
	memset(faults, 0, sizeof(*faults));
	if (access("/proc/thread-self/fail-nth", F_OK)) {
		check_missing();
		return false;
	}
	faults->nth = must_open("/proc/thread-self/fail-nth");
	faults->always = must_open("/proc/thread-self/make-it-fail");
	/* A page that has to be found while everything fails would never come. */
	if (mlockall(MCL_CURRENT | MCL_FUTURE))
		pt_die("mlockall: %s", strerror(errno));
	mark_caches();
	for (int i = 0; i < PT_FAULT_FILES; i++) {
		faults->saved[i] = pt_read(settings[i].file);
		if (!faults->saved[i])
			pt_die("cannot read %s", settings[i].file);
		must_set(settings[i].file, settings[i].value);
	}
	return true;
}

/* In the opposite order: the probability goes first. */
void pt_faults_end(struct pt_faults *faults)
{
	if (!faults->saved[0])
		return;
	for (int i = PT_FAULT_FILES; i--;) {
		must_set(settings[i].file, faults->saved[i]);
		free(faults->saved[i]);
	}
	close(faults->nth);
	close(faults->always);
	munlockall();
}

/* The copy of what is written can be what fails. */
static void write_number(int fd, unsigned int number)
{
	char text[16];
	int size = snprintf(text, sizeof(text), "%u", number);

	for (int tries = 0; pwrite(fd, text, size, 0) != size; tries++)
		if (errno != EFAULT || tries == 2)
			pt_die("fault injection: %s", strerror(errno));
}

void pt_fault_arm(struct pt_faults *faults, enum pt_fault_mode mode, unsigned int nth)
{
	if (!nth)
		return;
	if (mode == PT_FAULT_FROM_THEN)
		write_number(faults->always, 1);
	write_number(faults->nth, nth);
}

bool pt_fault_disarm(struct pt_faults *faults)
{
	char text[16] = "";
	unsigned int left;

	/* That this copy failed shows that nothing had failed before. */
	left = pread(faults->nth, text, sizeof(text) - 1, 0) < 0 ? 1 : strtoul(text, NULL, 10);
	write_number(faults->nth, 0);
	write_number(faults->always, 0);
	return !left;
}

const char *pt_fault_left(const struct pymm_stat *stat, const struct pymm_stat *rest)
{
	if (stat->objects != rest->objects)
		return "objects are left";
	if (stat->bytes != rest->bytes)
		return "bytes are left";
	if (stat->names || stat->threads || stat->gil_holder || stat->gil_waiters)
		return "names or threads are left";
	return "";
}
