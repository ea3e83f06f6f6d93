/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * pymm, inside: structures, owners of their fields, locks, life cycles.
 *
 * Locks, outermost first
 *
 *   the GIL              what users see; a state machine, not a kernel lock. It can be
 *                        held on return to user space. A task owns it before it takes
 *                        arena->lock, and never waits for it while holding that.
 *   arena->lock          mutex; protects the heap and all that programs can change. Held
 *                        while a program runs, never on return to user space, never
 *                        while user memory is read or written. Whoever is not running a
 *                        program raises arena->wanted first (pymm_arena_lock()); the
 *                        runner hands the lock over at its next tick, in the middle of an
 *                        operation if need be. Meanwhile all can be read, orphans can be
 *                        reaped and limits set, but no program runs: what the runner has a
 *                        reference to stays as it is. Where that is not enough, it sets
 *                        arena->pinned.
 *   gil->lock            spinlock, taken with bottom halves off, as its timer takes it too
 *   arena->locks         spinlock of all Lock and RLock objects: who has them, who waits
 *
 * No spinlock of these is taken inside another one.
 *
 * Fields that say "protected by the GIL and arena->lock" are changed by the task that owns
 * both, so that holding either is enough to read them.
 *
 * Life cycles
 *
 *   arena    refcounted: one reference for each arena file, each thread and the reap work
 *            while it is queued. An arena holds no file. The last put frees it, on the
 *            module's workqueue when it is large.
 *   thread   owned by its file, until the file is released; then by arena->orphans, until
 *            somebody who holds arena->lock has dropped what its frames hold.
 *   object   refs, a plain integer under arena->lock. At 0 it goes onto the dying stack of
 *            the thread that dropped it, and is freed before that thread's next
 *            instruction, or by the reaper.
 *   payload  owned by its object.
 */
#ifndef _PYMM_INTERNAL_H
#define _PYMM_INTERNAL_H

#include <linux/atomic.h>
#include <linux/bits.h>
#include <linux/err.h>
#include <linux/hrtimer.h>
#include <linux/list.h>
#include <linux/llist.h>
#include <linux/mutex.h>
#include <linux/pymm.h>
#include <linux/refcount.h>
#include <linux/sizes.h>
#include <linux/spinlock.h>
#include <linux/types.h>
#include <linux/uidgid.h>
#include <linux/wait.h>
#include <linux/workqueue.h>

#include "pool.h"

struct file;
struct pid;
struct pymm_args;

/* ---- limits; what a user can change stands in struct pymm_config ---- */

#define PYMM_MAX_INSNS		65536
#define PYMM_MAX_CONSTS		4096
#define PYMM_MAX_SLOTS		256
#define PYMM_MAX_IMAGE		(16U << 20)
#define PYMM_MAX_OUTPUT		(16U << 20)
#define PYMM_MAX_DEPTH		1000
#define PYMM_MAX_WALK		1000
#define PYMM_MAX_DUMP		SZ_1G
#define PYMM_MAX_OBJECTS	((u64)S32_MAX)
/* What a program that is being loaded can have beyond the limits, together with others. */
#define PYMM_RESERVE_BYTES	65536U
#define PYMM_RESERVE_OBJECTS	256U
/* Length of one list, tuple or str; keeps sizes in 32 bits, and the time of one copy short. */
#define PYMM_MAX_LEN		(S32_MAX / 32)

/* A loop does at most this many steps between two ticks. */
#define PYMM_TICK_STEPS		1024
/* A reaper lets others have the arena after so many ticks. */
#define PYMM_REAP_TICKS		16

/* ---- objects ---- */

#define PYMM_NR_TYPES	(PYMM_TYPE_RLOCK + 1)
/* Built-in classes of exceptions, plus 1. */
#define PYMM_NR_EXCEPTIONS	(PYMM_EXC_UNICODE_ERROR + 1)

/**
 * struct pymm_object - the header of an object, all of it for most atoms
 * @refs: reference count; negative as s32: immortal. Of a dying object: the number
 *	of the one below it on the dying stack.
 * @type: enum pymm_type; 0: free
 * @flags: PYMM_OBJ_
 * @aux: bytes of a str or bytes kept in @bytes; of other objects PYMM_AUX_
 * @ival: value of an int or bool; position of an iterator over a range; enum
 *	pymm_builtin
 * @float_bits: value of a float, as IEEE 754 has it
 * @bytes: a short str or bytes
 * @len: items of a container; bytes of a long str; code of a function; container of
 *	an iterator, 0 at its end; dict of a module; of a free header: the next free one
 * @cap: items that the payload has room for; globals of a function; position of an
 *	iterator; class of an instance or exception
 *
 * Protected by the GIL and arena->lock.
 */
struct pymm_object {
	u32 refs;
	u8 type;
	u8 flags;
	u16 aux;
	union {
		s64 ival;
		u64 float_bits;
		char bytes[8];
		struct {
			u32 len;
			u32 cap;
		};
	};
};

static_assert(sizeof(struct pymm_object) == 16);

