/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The part of libpymm that tests of the core use. libpymm and the module give other things the
 * same names, so that neither can see the other: only these names are left of libpymm.
 */
#ifndef UNIT_ASM_H
#define UNIT_ASM_H

#include <stddef.h>
#include <stdint.h>

/** struct unit_image - a program, as PYMM_IOC_RUN takes it; freed with free(image->data) */
struct unit_image {
	void *data;
	uint32_t size;
};

/**
 * unit_assemble() - a program of its text, in which strings may stand in single quotes
 *
 * A text that is wrong ends the process.
 */
struct unit_image unit_assemble(const char *text);

/** unit_load() - a program of a file */
struct unit_image unit_load(const char *path);

/** unit_render() - output records as text, to be freed */
char *unit_render(const void *records, size_t size);

/** unit_exception_name() - "NameError";  unit_reject_text() - why an image was refused */
const char *unit_exception_name(uint32_t exception);
const char *unit_reject_text(uint32_t reject);

#endif /* UNIT_ASM_H */
