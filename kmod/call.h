/* SPDX-License-Identifier: GPL-2.0-only */
/* Calls. */
#ifndef _PYMM_CALL_H
#define _PYMM_CALL_H

#include "frame.h"

/**
 * struct pymm_args - arguments of a call, all borrowed
 * @args: objects
 * @count: how many
 * @names: a tuple of str that names the last of them, or 0
 * @self: goes before them, or 0
 */
struct pymm_args {
	const u32 *args;
	u32 count;
	u32 names;
	u32 self;
};

u32 pymm_args_names(const struct pymm_arena *arena, const struct pymm_args *args);
int pymm_raise_keyword(struct pymm_thread *thread, const char *name,
		       const struct pymm_args *args);
int pymm_args_count(struct pymm_thread *thread, const char *name, u32 count, u32 min, u32 max);
int pymm_args_positional(struct pymm_thread *thread, const char *name,
			 const struct pymm_args *args, u32 min, u32 max);
int pymm_call_init(struct pymm_thread *thread, u32 class, u32 init, struct pymm_args *args,
		   u16 ret);
int pymm_raise_unexpected(struct pymm_thread *thread, const char *name, u32 argument);
int pymm_call_function(struct pymm_thread *thread, u32 function, const struct pymm_args *args,
		       u16 ret);
#endif
