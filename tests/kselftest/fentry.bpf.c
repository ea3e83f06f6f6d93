// SPDX-License-Identifier: GPL-2.0
/* Counts the ticks of running programs, by a trampoline on a function of the module. */
#include <linux/types.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

char LICENSE[] SEC("license") = "GPL";

__u64 pymm_ticks;

SEC("fentry/pymm_tick_slow")
int BPF_PROG(tick)
{
	__sync_fetch_and_add(&pymm_ticks, 1);
	return 0;
}
