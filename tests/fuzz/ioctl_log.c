// SPDX-License-Identifier: GPL-2.0-only
/* What the kernel logs, and what it is told to log and to let fail. */
#include "ioctl_fuzz.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* What an emulated machine that is slow says, and what injected faults make others say. */
static bool fuzz_is_noise(const char *text)
{
	static const char *const noise[] = {
		"hrtimer: interrupt took", "clocksource:", "perf: interrupt took",
		"workqueue:", "sched: RT throttling",
	};

	for (size_t i = 0; i < sizeof(noise) / sizeof(*noise); i++)
		if (strstr(text, noise[i]))
			return true;
	return false;
}

/* Records are "priority,number,time,flags;text"; warnings of the kernel have priority 0 to 4. */
void fuzz_log_check(struct fuzz_shared *shared, int kmsg)
{
	char record[2048], *text;
	ssize_t size;

	for (;;) {
		size = read(kmsg, record, sizeof(record) - 1);
		if (size < 0 && errno == EPIPE)
			continue;
		if (size <= 0)
			return;
		record[size] = '\0';
		text = strchr(record, ';');
		if (!text || strtoul(record, NULL, 10) > 4 || fuzz_is_noise(text))
			continue;
		text[strcspn(text, "\n")] = '\0';
		fuzz_fail(shared, "the kernel says: %s", text + 1);
	}
}

static void fuzz_write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd < 0)
		return;
	if (write(fd, text, strlen(text)) < 0)
		fuzz_say("%s: %s", path, strerror(errno));
	close(fd);
}

/* Where the module's code lies. */
static bool fuzz_module_range(unsigned long *start, unsigned long *end)
{
	FILE *modules = fopen("/proc/modules", "re");
	unsigned long size;
	char line[256];
	bool found = false;

	while (modules && !found && fgets(line, sizeof(line), modules))
		found = sscanf(line, "pymm %lu %*d %*s %*s %lx", &size, start) == 2;
	if (modules)
		fclose(modules);
	*end = found ? *start + size : 0;
	return found;
}

static void fuzz_fault_setup(const char *kind, const char *name, const char *value)
{
	char path[128];

	snprintf(path, sizeof(path), "/sys/kernel/debug/%s/%s", kind, name);
	fuzz_write_file(path, value);
}

/*
 * All inputs are to be logged. Faults are injected quietly, into all that the module calls, and
 * into nothing else: what else a system call does, and signals, would be noise.
 */
bool fuzz_kernel_setup(void)
{
	static const char *const kinds[] = { "failslab", "fail_page_alloc", "fail_usercopy" };
	unsigned long start, end;
	char text[32];

	fuzz_write_file("/proc/sys/kernel/printk_devkmsg", "on\n");
	if (!fuzz_module_range(&start, &end))
		return false;
	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++) {
		snprintf(text, sizeof(text), "0x%lx\n", start);
		fuzz_fault_setup(kinds[i], "require-start", text);
		snprintf(text, sizeof(text), "0x%lx\n", end);
		fuzz_fault_setup(kinds[i], "require-end", text);
		fuzz_fault_setup(kinds[i], "ignore-gfp-wait", "N\n");
		fuzz_fault_setup(kinds[i], "min-order", "0\n");
		fuzz_fault_setup(kinds[i], "verbose", "0\n");
	}
	return true;
}
