/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reporting for the tests of libpymm: one TAP line for each case.
 */
#ifndef PYMM_ASM_TAP_H
#define PYMM_ASM_TAP_H

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>

struct tap {
	unsigned int cases;
	unsigned int failed;
};

/* Reports a case; what was found instead is printed only when it failed. */
__attribute__((format(printf, 4, 5)))
static inline void tap_case(struct tap *tap, bool ok, const char *name, const char *format, ...)
{
	va_list args;

	tap->cases++;
	tap->failed += !ok;
	printf("%sok %u - %s\n", ok ? "" : "not ", tap->cases, name);
	if (ok)
		return;
	va_start(args, format);
	printf("# ");
	vprintf(format, args);
	printf("\n");
	va_end(args);
}

/* The plan; the process's exit status. */
static inline int tap_end(const struct tap *tap)
{
	printf("1..%u\n", tap->cases);
	return tap->failed ? 1 : 0;
}

#endif /* PYMM_ASM_TAP_H */
