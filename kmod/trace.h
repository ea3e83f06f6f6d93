/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Trace events. They carry labels (arena and thread ids, object ids) and
 * scalars, never a kernel address. All are fired in process context outside of
 * spinlocks, but pymm_gil_drop_request, which the timer fires. Times are
 * CLOCK_MONOTONIC ns taken inside the GIL's spinlock, so that the hold times of
 * one arena never overlap in them.
 */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM pymm

#if !defined(_PYMM_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define _PYMM_TRACE_H

#include <linux/tracepoint.h>

#define PYMM_TRACE_NAME_LEN	32

/* heap.c */
int pymm_serials_begin(void);

DECLARE_EVENT_CLASS(pymm_object,
	TP_PROTO(u32 arena, u32 id, u32 type, u64 serial),
	TP_ARGS(arena, id, type, serial),
	TP_STRUCT__entry(
		__field(u64, serial)
		__field(u32, arena)
		__field(u32, id)
		__field(u32, type)
	),
	TP_fast_assign(
		__entry->serial = serial;
		__entry->arena = arena;
		__entry->id = id;
		__entry->type = type;
	),
	TP_printk("arena=%u id=%u type=%u serial=%llu", __entry->arena, __entry->id,
		  __entry->type, __entry->serial)
);

/*
 * An object was made; its reference count is 1. It is the @serial-th of its arena: that no other
 * one is, while its id may be that of many, one after the other.
 */
DEFINE_EVENT_FN(pymm_object, pymm_object_alloc,
	TP_PROTO(u32 arena, u32 id, u32 type, u64 serial),
	TP_ARGS(arena, id, type, serial),
	pymm_serials_begin, NULL
);

/*
 * An object was freed; its id may be given to another one. @serial is 0 where it is not known, as
 * pymm_object_alloc was not traced all the time since the object was made.
 */
DEFINE_EVENT(pymm_object, pymm_object_free,
	TP_PROTO(u32 arena, u32 id, u32 type, u64 serial),
	TP_ARGS(arena, id, type, serial)
);

DECLARE_EVENT_CLASS(pymm_name,
	TP_PROTO(u32 arena, u32 ns, const char *name, u32 old_id, u32 new_id),
	TP_ARGS(arena, ns, name, old_id, new_id),
	TP_STRUCT__entry(
		__field(u32, arena)
		__field(u32, ns)
		__field(u32, old_id)
		__field(u32, new_id)
		__array(char, name, PYMM_TRACE_NAME_LEN)
	),
	TP_fast_assign(
		__entry->arena = arena;
		__entry->ns = ns;
		__entry->old_id = old_id;
		__entry->new_id = new_id;
		strscpy_pad(__entry->name, name, PYMM_TRACE_NAME_LEN);
	),
	TP_printk("arena=%u ns=%u name=%s old=%u new=%u", __entry->arena, __entry->ns,
		  __entry->name, __entry->old_id, __entry->new_id)
);

/* A name of namespace @ns was bound; @old_id is 0 if it was not bound before. */
DEFINE_EVENT(pymm_name, pymm_name_bind,
	TP_PROTO(u32 arena, u32 ns, const char *name, u32 old_id, u32 new_id),
	TP_ARGS(arena, ns, name, old_id, new_id)
);

/* A name was unbound; @new_id is 0. */
DEFINE_EVENT(pymm_name, pymm_name_unbind,
	TP_PROTO(u32 arena, u32 ns, const char *name, u32 old_id, u32 new_id),
	TP_ARGS(arena, ns, name, old_id, new_id)
);

DECLARE_EVENT_CLASS(pymm_gil,
	TP_PROTO(u32 arena, u32 thread, u32 other, u64 ns, u64 ts),
	TP_ARGS(arena, thread, other, ns, ts),
	TP_STRUCT__entry(
		__field(u32, arena)
		__field(u32, thread)
		__field(u32, other)
		__field(u64, ns)
		__field(u64, ts)
	),
	TP_fast_assign(
		__entry->arena = arena;
		__entry->thread = thread;
		__entry->other = other;
		__entry->ns = ns;
		__entry->ts = ts;
	),
	TP_printk("arena=%u thread=%u other=%u ns=%llu ts=%llu", __entry->arena,
		  __entry->thread, __entry->other, __entry->ns, __entry->ts)
);

/* @thread starts to wait for the GIL, which @other holds; @ns is 0. */
DEFINE_EVENT(pymm_gil, pymm_gil_request,
	TP_PROTO(u32 arena, u32 thread, u32 other, u64 ns, u64 ts),
	TP_ARGS(arena, thread, other, ns, ts)
);

/* @thread has got the GIL after @ns of waiting; @other had it last, or 0. */
DEFINE_EVENT(pymm_gil, pymm_gil_acquire,
	TP_PROTO(u32 arena, u32 thread, u32 other, u64 ns, u64 ts),
	TP_ARGS(arena, thread, other, ns, ts)
);

/* @thread gave the GIL up after holding it for @ns; @other is 0. */
DEFINE_EVENT(pymm_gil, pymm_gil_release,
	TP_PROTO(u32 arena, u32 thread, u32 other, u64 ns, u64 ts),
	TP_ARGS(arena, thread, other, ns, ts)
);

/* The switch interval of a waiter ran out: @thread, the holder, is to drop the GIL. */
DEFINE_EVENT(pymm_gil, pymm_gil_drop_request,
	TP_PROTO(u32 arena, u32 thread, u32 other, u64 ns, u64 ts),
	TP_ARGS(arena, thread, other, ns, ts)
);

/* A collection of @generation and the younger ones begins, over @objects. */
TRACE_EVENT(pymm_gc_start,
	TP_PROTO(u32 arena, u32 thread, u32 generation, u64 objects),
	TP_ARGS(arena, thread, generation, objects),
	TP_STRUCT__entry(
		__field(u32, arena)
		__field(u32, thread)
		__field(u32, generation)
		__field(u64, objects)
	),
	TP_fast_assign(
		__entry->arena = arena;
		__entry->thread = thread;
		__entry->generation = generation;
		__entry->objects = objects;
	),
	TP_printk("arena=%u thread=%u generation=%u objects=%llu", __entry->arena,
		  __entry->thread, __entry->generation, __entry->objects)
);

/* It ended: @collected were found unreachable; @ns after its start. */
TRACE_EVENT(pymm_gc_end,
	TP_PROTO(u32 arena, u32 thread, u32 generation, u64 objects, u64 collected, u64 ns),
	TP_ARGS(arena, thread, generation, objects, collected, ns),
	TP_STRUCT__entry(
		__field(u32, arena)
		__field(u32, thread)
		__field(u32, generation)
		__field(u64, objects)
		__field(u64, collected)
		__field(u64, ns)
	),
	TP_fast_assign(
		__entry->arena = arena;
		__entry->thread = thread;
		__entry->generation = generation;
		__entry->objects = objects;
		__entry->collected = collected;
		__entry->ns = ns;
	),
	TP_printk("arena=%u thread=%u generation=%u objects=%llu collected=%llu ns=%llu",
		  __entry->arena, __entry->thread, __entry->generation, __entry->objects,
		  __entry->collected, __entry->ns)
);

#endif /* _PYMM_TRACE_H */

#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH .
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE trace
#include <trace/define_trace.h>