#define PYMM_OBJ_TRACKED	BIT(0)	/* in a generation; pos[] says where */
#define PYMM_OBJ_LEAF		BIT(2)	/* refers to nothing that the last collection looked at */
#define PYMM_OBJ_INLINE		BIT(3)	/* a str or bytes whose text is in the header */
#define PYMM_OBJ_DYING		BIT(4)	/* on a dying stack; pos[] counts dropped references */
#define PYMM_OBJ_INTERNED	BIT(5)	/* a str that the arena's intern table names */
#define PYMM_OBJ_PRINTING	BIT(6)	/* a container that is being printed */

#define PYMM_AUX_FINALIZED	BIT(0)	/* its finalizer ran, or runs */
#define PYMM_AUX_WEAKREFS	BIT(1)	/* arena->weakrefs has a list of them */
#define PYMM_AUX_CALLBACKS	BIT(2)	/* dying: what is left of them has callbacks to run */
#define PYMM_AUX_DICT		BIT(3)	/* an instance with a dict object, @len */
#define PYMM_AUX_FINALIZING	BIT(4)	/* its finalizer runs, as its count went to 0 */
#define PYMM_AUX_MIXED		BIT(5)	/* a dict that was given a key that is no str */
#define PYMM_AUX_STAYS		BIT(6)	/* a dict that is tracked whatever it holds */
#define PYMM_AUX_KIND_SHIFT	8	/* of an iterator: enum pymm_iterator_kind */

#define PYMM_CHUNK_SHIFT	11
#define PYMM_CHUNK_OBJECTS	BIT(PYMM_CHUNK_SHIFT)

/*
 * A piece of the object table. The collector's arrays lie beside the headers, so
 * that a collection allocates nothing.
 */
struct pymm_chunk {
	struct pymm_object objects[PYMM_CHUNK_OBJECTS];
	void *payload[PYMM_CHUNK_OBJECTS];
	u32 gc_refs[PYMM_CHUNK_OBJECTS];
	u32 pos[PYMM_CHUNK_OBJECTS];
};

/**
 * struct pymm_serials - which objects of their arena those of a chunk are
 * @serials: by place in the chunk, 0 where it is not known; or NULL
 * @tracing: how often pymm_object_alloc had begun to be traced when they were written: what is
 *	from an earlier time is over
 */
struct pymm_serials {
	u64 *serials;
	u32 tracing;
};

/* Functions that every program can call by name. */
enum pymm_builtin {
	PYMM_BUILTIN_ABS,
	PYMM_BUILTIN_CALLABLE,
	PYMM_BUILTIN_DELATTR,
	PYMM_BUILTIN_GETATTR,
	PYMM_BUILTIN_HASATTR,
	PYMM_BUILTIN_HASH,
	PYMM_BUILTIN_ID,
	PYMM_BUILTIN_ISINSTANCE,
	PYMM_BUILTIN_ISSUBCLASS,
	PYMM_BUILTIN_ITER,
	PYMM_BUILTIN_LEN,
	PYMM_BUILTIN_MAX,
	PYMM_BUILTIN_MIN,
	PYMM_BUILTIN_NEXT,
	PYMM_BUILTIN_SETATTR,
	/* Those of the module gc. */
	PYMM_BUILTIN_GC_COLLECT,
	PYMM_BUILTIN_GC_DISABLE,
	PYMM_BUILTIN_GC_ENABLE,
	PYMM_BUILTIN_GC_FREEZE,
	PYMM_BUILTIN_GC_GET_COUNT,
	PYMM_BUILTIN_GC_GET_DEBUG,
	PYMM_BUILTIN_GC_GET_FREEZE_COUNT,
	PYMM_BUILTIN_GC_GET_OBJECTS,
	PYMM_BUILTIN_GC_GET_REFERENTS,
	PYMM_BUILTIN_GC_GET_REFERRERS,
	PYMM_BUILTIN_GC_GET_STATS,
	PYMM_BUILTIN_GC_GET_THRESHOLD,
	PYMM_BUILTIN_GC_IS_FINALIZED,
	PYMM_BUILTIN_GC_IS_TRACKED,
	PYMM_BUILTIN_GC_ISENABLED,
	PYMM_BUILTIN_GC_SET_DEBUG,
	PYMM_BUILTIN_GC_SET_THRESHOLD,
	PYMM_BUILTIN_GC_UNFREEZE,
	PYMM_NR_BUILTINS,
};

#define PYMM_BUILTIN_GC		PYMM_BUILTIN_GC_COLLECT	/* the first of those */

/* Flags of gc.set_debug(), as CPython's. Only SAVEALL changes what is done. */
#define PYMM_GC_DEBUG_STATS		BIT(0)
#define PYMM_GC_DEBUG_COLLECTABLE	BIT(1)
#define PYMM_GC_DEBUG_UNCOLLECTABLE	BIT(2)
#define PYMM_GC_DEBUG_SAVEALL		BIT(5)
#define PYMM_GC_DEBUG_LEAK		(PYMM_GC_DEBUG_COLLECTABLE | PYMM_GC_DEBUG_UNCOLLECTABLE | \
					 PYMM_GC_DEBUG_SAVEALL)

/* Iterators differ in what they iterate over, and each has a type object of its own. */
enum pymm_iterator_kind {
	PYMM_ITERATOR_LIST,
	PYMM_ITERATOR_TUPLE,
	PYMM_ITERATOR_STR,
	PYMM_ITERATOR_ASCII,	/* a str of nothing else */
	PYMM_ITERATOR_DICT,
	PYMM_ITERATOR_BYTES,
	PYMM_ITERATOR_SET,
	PYMM_NR_ITERATORS,
};

