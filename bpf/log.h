/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What log.bpf.c keeps. Include linux/types.h or types.bpf.h first.
 */
#ifndef PYMM_BPF_LOG_H
#define PYMM_BPF_LOG_H

#define LOG_MAX_EVENTS	512
#define LOG_NAME_LEN	32

enum log_kind {
	LOG_ALLOC = 1,
	LOG_FREE = 2,
	LOG_BIND = 3,
	LOG_UNBIND = 4,
};

/**
 * struct log_event - an object was made or freed, or a name bound or unbound
 * @kind: enum log_kind
 * @type: enum pymm_type of the object
 * @id: of the object; what the name is bound to now, or 0
 * @old_id: what it was bound to before, or 0
 * @serial: of the object
 * @ns: id of the namespace
 * @reserved: 0
 * @name: the name, cut to fit
 */
struct log_event {
	__u32 kind;
	__u32 type;
	__u32 id;
	__u32 old_id;
	__u64 serial;
	__u32 ns;
	__u32 reserved;
	char name[LOG_NAME_LEN];
};

#endif /* PYMM_BPF_LOG_H */
