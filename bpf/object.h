/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What object.bpf.c counts. Include linux/types.h or types.bpf.h first.
 */
#ifndef PYMM_BPF_OBJECT_H
#define PYMM_BPF_OBJECT_H

#define OBJECT_MAX_TYPES	4096

/* A type of an arena; enum pymm_type. */
struct object_type_key {
	__u32 arena;
	__u32 type;
};

/**
 * struct object_type - objects of that type
 * @allocated: made
 * @freed: freed
 * @newest: serial number of the one made last, 0: none yet
 * @newest_id: its id, which others may have had before and may have since
 * @reserved: 0
 */
struct object_type {
	__u64 allocated;
	__u64 freed;
	__u64 newest;
	__u32 newest_id;
	__u32 reserved;
};

#endif /* PYMM_BPF_OBJECT_H */