/* Numbers of the immortal objects, which every arena makes first. 0 is no object. */
#define PYMM_NO_NONE		1U
#define PYMM_NO_FALSE		2U
#define PYMM_NO_TRUE		3U
#define PYMM_NO_EMPTY_TUPLE	4U
#define PYMM_NO_EMPTY_STR	5U
#define PYMM_NO_SMALL_INTS	6U
#define PYMM_SMALL_INT_MIN	(-5)
#define PYMM_SMALL_INT_MAX	256
#define PYMM_NO_LATIN1		(PYMM_NO_SMALL_INTS + PYMM_SMALL_INT_MAX - PYMM_SMALL_INT_MIN + 1)
#define PYMM_NO_BYTES		(PYMM_NO_LATIN1 + 256)	/* those of one byte */
#define PYMM_NO_EMPTY_BYTES	(PYMM_NO_BYTES + 256)
#define PYMM_NO_NAME_INIT	(PYMM_NO_EMPTY_BYTES + 1)	/* '__init__' */
#define PYMM_NO_NAME_DEL	(PYMM_NO_NAME_INIT + 1)	/* '__del__' */
#define PYMM_NO_NAME_NAME	(PYMM_NO_NAME_DEL + 1)	/* '__name__' */
#define PYMM_NO_NAME_DOC	(PYMM_NO_NAME_NAME + 1)	/* '__doc__' */
#define PYMM_NO_NAME_PACKAGE	(PYMM_NO_NAME_DOC + 1)	/* '__package__' */
#define PYMM_NO_NAME_LOADER	(PYMM_NO_NAME_PACKAGE + 1)	/* '__loader__' */
#define PYMM_NO_NAME_SPEC	(PYMM_NO_NAME_LOADER + 1)	/* '__spec__' */
#define PYMM_NO_NAME_ENTER	(PYMM_NO_NAME_SPEC + 1)	/* '__enter__' */
#define PYMM_NO_NAME_EXIT	(PYMM_NO_NAME_ENTER + 1)	/* '__exit__' */
#define PYMM_NO_NAME_GC		(PYMM_NO_NAME_EXIT + 1)	/* 'gc' */
#define PYMM_NO_NAME_START	(PYMM_NO_NAME_GC + 1)	/* 'start' */
#define PYMM_NO_NAME_STOP	(PYMM_NO_NAME_START + 1)	/* 'stop' */
#define PYMM_NO_NAME_GENERATION	(PYMM_NO_NAME_STOP + 1)	/* 'generation' */
#define PYMM_NO_NAME_COLLECTIONS (PYMM_NO_NAME_GENERATION + 1)	/* 'collections' */
#define PYMM_NO_NAME_COLLECTED	(PYMM_NO_NAME_COLLECTIONS + 1)	/* 'collected' */
#define PYMM_NO_NAME_UNCOLLECTABLE (PYMM_NO_NAME_COLLECTED + 1)	/* 'uncollectable' */
#define PYMM_NO_NAME_CALLBACKS	(PYMM_NO_NAME_UNCOLLECTABLE + 1)	/* 'callbacks' */
#define PYMM_NO_NAME_GARBAGE	(PYMM_NO_NAME_CALLBACKS + 1)	/* 'garbage' */
#define PYMM_NO_NAME_DEBUG_STATS (PYMM_NO_NAME_GARBAGE + 1)	/* 'DEBUG_STATS' and four more */
/* Plus enum pymm_builtin, or enum pymm_type or enum pymm_exception, which begin with 1. */
#define PYMM_NO_BUILTIN_NAMES	(PYMM_NO_NAME_DEBUG_STATS + 5)
#define PYMM_NO_TYPE_NAMES	(PYMM_NO_BUILTIN_NAMES + PYMM_NR_BUILTINS - 1)
#define PYMM_NO_EXCEPTION_NAMES	(PYMM_NO_TYPE_NAMES + PYMM_NR_TYPES - 1)
#define PYMM_NO_GC_MODULE	(PYMM_NO_EXCEPTION_NAMES + PYMM_NR_EXCEPTIONS)
#define PYMM_NO_GC_DICT		(PYMM_NO_GC_MODULE + 1)	/* what it has */
#define PYMM_NO_GC_CALLBACKS	(PYMM_NO_GC_DICT + 1)	/* gc.callbacks, a list */
#define PYMM_NO_GC_GARBAGE	(PYMM_NO_GC_CALLBACKS + 1)	/* gc.garbage, a list */
#define PYMM_NO_BUILTINS	(PYMM_NO_GC_GARBAGE + 1)
#define PYMM_NO_MEMORY_ERROR	(PYMM_NO_BUILTINS + PYMM_NR_BUILTINS)	/* where none can be made */
#define PYMM_NO_TYPES		PYMM_NO_MEMORY_ERROR	/* type objects */
#define PYMM_NO_ITERATOR_TYPES	(PYMM_NO_TYPES + PYMM_NR_TYPES)	/* plus enum pymm_iterator_kind */
/* Classes of exceptions. */
#define PYMM_NO_EXCEPTIONS	(PYMM_NO_ITERATOR_TYPES + PYMM_NR_ITERATORS - 1)
#define PYMM_NO_FIRST_MORTAL	(PYMM_NO_EXCEPTIONS + PYMM_NR_EXCEPTIONS)

