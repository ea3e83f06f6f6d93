/* SPDX-License-Identifier: GPL-2.0-only */
/* Floats as text and back. */
#ifndef _PYMM_DECIMAL_H
#define _PYMM_DECIMAL_H

#include <linux/types.h>

struct pymm_thread;

/* A sign, 17 digits, a point, an exponent and a NUL; or more zeros than those take. */
#define PYMM_FLOAT_REPR_SIZE	32

u32 pymm_float_repr(u64 bits, char text[PYMM_FLOAT_REPR_SIZE]);
int pymm_float_read(struct pymm_thread *thread, const char *text, u32 bytes, u64 *bits);
#endif
