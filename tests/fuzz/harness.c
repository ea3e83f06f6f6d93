// SPDX-License-Identifier: GPL-2.0-only
#include <stdarg.h>
#include <stdlib.h>

#include "harness.h"

void harness_fail(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	fputs("fuzz: ", stderr);
	vfprintf(stderr, format, args);
	fputc('\n', stderr);
	va_end(args);
	abort();
}

void harness_open(struct unit *unit, uint32_t seed, uint32_t hash_mask)
{
	int err;

	shim_reset(seed);
	shim_hash_mask(hash_mask);
	err = unit_open(unit);
	if (err)
		harness_fail("no arena: %s", strerror(-err));
}

void harness_walk(const struct unit *unit)
{
	struct unit_report report;

	/* What closed threads have left is reaped by a task that no call waits for. */
	while (unit_arena(unit)->lock.owner)
		shim_yield();
	if (!unit_walk(unit_arena(unit), &report))
		harness_fail("%s", report.text);
}

/* What a program was kept from by faults and limits must not keep these from their work. */
static void harness_calm(const struct unit *unit)
{
	struct pymm_config config = {
		.fields = PYMM_CONFIG_MAX_BYTES | PYMM_CONFIG_MAX_OBJECTS | PYMM_CONFIG_FLAGS |
			  PYMM_CONFIG_MAX_THREADS,
		.max_bytes = 1ULL << 30, .max_objects = S32_MAX, .max_threads = 1024,
	};

	for (int fault = 0; fault < SHIM_FAULTS; fault++)
		shim_fail(fault, 0);
	shim_hook(NULL, NULL);
	shim_preempt(0);
	shim_signal_clear(shim_task());
	if (unit_config(unit, &config))
		harness_fail("the limits cannot be set");
}

void harness_close(struct unit *unit)
{
	struct unit_report report;
	struct pymm_stat stat;

	harness_calm(unit);
	if (unit_thread(&unit->thread)->frame && unit_abandon(&unit->thread))
		harness_fail("a program cannot be abandoned");
	harness_walk(unit);
	/* Finalizers may make objects that have finalizers, which do so in turn. */
	for (int i = 0; i < 10 && (!i || stat.objects); i++) {
		unit_collect(&unit->thread);
		harness_walk(unit);
		stat = unit_stat(unit);
	}
	if (stat.objects)
		harness_fail("%llu objects are left that nothing refers to", stat.objects);
	if (!unit_close(unit, &report))
		harness_fail("%s", report.text);
}