static_assert(PYMM_NO_FIRST_MORTAL < PYMM_CHUNK_OBJECTS);

/**
 * struct pymm_heap - the object table
 * @chunks: its pieces
 * @nr_chunks: how many there are
 * @max_chunks: how many @chunks has room for
 * @serials: for trace events, those of each chunk in which an object was made while these were
 *	traced
 * @max_serials: how many @serials has room for
 * @free: last freed header, or 0
 * @bump: first header that was never used
 * @objects: mortal objects alive
 * @allocated: objects made so far
 * @pools: memory of small payloads
 * @bytes: memory charged to the arena
 * @bytes_peak: largest @bytes so far
 * @max_objects: limit of @objects
 * @max_bytes: limit of @bytes
 * @reserve: the limits may be exceeded a little: a program is being loaded, that can
 *	make room
 * @refusal: why memory was refused last: -EDQUOT or -ENOMEM
 *
 * Protected by the GIL and arena->lock; @bytes, which outsiders change too, by
 * arena->lock, as are the limits.
 */
struct pymm_heap {
	struct pymm_chunk **chunks;
	u32 nr_chunks;
	u32 max_chunks;
	struct pymm_serials *serials;
	u32 max_serials;
	u32 free;
	u32 bump;
	u64 objects;
	u64 allocated;
	struct pymm_pools pools;
	u64 bytes;
	u64 bytes_peak;
	u64 max_objects;
	u64 max_bytes;
	bool reserve;
	int refusal;
};

/* ---- the collector ---- */

/*
 * All tracked objects stand in one array, in the order CPython's lists would have,
 * cut into segments that follow one another. Promotion moves a boundary. What a
 * collection found unreachable waits for its end in a segment behind the older
 * generation that it goes to if it survives.
 */
enum pymm_segment {
	PYMM_SEG_PERMANENT,	/* what gc.freeze() took */
	PYMM_SEG_GEN2,
	PYMM_SEG_GARBAGE2,
	PYMM_SEG_GEN1,
	PYMM_SEG_GARBAGE1,
	PYMM_SEG_GEN0,
	PYMM_SEGMENTS,
};

/**
 * struct pymm_seg - a segment of gc->order
 * @start: first position
 * @end: position behind the last one
 * @live: positions that are not 0, which is what an untracked object leaves
 */
struct pymm_seg {
	u32 start;
	u32 end;
	u32 live;
};

/* What a CODE frame was entered for, and what becomes of its result. */
enum pymm_frame_role {
	PYMM_ROLE_CALL,		/* the caller's slot gets it */
	PYMM_ROLE_INIT,		/* it must be None; the caller's slot gets the new instance */
	PYMM_ROLE_FINALIZE,	/* a finalizer: it is dropped, and deallocation goes on */
	PYMM_ROLE_CALLBACK,	/* of a weak reference: as a finalizer */
	PYMM_ROLE_RAISE,	/* as INIT; the new instance is raised */
	PYMM_ROLE_RAISE_CAUSE,	/* as INIT; it is the cause of the frame's value, which is raised */
};

enum pymm_frame_kind {
	PYMM_FRAME_CODE,	/* executes instructions */
	PYMM_FRAME_EXIT,	/* drops the slots of a frame that has returned */
	PYMM_FRAME_COLLECT,	/* frees what a collection found */
};

/* Where a LOCK_ACQUIRE or SLEEP stands that had to wait. */
enum pymm_wait {
	PYMM_WAIT_NONE,
	PYMM_WAIT_STARTED,	/* the deadline is set */
	PYMM_WAIT_GRANTED,	/* the lock is taken for this frame */
};

/**
 * struct pymm_frame - a continuation: what a thread does next
 * @prev: what it does after that
 * @caller: the nearest CODE frame behind @prev, or @prev; NULL if there is none
 * @kind: enum pymm_frame_kind
 * @wait: enum pymm_wait
 * @ret: slot of the calling frame that receives the result
 * @nr_slots: slots
 * @room: slots that the allocation has room for
 * @code: number of the code object; a reference
 * @globals: namespace of @function, or the arena's
 * @pc: next instruction; of an EXIT frame: next slot to drop
 * @result: result on its way to the caller, or 0; a reference
 * @hold: the new instance, the object being finalized or the weak reference; a reference
 * @outer: dying stack that waits for the end of a finalizer or callback
 * @role: enum pymm_frame_role
 * @raised: exception that waits for it, or NULL
 * @deadline: when LOCK_ACQUIRE gives up, or SLEEP ends, CLOCK_MONOTONIC
 * @value: what is raised, see PYMM_ROLE_RAISE_CAUSE, or the callback that is called; a reference
 * @bytecode: payload of @code
 * @object: its own object, or 0; a reference
 * @function: number of the function called, or 0; a reference
 * @slots: references, 0 where empty; behind them, once @object owns the frame, that of the caller
 *
 * Owned by its thread, or by @object when it has ended. Protected by the GIL and arena->lock.
 */
