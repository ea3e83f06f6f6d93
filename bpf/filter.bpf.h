/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a tool is asked to look at; set before it is loaded. 0: any.
 */
#ifndef PYMM_FILTER_BPF_H
#define PYMM_FILTER_BPF_H

#include "types.bpf.h"

const volatile __u32 only_arena;
const volatile __u32 only_pid;

/* Only for events that are caused by the task they tell of. */
static __always_inline bool wanted(__u32 arena)
{
	if (only_arena && arena != only_arena)
		return false;
	return !only_pid || bpf_get_current_pid_tgid() >> 32 == only_pid;
}

#endif /* PYMM_FILTER_BPF_H */
