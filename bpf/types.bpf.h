/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What bpf_helpers.h takes for granted. No dump of a kernel's types is needed:
 * the programs see only the scalars that the tracepoints of pymm carry.
 */
#ifndef PYMM_TYPES_BPF_H
#define PYMM_TYPES_BPF_H

typedef unsigned char __u8;
typedef signed short __s16;
typedef unsigned short __u16;
typedef signed int __s32;
typedef unsigned int __u32;
typedef signed long long __s64;
typedef unsigned long long __u64;
typedef __u16 __be16;
typedef __u32 __be32;
typedef __u32 __wsum;

enum bpf_map_type {
	BPF_MAP_TYPE_HASH = 1,
};

enum {
	BPF_ANY = 0,
	BPF_NOEXIST = 1,
};

#include <stdbool.h>

#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#endif /* PYMM_TYPES_BPF_H */