struct pymm_frame {
	struct pymm_frame *prev;
	struct pymm_frame *caller;
	u8 kind;
	u8 wait;
	u16 ret;
	u16 nr_slots;
	u16 room;
	u32 code;
	u32 globals;
	u32 pc;
	u32 result;
	u32 hold;
	u32 value;
	u32 outer;
	u32 role;
	struct pymm_raised *raised;
	ktime_t deadline;
	struct pymm_bytecode *bytecode;
	u32 object;
	u32 function;
	u32 slots[];
};

/* The object of a frame visits them together. */
static_assert(offsetof(struct pymm_frame, slots) ==
	      offsetof(struct pymm_frame, function) + sizeof(u32));

/* What the next step of a collection does with the garbage at gc->cursor. */
enum pymm_gc_phase {
	PYMM_GC_TELL_START,	/* call what is in gc.callbacks */
	PYMM_GC_ANALYSE,	/* find the garbage */
	PYMM_GC_WEAKREFS,	/* clear the weak references to it, and those that are garbage */
	PYMM_GC_CALLBACKS,	/* call those that are not (gc->callbacks) */
	PYMM_GC_FINALIZE,	/* call its finalizer */
	PYMM_GC_RESURRECT,	/* whatever can be reached now, is no garbage */
	PYMM_GC_CLEAR,	/* hold it and empty it */
	PYMM_GC_LET_GO,	/* drop the hold */
	PYMM_GC_CHECK,	/* if it is still there, move it to the older generation */
	PYMM_GC_TELL_STOP,	/* call what is in gc.callbacks */
};

/**
 * struct pymm_gc - the collector
 * @order: tracked objects by number, see enum pymm_segment
 * @cap: entries that @order has room for
 * @segs: where the segments of @order lie
 * @counts: as CPython's; @counts[0] counts allocations less deallocations
 * @thresholds: limits of @counts
 * @long_lived_total: objects left by the last full collection
 * @long_lived_pending: objects that survived generation 1 since
 * @enabled: automatic collections are wanted
 * @debug: flags of gc.set_debug()
 * @pending: one is due at the next check point
 * @collecting: one is going on
 * @generation: generation of the collection going on
 * @cursor: next position of the garbage segment
 * @phase: enum pymm_gc_phase
 * @told: how many of gc.callbacks were called
 * @info: dict that they get; a reference, or 0
 * @clearing: object that was cleared last; a reference while @phase is LET_GO
 * @callbacks: weak references whose callbacks are to be called, oldest first; references
 * @last_callback: the last of them
 * @called: weak reference whose callback was called last, or 0
 * @called_freed: how many of those were freed as soon as that had ended; they count as found
 * @finalized: a finalizer was called
 * @carcass: header that takes over the contents of an object being cleared
 * @ret: slot of the collecting instruction, or negative for an automatic one
 * @found: objects found unreachable
 * @visited: objects looked at
 * @started_ns: when it began
 * @frame: continuation of the collection going on
 * @collections: statistics, for each generation
 * @collected: statistics, for each generation
 * @ns: statistics: time spent
 *
 * Protected by the GIL and arena->lock; @thresholds and @enabled by arena->lock.
 */
struct pymm_gc {
	u32 *order;
	u32 cap;
	struct pymm_seg segs[PYMM_SEGMENTS];
	u32 counts[PYMM_GENERATIONS];
	u32 thresholds[PYMM_GENERATIONS];
	u64 long_lived_total;
	u64 long_lived_pending;
	bool enabled;
	bool pending;
	bool collecting;
	u8 generation;
	u8 phase;
	u32 debug;
	u32 cursor;
	u32 told;
	u32 info;
	u32 clearing;
	u32 callbacks;
	u32 last_callback;
	u32 called;
	u32 called_freed;
	bool finalized;
	u32 carcass;
	s32 ret;
	u64 found;
	u64 visited;
	u64 started_ns;
	struct pymm_frame frame;
	u64 collections[PYMM_GENERATIONS];
	u64 collected[PYMM_GENERATIONS];
	u64 ns;
};

/* ---- the GIL ---- */

/**
 * struct pymm_gil_request - what a policy is told of a thread that begins to wait
 * @thread: its id
 * @dropped: it let go of the GIL because it was asked to
 * @held_ns: how long it had it last; 0 if it never had it
 * @away_ns: how long ago it let go of it; U64_MAX if it never had it
 */
struct pymm_gil_request {
	u32 thread;
	bool dropped;
	u64 held_ns;
	u64 away_ns;
};

/**
 * struct pymm_gil_choice - what a policy is told when a GIL that threads wait for is let go
 * @first: id of the thread that has waited longest
 * @urgent: id of the urgent one that has waited longest, or 0
 * @waited_ns: how long @first has
 * @interval_ns: the switch interval
 */
struct pymm_gil_choice {
	u32 first;
	u32 urgent;
	u64 waited_ns;
	u64 interval_ns;
};

/**
 * struct pymm_gil_policy - who has the GIL next
 * @handoff: who is next has it, and nobody who comes meanwhile; else that one is only woken
 * @urgent: does a thread ask for the GIL as soon as it waits? NULL: none does
 * @next: id of the thread that is next; any that does not wait means the first one
 *
 * Both are called with gil->lock held: they take no time and no lock.
 */
struct pymm_gil_policy {
	bool handoff;
	bool (*urgent)(const struct pymm_gil_request *request);
	u32 (*next)(const struct pymm_gil_choice *choice);
};

