/* SPDX-License-Identifier: GPL-2.0-only */
#include <linux/kernel.h>

#define kernel_fpu_begin()	shim_fpu_begin()
#define kernel_fpu_end()	shim_fpu_end()
