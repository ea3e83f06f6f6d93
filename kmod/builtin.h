/* SPDX-License-Identifier: GPL-2.0-only */
/* Built-in functions. */
#ifndef _PYMM_BUILTIN_H
#define _PYMM_BUILTIN_H

#include "call.h"

/**
 * struct pymm_builtin_ops - a built-in function
 * @name: its name
 * @min: fewest arguments
 * @max: most arguments
 * @call: @result = its result, a new reference; 0 or an error
 */
struct pymm_builtin_ops {
	const char *name;
	u8 min;
	u16 max;
	int (*call)(struct pymm_thread *thread, const u32 *args, u32 count, u32 *result);
};

/* gc_module.c: the module gc; the functions from PYMM_BUILTIN_GC on */
extern const struct pymm_builtin_ops pymm_gc_functions[];
int pymm_gc_args(struct pymm_thread *thread, const struct pymm_builtin_ops *builtin,
		 const struct pymm_args *args);
int pymm_gc_collect_args(struct pymm_thread *thread, const struct pymm_args *args,
			 u32 *generation);
int pymm_gc_module_init(struct pymm_arena *arena);
int pymm_gc_info(struct pymm_thread *thread, u64 collected, u32 *result);
#endif