/**
 * struct pymm_gil_waiter - a task that waits for the GIL, on its stack
 * @node: in gil->waiters
 * @urgent: in gil->urgent, or empty
 * @task: the task
 * @thread: id of its thread
 * @since: when it came
 */
struct pymm_gil_waiter {
	struct list_head node;
	struct list_head urgent;
	struct task_struct *task;
	u32 thread;
	u64 since;
};

/**
 * struct pymm_gil - the GIL of an arena
 * @lock: protects all of it
 * @policy: who has it next
 * @holder: thread that holds it, or NULL
 * @holder_pid: task that acquired it for @holder; a reference
 * @acquired_ns: when
 * @last_holder: id of the thread that had it last
 * @switch_number: times that was another one than before
 * @switched_ns: when it was another one last
 * @drop_request: the holder is asked to drop it; the holder reads it without @lock
 * @owner_died: the last holder went without releasing it, and nobody was told yet
 * @nr_waiters: length of @waiters
 * @waiters: struct pymm_gil_waiter, in order of arrival
 * @urgent: those of them that the policy has called urgent, in the same order
 * @offered: the one that alone may take the GIL, which is free; NULL: whoever comes
 * @free_ns: when it was let go
 * @switched: where a thread that dropped it on request waits for the switch
 * @timer: looks when it is time to ask, and who is still there; armed while there are waiters
 * @ask_ns: when the holder is asked to drop it, if nobody asks before
 * @keep_ns: until when nobody urgent asks it
 * @interval_ns: the switch interval
 * @drop_requests: statistics
 * @forced_switches: statistics
 * @abandoned: statistics
 */
struct pymm_gil {
	spinlock_t lock;	/* all fields; see "Locks" */
	const struct pymm_gil_policy *policy;
	struct pymm_thread *holder;
	struct pid *holder_pid;
	u64 acquired_ns;
	u32 last_holder;
	u64 switch_number;
	u64 switched_ns;
	bool drop_request;
	bool owner_died;
	u32 nr_waiters;
	struct list_head waiters;
	struct list_head urgent;
	struct pymm_gil_waiter *offered;
	u64 free_ns;
	wait_queue_head_t switched;
	struct hrtimer timer;
	u64 ask_ns;
	u64 keep_ns;
	u64 interval_ns;
	u64 drop_requests;
	u64 forced_switches;
	u64 abandoned;
};

/*
 * What a thread did with the GIL; protected by gil->lock. See struct pymm_gil_args, but for the
 * last six: when it let go of it last, how long it had it before, and if it was asked to; since
 * when it waits, or 0; since when it waited when a signal came and it no more waited, or 0, and
 * when that was.
 */
struct pymm_gil_stat {
	u64 acquires;
	u64 waits;
	u64 wait_ns;
	u64 wait_max_ns;
	u64 holds;
	u64 hold_ns;
	u64 hold_max_ns;
	u64 drops;
	u64 left_ns;
	u64 held_ns;
	bool dropped;
	u64 waiting_since;
	u64 interrupted_since;
	u64 interrupted_ns;
};

/* ---- weak references ---- */

/**
 * struct pymm_weakrefs - the newest weak reference of each object that has some
 * @entries: pairs of object and weak reference, 0 where free; found by linear probing
 * @size: how many pairs there is room for, a power of 2, or 0
 * @used: how many there are, at most three quarters
 *
 * Protected by the GIL and arena->lock.
 */
struct pymm_weakrefs {
	u32 (*entries)[2];
	u32 size;
	u32 used;
};

/**
 * struct pymm_trail - the frames that the exception passed which ends a program
 * @entries: allocated when it is raised; NULL
 * @room: how many the caller has room for
 * @used: how many there are
 * @depth: how many frames it passed
 */
struct pymm_trail {
	struct pymm_traceback *entries;
	u32 room;
	u32 used;
	u32 depth;
};

/* What the object of an exception will refer to that has none yet. */
enum pymm_raised_ref {
	PYMM_RAISED_OBJ,	/* the object without the attribute, or the key that is not there */
	PYMM_RAISED_NAME,	/* the name that is not there */
	PYMM_RAISED_REFS,
};

/**
 * struct pymm_raised - an exception on its way through the frames
 * @exception: enum pymm_exception, or 0: there is none
 * @object: the exception itself; 0 as long as nobody can see it; a reference
 * @refs: of one without @object: references, or 0
 * @thrown: it is known whether it will be caught, and has an object if so
 * @again: its traceback has the frame already
 * @operands: what the instruction that raised it was to consume is still there, but for the
 *	first @cursor of them
 * @cursor: how many of the innermost frame's slots, or of those operands, were dropped
 * @function: of a call: it is one of a function of a program
 * @wanted: of such a call: how many of its operands had a parameter to go to
 * @early: how many operands die before it has an object
 * @code: index in its image of the code object that raised it
 * @pos: instruction that raised it; ~0: not known yet
 * @message: of one without @object: its text
 */
struct pymm_raised {
	u32 exception;
	u32 object;
	u32 refs[PYMM_RAISED_REFS];
	bool thrown;
	bool again;
	bool operands;
	bool function;
	u32 cursor;
	u32 wanted;
	u32 early;
	u32 code;
	u32 pos;
	char message[PYMM_MESSAGE_SIZE];
};

