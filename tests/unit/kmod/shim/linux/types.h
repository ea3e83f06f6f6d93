/* SPDX-License-Identifier: GPL-2.0-only */
/* The types of user space's linux/types.h, and the kernel's short names of them. */
#ifndef SHIM_LINUX_TYPES_H
#define SHIM_LINUX_TYPES_H

#include_next <linux/types.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

typedef __u8 u8;
typedef __u16 u16;
typedef __u32 u32;
typedef __u64 u64;
typedef __s8 s8;
typedef __s16 s16;
typedef __s32 s32;
typedef __s64 s64;
typedef s64 ktime_t;
typedef unsigned int gfp_t;

struct list_head {
	struct list_head *next, *prev;
};

struct llist_head {
	struct llist_node *first;
};

struct llist_node {
	struct llist_node *next;
};

#endif /* SHIM_LINUX_TYPES_H */
