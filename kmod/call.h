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

int pymm_call_function(struct pymm_thread *thread, u32 function, const struct pymm_args *args,
		       u16 ret);
#endif