/* ---- arenas and threads ---- */

/**
 * struct pymm_arena - one interpreter's heap, names, GIL and collector
 * @refs: see "Life cycles"
 * @id: label in trace events; invariant
 * @uid: who opened it; invariant
 * @lock: see "Locks"
 * @wanted: tasks that wait for @lock and run no program
 * @taken: times that one of those got @lock
 * @handed: where the runner waits until one of them has had @lock
 * @hurry: tasks being killed that need @lock back: whoever holds it and runs no
 *	program gives way at its next tick
 * @pinned: the runner is at something that reaping would disturb: it does not hand
 *	@lock over; protected by the GIL and @lock
 * @heap: the object table
 * @gc: the collector
 * @gil: the GIL
 * @globals: number of the namespace, or 0 before the first use
 * @interned: number of the dict of interned strings, which holds no references to
 *	them; or 0
 * @builtins: number of the namespace behind every other one, which nobody changes; or 0
 * @weakrefs: lists of weak references, by object
 * @limbo: objects that died where no program may run, and have a finalizer or callbacks:
 *	a dying stack for the next thread that runs
 * @finalizers: some class has, or had, a __del__
 * @locks: protects the state of Locks and RLocks, who waits for them, and which task runs a thread;
 *	see "Locks"
 * @unraisable: exceptions that ended finalizers and callbacks; statistics
 * @hash_seed: makes string hashes unpredictable; invariant
 * @check_all: every instruction is a check point; protected by @lock
 * @steps: instructions executed by calls that have returned
 * @threads: all threads, by struct pymm_thread.node; protected by @lock
 * @nr_threads: thread files
 * @max_threads: limit of @nr_threads
 * @last_thread_id: id of the newest thread; protected by @lock
 * @orphans: threads whose file is gone, by struct pymm_thread.orphan; added
 *	without a lock, taken off under @lock
 * @reap_work: drops what @orphans hold
 * @free_work: frees a large arena
 * @dying: on the list of arenas being freed; protected by that list's lock
 * @dying_bytes: what the heap had when its freeing began; invariant on that list
 */
struct pymm_arena {
	refcount_t refs;
	u32 id;
	kuid_t uid;
	struct mutex lock;	/* heap, threads and programs; see "Locks" */
	atomic_t wanted;
	atomic_t taken;
	wait_queue_head_t handed;
	atomic_t hurry;
	bool pinned;
	struct pymm_heap heap;
	struct pymm_gc gc;
	struct pymm_gil gil;
	u32 globals;
	u32 interned;
	u32 builtins;
	struct pymm_weakrefs weakrefs;
	u32 limbo;
	bool finalizers;
	spinlock_t locks;	/* Locks and RLocks */
	u64 unraisable;
	u32 hash_seed;
	bool check_all;
	atomic64_t steps;
	atomic_t nr_threads;
	u32 max_threads;
	u32 last_thread_id;
	struct list_head threads;
	struct llist_head orphans;
	struct work_struct reap_work;
	struct work_struct free_work;
	struct list_head dying;
	u64 dying_bytes;
};

/**
 * struct pymm_walk - one level of a comparison, hash or print
 * @a: container
 * @i: next item
 * @b: the one compared with
 * @skip: of sets: keys of @b that were found to be different from the one at hand
 * @hash: hash so far
 */
struct pymm_walk {
	u32 a;
	u32 i;
	union {
		struct {
			u32 b;
			u32 skip;
		};
		u64 hash;
	};
};

/**
 * struct pymm_thread - a thread state: frames and the right to run
 * @arena: its arena; a reference
 * @id: label in trace events and value of gil->last_holder; invariant
 * @busy: bit 0: a task is in an ioctl of this thread
 * @node: in arena->threads; protected by arena->lock
 * @orphan: in arena->orphans
 * @gil_stat: protected by gil->lock
 * @closed: its file is gone; set once
 * @task: task that runs it, or ran it or asked for the GIL last; a reference, or NULL; protected
 *	by arena->locks, as the three that follow
 * @held: RLocks that it has taken
 * @waits_for: number of the Lock or RLock that it waits for, or 0
 * @waits_since: when that wait began
 * @frame: what it does next, or NULL; protected by the GIL and arena->lock, as
 *	all that follows
 * @spare: a free frame, kept for the next call
 * @depth: CODE frames
 * @dying: top of the stack of dying objects, or 0
 * @budget: steps left until the next tick
 * @steps: instructions executed by this call
 * @max_steps: pause after so many
 * @raised: the exception on its way through the frames
 * @handled: the exception that is being handled, as sys.exception(); a reference, or 0
 * @ended: what is told of the exception that has ended the program
 * @trail: and of the frames that it passed
 * @walk: stack of comparisons, hashes and prints, allocated on first use
 * @walk_top: entries in use
 * @output: records printed by this call, allocated on first use; owned by the
 *	task in the ioctl, as the three that follow
 * @output_size: room for them
 * @output_used: bytes used
 * @output_needed: what a print that found no room needs
 * @reports: exceptions in finalizers and callbacks that found no room
 * @last_report: the last one of those
 * @reap_ticks: what is left of this turn of its reaper; 0 for a thread with a file
 * @quiet: no program may run: what has a finalizer or callbacks is left to the next RUN
 * @hooked: a finalizer or callback was entered: a check point is due
 * @interrupt: KeyboardInterrupt is to be raised
 * @in_arena: this task holds arena->lock
 * @owner_died: the GIL's last holder had gone when this call acquired it
 * @lock_owner_died: the last owner of an RLock had gone when this call acquired that
 */
struct pymm_thread {
	struct pymm_arena *arena;
	u32 id;
	unsigned long busy;
	struct list_head node;
	struct llist_node orphan;
	struct pymm_gil_stat gil_stat;
	bool closed;
	struct pid *task;
	struct list_head held;
	u32 waits_for;
	u64 waits_since;
	struct pymm_frame *frame;
	struct pymm_frame *spare;
	u32 depth;
	u32 dying;
	s32 budget;
	u64 steps;
	u64 max_steps;
	struct pymm_raised raised;
	u32 handled;
	struct pymm_raised ended;
	struct pymm_trail trail;
	struct pymm_walk *walk;
	u32 walk_top;
	void *output;
	u32 output_size;
	u32 output_used;
	u32 output_needed;
	struct pymm_report *reports;
	struct pymm_report *last_report;
	u32 reap_ticks;
	bool quiet;
	bool hooked;
	bool interrupt;
	bool in_arena;
	bool owner_died;
	bool lock_owner_died;
};

/* ---- types ---- */

/* An operation raised an exception; outside of the errnos. */
#define PYMM_RAISED	(-MAX_ERRNO - 1)

/**
 * struct pymm_span - where an object keeps its references
 * @base: the first one
 * @groups: how many groups there are
 * @width: references in a group; an empty one is 0
 * @stride: u32s from one group to the next
 * @reverse: the collector visits, and deallocation drops, the last group first
 * @tail: one more reference, after all of those, or 0
 *
 * The collector visits a group from its first reference to its last,
 * deallocation drops it from the last to the first: a dict's value stands before
 * its key, as in dict_traverse() and dictkeys_decref() of CPython 3.13.
 */
struct pymm_span {
	const u32 *base;
	u32 groups;
	u8 width;
	u8 stride;
	bool reverse;
	u32 tail;
};

/**
 * struct pymm_indices - the items of a sequence that a slice means
 * @start: index of the first one; without any, where a slice of step 1 is
 * @step: from each to the next one
 * @count: how many there are
 */
struct pymm_indices {
	s64 start;
	s64 step;
	u32 count;
};

#define PYMM_TYPE_GC	BIT(0)	/* can be part of a cycle: counted, may be tracked */
#define PYMM_TYPE_TRACK	BIT(1)	/* tracked from birth */
#define PYMM_TYPE_CLEAR	BIT(2)	/* the collector can empty it */
#define PYMM_TYPE_WEAK	BIT(3)	/* weak references to it can be made */
#define PYMM_TYPE_NAMED	BIT(4)	/* programs find it by its name */

/**
 * struct pymm_type_ops - what a type does
 * @name: what those who count objects call it
 * @tp_name: what programs call it, with its module where CPython says that; NULL: @name
 * @flags: PYMM_TYPE_
 * @span: where its references are; NULL: it has none
 * @dying: its last reference is gone, before anything else; NULL: nothing to do
 * @clear: the collector empties it, before any of its references is dropped; NULL: it is
 *	not emptied, or its payload is taken away (PYMM_TYPE_CLEAR)
 * @free: frees the payload; NULL: it has none
 * @length: items, as len(); NULL: it has no len()
 * @getitem: @item = x[key], a new reference; NULL: not subscriptable
 * @setitem: x[key] = value, or del x[key] where @value is 0; NULL: refused
 * @contains: value in x: 0, 1, or an error; NULL: its items are looked through
 * @iterator: enum pymm_iterator_kind of iterators over it
 * @each: the item at a position, a new reference, after which the position is that of the
 *	next one: 1, 0 behind the last, or an error; the first one is at 0. NULL: not a
 *	container that can be iterated over
 * @next: next item of an iterator, a new reference: 1, 0 at the end, or an error; NULL: not
 *	an iterator
 * @construct: calls the type: @result = an object of it, a new reference; NULL: refused
 *
 * All are called with the GIL and arena->lock held. Those that may fail return
 * PYMM_RAISED, see pymm_raise(), or -EINTR, see pymm_tick().
 */
struct pymm_type_ops {
	const char *name;
	const char *tp_name;
	u8 flags;
	void (*span)(struct pymm_arena *arena, u32 no, struct pymm_span *span);
	void (*dying)(struct pymm_arena *arena, u32 no);
	void (*clear)(struct pymm_thread *thread, u32 no);
	void (*free)(struct pymm_arena *arena, u32 no);
	u64 (*length)(struct pymm_arena *arena, u32 no);
	int (*getitem)(struct pymm_thread *thread, u32 no, u32 key, u32 *item);
	int (*setitem)(struct pymm_thread *thread, u32 no, u32 key, u32 value);
	int (*contains)(struct pymm_thread *thread, u32 no, u32 value);
	u8 iterator;
	int (*each)(struct pymm_thread *thread, u32 no, u64 *at, u32 *item);
	int (*next)(struct pymm_thread *thread, u32 no, u32 *item);
	int (*construct)(struct pymm_thread *thread, const struct pymm_args *args, u32 *result);
};
#endif
