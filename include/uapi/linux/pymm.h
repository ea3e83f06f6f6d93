/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
/*
 * pymm: Python's memory model as a kernel service. The contract between
 * /dev/pymm and its users.
 */
#ifndef _UAPI_LINUX_PYMM_H
#define _UAPI_LINUX_PYMM_H

#include <linux/ioctl.h>
#include <linux/types.h>

/**
 * DOC: Files
 *
 * open("/dev/pymm") gives an arena fd: a fresh *arena* (objects, names, GIL,
 * collector) with all rights. PYMM_IOC_DUP on it gives another fd on the same
 * arena with the same or fewer rights. PYMM_IOC_THREAD gives a thread fd: one
 * thread state, which runs programs. PYMM_IOC_DUMP gives a dump fd: a snapshot
 * of the arena to be read().
 *
 * A file descriptor is the only way to reach an arena; it can be inherited or
 * passed over a unix socket. The arena lives until its last arena fd and its
 * last thread fd are closed.
 */

/**
 * DOC: Sizes and growth
 *
 * Each ioctl takes a pointer to one struct. The kernel dispatches on _IOC_NR
 * and takes the caller's size of the struct from _IOC_SIZE: a smaller struct of
 * an earlier version (never smaller than the _SIZE_VER0 of it) is extended by
 * zeros, a larger one is accepted if what the kernel does not know is zero, and
 * what the kernel writes back is cut to the caller's size.
 */

/**
 * DOC: Errors
 *
 * Every ioctl returns 0, or one of these and changes nothing:
 *
 *  - ENOTTY: the number is unknown on this kind of file
 *  - EINVAL: the struct is smaller than its first version, or an argument, a
 *    reserved field or a program is bad
 *  - E2BIG: the struct is larger than the kernel knows and its tail not zero, or
 *    larger than a page
 *  - EOPNOTSUPP: a flag, a right, a field selector or a policy that the kernel does
 *    not know
 *  - EFAULT: a pointer cannot be read or written. That is tried before anything is
 *    done, by writing back what the struct holds; who unmaps it during the call
 *    gets EFAULT although the call had its effect
 *  - EACCES: the fd does not have the right that is needed
 *  - EPERM: GIL release by a thread that does not hold it
 *  - EBUSY: the thread fd is running in another task, or has kept frames
 *  - EDEADLK: GIL acquire by the thread that holds it
 *  - EDQUOT: a limit of the arena, or of programs (see QUERY), is reached
 *  - EMFILE, ENFILE: no file descriptor can be had
 *  - ENOMEM: out of memory
 *  - ETIMEDOUT: the deadline passed before the GIL could be had
 *  - EOWNERDEAD: the GIL was acquired, and its last holder had gone without
 *    releasing it; said once, by PYMM_IOC_GIL
 *  - EINTR: a signal came before the GIL could be had; the call is restarted
 *    where the signal's handler asks for it (SA_RESTART)
 */

#define PYMM_IOC_MAGIC	0xBB

/* Version of this contract; it grows when something is added. */
#define PYMM_ABI_VERSION	1

/* Rights of an arena fd. */
#define PYMM_RIGHT_INSPECT	(1U << 0)	/* STAT, DUMP */
#define PYMM_RIGHT_RUN		(1U << 1)	/* THREAD */
#define PYMM_RIGHT_CONFIG	(1U << 2)	/* CONFIG that sets a field */
#define PYMM_RIGHTS_ALL		(PYMM_RIGHT_INSPECT | PYMM_RIGHT_RUN | PYMM_RIGHT_CONFIG)

/**
 * struct pymm_query - PYMM_IOC_QUERY on an arena fd: what this kernel can do
 * @flags: in: must be 0
 * @rights: out: rights of this fd (PYMM_RIGHT_)
 * @abi_version: out: PYMM_ABI_VERSION of the kernel
 * @nr_opcodes: out: number of the last opcode plus 1
 * @nr_types: out: number of the last type plus 1
 * @names_size: in: bytes at @names; out: bytes needed for all names
 * @names: in: user buffer, or 0. Receives @nr_opcodes opcode names, then
 *	@nr_types type names, each ended by a NUL, empty where a number is not
 *	used. A buffer that is too small receives nothing; that is no error.
 * @run_flags: out: the PYMM_RUN_ flags known
 * @config_fields: out: the PYMM_CONFIG_ field selectors known
 * @config_flags: out: the PYMM_CONFIG_F_ flags known
 * @max_insns: out: limit of instructions in an image
 * @max_consts: out: limit of constants in an image
 * @max_slots: out: limit of slots in a code object
 * @max_image_size: out: limit of bytes in an image
 * @max_depth: out: limit of nested calls
 * @arena_id: out: number that the arena's trace events carry. It is a label:
 *	nothing can be reached by it.
 * @reserved: in: must be 0
 * @policies: out: a bit for each enum pymm_policy known
 * @reserved2: in: must be 0
 *
 * Needs no right and makes nothing that stays: free on an fd that was only opened.
 */
struct pymm_query {
	__u32 flags;
	__u32 rights;
	__u32 abi_version;
	__u32 nr_opcodes;
	__u32 nr_types;
	__u32 names_size;
	__aligned_u64 names;
	__u32 run_flags;
	__u32 config_fields;
	__u32 config_flags;
	__u32 max_insns;
	__u32 max_consts;
	__u32 max_slots;
	__u32 max_image_size;
	__u32 max_depth;
	__u32 arena_id;
	__u32 reserved;
	__u32 policies;
	__u32 reserved2;
};

#define PYMM_QUERY_SIZE_VER0	72	/* up to @reserved */
#define PYMM_QUERY_SIZE_VER1	80

/* Field selectors of struct pymm_config. */
#define PYMM_CONFIG_SWITCH_INTERVAL	(1U << 0)
#define PYMM_CONFIG_FLAGS		(1U << 1)
#define PYMM_CONFIG_THRESHOLDS		(1U << 2)
#define PYMM_CONFIG_MAX_OBJECTS		(1U << 3)
#define PYMM_CONFIG_MAX_BYTES		(1U << 4)
#define PYMM_CONFIG_MAX_THREADS		(1U << 5)
#define PYMM_CONFIG_POLICY		(1U << 6)

/* Flags of an arena. */
#define PYMM_CONFIG_F_GC		(1U << 0)	/* automatic collection */
#define PYMM_CONFIG_F_CHECK_ALL		(1U << 1)	/* every instruction is a check point */

/* Which of the threads that wait for the GIL has it next. */
enum pymm_policy {
	/*
	 * CPython's: who waits longest is woken when it is let go, and whoever comes first takes
	 * it, but for a thread that was asked to drop it, which waits until another one has it.
	 */
	PYMM_POLICY_CPYTHON = 0,
	/* Who waits longest has it next, and nobody who comes meanwhile. */
	PYMM_POLICY_FIFO = 1,
	/*
	 * As FIFO, but a thread that did without it for at least as long as it had it last asks
	 * for it at once, and has it before others, except those who wait for longer than the
	 * switch interval. One of these who had it for less than an eighth of that before, and was
	 * asked, keeps it for as long.
	 */
	PYMM_POLICY_IO_BOOST = 2,
};

#define PYMM_GENERATIONS	3

/**
 * struct pymm_config - PYMM_IOC_CONFIG on an arena fd: read and set parameters
 * @fields: in: selectors (PYMM_CONFIG_) of the fields to set; 0 only reads
 * @flags: PYMM_CONFIG_F_; default PYMM_CONFIG_F_GC
 * @switch_interval_ns: how long a thread waits for the GIL before it asks the
 *	holder to drop it; 1 to 3600 * 10^9, default 5,000,000 as CPython's.
 *	A real wait is never shorter than 50,000.
 * @thresholds: collection thresholds, default 2000, 10, 10 as CPython 3.13's;
 *	the first 0: no automatic collection; at most 2^31 - 1
 * @max_threads: thread fds; 1 to 65536, default 1024
 * @max_objects: objects alive; at least 1024, at most 2^31 - 1, default that
 * @max_bytes: memory of the arena in bytes; at least 1 MiB, at most 2^40,
 *	default 256 MiB. The images and outputs of calls going on do not count; like
 *	all memory they are charged to the caller's cgroup. A limit below what is in
 *	use refuses further growth. So that a program can make room, loading one may
 *	exceed this limit by 64 KiB and that of objects by 256. Small pieces lie in
 *	pages of their size: these may be twice as large in all as the limit and 64
 *	pages, and refuse growth then, where few of them are full.
 * @policy: enum pymm_policy; default PYMM_POLICY_CPYTHON. It can be set while threads
 *	wait: they stay in the order in which they came.
 * @reserved: in: must be 0
 *
 * On return every field holds the value in force. All fields selected are checked before
 * the first is set. Setting needs PYMM_RIGHT_CONFIG, reading no right.
 */
struct pymm_config {
	__u32 fields;
	__u32 flags;
	__u64 switch_interval_ns;
	__u32 thresholds[PYMM_GENERATIONS];
	__u32 max_threads;
	__u64 max_objects;
	__u64 max_bytes;
	__u32 policy;
	__u32 reserved;
};

#define PYMM_CONFIG_SIZE_VER0	48	/* up to @max_bytes */
#define PYMM_CONFIG_SIZE_VER1	56

/**
 * struct pymm_thread_new - PYMM_IOC_THREAD on an arena fd: a new thread state
 * @flags: in: must be 0
 * @fd: out: thread fd, close-on-exec
 * @thread_id: out: number that the thread's trace events carry, from 1
 * @reserved: in: must be 0
 *
 * Needs PYMM_RIGHT_RUN. Closing the fd drops what its frames hold; if the
 * thread holds the GIL, the GIL is abandoned.
 */
struct pymm_thread_new {
	__u32 flags;
	__s32 fd;
	__u32 thread_id;
	__u32 reserved;
};

#define PYMM_THREAD_NEW_SIZE_VER0	16

/**
 * struct pymm_dup - PYMM_IOC_DUP on an arena fd: another fd on the same arena
 * @flags: in: must be 0
 * @rights: in: PYMM_RIGHT_ of the new fd, a subset of those of this one
 *	(else EACCES), fixed for its life
 * @fd: out: arena fd, close-on-exec
 * @reserved: in: must be 0
 */
struct pymm_dup {
	__u32 flags;
	__u32 rights;
	__s32 fd;
	__u32 reserved;
};

#define PYMM_DUP_SIZE_VER0	16

/**
 * struct pymm_stat - PYMM_IOC_STAT on an arena fd: counters
 * @flags: in: must be 0
 * @reserved: in: must be 0
 * @objects: out: objects alive that can die; immortal ones are not counted
 * @objects_immortal: out: objects that live as long as the arena
 * @objects_allocated: out: objects made since the arena began
 * @objects_freed: out: objects freed since, by count and by the collector
 * @bytes: out: memory of the arena in bytes, as charged against max_bytes
 * @bytes_peak: out: largest @bytes so far
 * @tracked: out: objects in each generation
 * @collections: out: collections of each generation
 * @collected: out: objects found unreachable, for each generation collected
 * @counts: out: as gc.get_count() of CPython
 * @gc_ns: out: time spent in collections
 * @threads: out: thread fds
 * @names: out: names bound in the arena's namespace
 * @steps: out: instructions executed by programs that have returned
 * @gil_switches: out: times the GIL went to another thread than before
 * @gil_drop_requests: out: times a waiter asked the holder to drop it
 * @gil_forced_switches: out: times a thread that dropped it on request waited
 *	until another had taken it; under PYMM_POLICY_CPYTHON only
 * @gil_waiters: out: threads waiting for it now
 * @gil_holder: out: id of the thread that holds it now, or 0
 * @gil_abandoned: out: times its holder went without releasing it
 * @unraisable: out: exceptions that ended finalizers and callbacks
 * @frozen: out: objects that gc.freeze() has taken out of the generations
 * @pool_bytes: out: bytes of the pages that small pieces lie in; see max_bytes
 *
 * Needs PYMM_RIGHT_INSPECT.
 */
struct pymm_stat {
	__u32 flags;
	__u32 reserved;
	__u64 objects;
	__u64 objects_immortal;
	__u64 objects_allocated;
	__u64 objects_freed;
	__u64 bytes;
	__u64 bytes_peak;
	__u64 tracked[PYMM_GENERATIONS];
	__u64 collections[PYMM_GENERATIONS];
	__u64 collected[PYMM_GENERATIONS];
	__u64 counts[PYMM_GENERATIONS];
	__u64 gc_ns;
	__u64 threads;
	__u64 names;
	__u64 steps;
	__u64 gil_switches;
	__u64 gil_drop_requests;
	__u64 gil_forced_switches;
	__u32 gil_waiters;
	__u32 gil_holder;
	__u64 gil_abandoned;
	__u64 unraisable;
	__u64 frozen;
	__u64 pool_bytes;
};

#define PYMM_STAT_SIZE_VER0	232	/* up to @unraisable */
#define PYMM_STAT_SIZE_VER1	248

/**
 * struct pymm_dump - PYMM_IOC_DUMP on an arena fd: a snapshot
 * @flags: in: must be 0
 * @fd: out: dump fd, close-on-exec; read() gives struct pymm_dump_record
 *	records, the first of kind PYMM_DUMP_ARENA
 * @size: out: bytes to read
 *
 * The snapshot is taken at once, its memory charged to the caller, at most
 * 1 GiB (else EDQUOT). The references that the reader itself holds do not
 * exist: a dump changes no count. Needs PYMM_RIGHT_INSPECT.
 */
struct pymm_dump {
	__u32 flags;
	__s32 fd;
	__u64 size;
};

#define PYMM_DUMP_SIZE_VER0	16

/* Kinds of dump records. */
enum pymm_dump_kind {
	PYMM_DUMP_ARENA = 1,
	PYMM_DUMP_OBJECT = 2,
	PYMM_DUMP_NAME = 3,
	PYMM_DUMP_FRAME = 4,
	PYMM_DUMP_THREAD = 5,
	PYMM_DUMP_LOCK = 6,
};

/**
 * struct pymm_dump_record - head of each record
 * @kind: enum pymm_dump_kind; a reader skips kinds it does not know
 * @head: bytes of the fixed part, this head included
 * @size: bytes of the whole record, a multiple of 8
 */
struct pymm_dump_record {
	__u16 kind;
	__u16 head;
	__u32 size;
};

/**
 * struct pymm_dump_arena - the first record
 * @record: head
 * @arena_id: as in struct pymm_query
 * @globals: id of the namespace, or 0 when the arena was not used yet
 * @nr_objects: PYMM_DUMP_OBJECT records that follow
 * @nr_names: PYMM_DUMP_NAME records that follow
 * @nr_frames: PYMM_DUMP_FRAME records that follow, and at the end PYMM_DUMP_THREAD of all
 *	threads
 * @reserved: 0
 */
struct pymm_dump_arena {
	struct pymm_dump_record record;
	__u32 arena_id;
	__u32 globals;
	__u32 nr_objects;
	__u32 nr_names;
	__u32 nr_frames;
	__u32 reserved;
};

/* Count shown for an immortal object, as CPython 3.13 shows it. */
#define PYMM_REFS_IMMORTAL	0xffffffffU

/* Generation of an object that gc.freeze() took: no collection looks at it. */
#define PYMM_GENERATION_PERMANENT	3

/* Generation of an object that the collector does not track. */
#define PYMM_GENERATION_NONE	0xff

/**
 * struct pymm_dump_object - one object that can die, or gc.callbacks or gc.garbage if not empty
 * @record: head
 * @id: what GET_ID returns for it
 * @refs: reference count
 * @type: enum pymm_type
 * @generation: 0 to 2, PYMM_GENERATION_PERMANENT or PYMM_GENERATION_NONE
 * @reserved: 0
 * @nr_refs: ids that follow the fixed part: the objects it refers to, in the
 *	order the collector visits them. A str or bytes is followed by its first
 *	@nr_refs bytes instead (at most 64).
 * @value: an int's value; a float's 8 bytes; the length of a str (in code points), a
 *	bytes or a container; how often a lock is taken; else 0
 */
struct pymm_dump_object {
	struct pymm_dump_record record;
	__u32 id;
	__u32 refs;
	__u16 type;
	__u8 generation;
	__u8 reserved;
	__u32 nr_refs;
	__s64 value;
};

/**
 * struct pymm_dump_name - one name of the arena's namespace, in insertion order
 * @record: head
 * @id: id of the object it is bound to
 * @len: bytes of the name that follow, UTF-8, not ended
 * @key: id of the str that is the name; the namespace refers to both
 * @reserved: 0
 */
struct pymm_dump_name {
	struct pymm_dump_record record;
	__u32 id;
	__u32 len;
	__u32 key;
	__u32 reserved;
};

/**
 * struct pymm_dump_frame - one frame of a thread, innermost first
 * @record: head
 * @thread_id: its thread
 * @pos: index of its next instruction
 * @code: id of its code object
 * @nr_slots: ids that follow: what its slots hold, 0 for an empty one
 */
struct pymm_dump_frame {
	struct pymm_dump_record record;
	__u32 thread_id;
	__u32 pos;
	__u32 code;
	__u32 nr_slots;
};

/* Flags of a thread in a dump. */
#define PYMM_DUMP_THREAD_HOLDS	(1U << 0)	/* it holds the GIL */
#define PYMM_DUMP_THREAD_WAITS	(1U << 1)	/* it waits for the GIL */
#define PYMM_DUMP_THREAD_CLOSED	(1U << 2)	/* its file is gone, and it soon */

/**
 * struct pymm_dump_thread - a thread
 * @record: head
 * @thread_id: its number
 * @pid: task that runs it, or ran it or asked for the GIL last, as the reader sees it; 0: none,
 *	or none that the reader's pid namespace has
 * @flags: PYMM_DUMP_THREAD_
 * @lock: id of the Lock or RLock that it waits for, or 0
 * @since_ns: for how long it has held the GIL, or waited for it or for @lock; else 0
 * @acquires: as in struct pymm_gil_args, as are all that follow
 * @waits: see there
 * @wait_ns: see there
 * @wait_max_ns: see there
 * @holds: see there
 * @hold_ns: see there
 * @hold_max_ns: see there
 * @drops: see there
 *
 * Threads take locks and wait while a snapshot is taken: what two records say of that need not
 * have been so at the same time.
 */
struct pymm_dump_thread {
	struct pymm_dump_record record;
	__u32 thread_id;
	__u32 pid;
	__u32 flags;
	__u32 lock;
	__u64 since_ns;
	__u64 acquires;
	__u64 waits;
	__u64 wait_ns;
	__u64 wait_max_ns;
	__u64 holds;
	__u64 hold_ns;
	__u64 hold_max_ns;
	__u64 drops;
};

/**
 * struct pymm_dump_lock - a Lock or RLock, behind its PYMM_DUMP_OBJECT
 * @record: head
 * @id: its number
 * @thread_id: the thread that took it, which is the owner of an RLock; 0: it is not taken
 * @depth: how often it is taken
 * @nr_waiters: threads that wait for it
 */
struct pymm_dump_lock {
	struct pymm_dump_record record;
	__u32 id;
	__u32 thread_id;
	__u32 depth;
	__u32 nr_waiters;
};

/* Flags of PYMM_IOC_RUN; at most one of the first three. */
#define PYMM_RUN_RESUME		(1U << 0)	/* go on with the kept frames */
#define PYMM_RUN_ABANDON	(1U << 1)	/* drop the kept frames */
#define PYMM_RUN_CHECK		(1U << 2)	/* verify the image, run nothing */
#define PYMM_RUN_INTERRUPT	(1U << 3)	/* with RESUME: raise KeyboardInterrupt */

/* How a program ended, or why it paused. */
enum pymm_status {
	PYMM_STATUS_DONE = 0,		/* ran to its end */
	PYMM_STATUS_EXCEPTION = 1,	/* ended by an exception */
	PYMM_STATUS_INTERRUPTED = 2,	/* paused: a signal came */
	PYMM_STATUS_OUTPUT_FULL = 3,	/* paused: no room for what it prints */
	PYMM_STATUS_LIMIT = 4,		/* paused: max_steps were executed */
};

/* Flags that PYMM_IOC_RUN returns. */
#define PYMM_RAN_KEPT		(1U << 0)	/* frames are kept: RESUME or ABANDON */
#define PYMM_RAN_OWNER_DIED	(1U << 1)	/* the GIL's last holder died with it */
#define PYMM_RAN_OUTPUT_LOST	(1U << 2)	/* @output or @traceback, which cannot be written */
#define PYMM_RAN_LOCK_OWNER_DIED (1U << 3)	/* an RLock was acquired whose owner died with it */

/* Exception types. */
enum pymm_exception {
	PYMM_EXC_NONE = 0,
	PYMM_EXC_TYPE_ERROR = 1,
	PYMM_EXC_VALUE_ERROR = 2,
	PYMM_EXC_NAME_ERROR = 3,
	PYMM_EXC_UNBOUND_LOCAL_ERROR = 4,
	PYMM_EXC_INDEX_ERROR = 5,
	PYMM_EXC_KEY_ERROR = 6,
	PYMM_EXC_ZERO_DIVISION_ERROR = 7,
	PYMM_EXC_OVERFLOW_ERROR = 8,
	PYMM_EXC_RECURSION_ERROR = 9,
	PYMM_EXC_MEMORY_ERROR = 10,
	PYMM_EXC_RUNTIME_ERROR = 11,
	PYMM_EXC_ATTRIBUTE_ERROR = 12,
	PYMM_EXC_STOP_ITERATION = 13,
	PYMM_EXC_BASE_EXCEPTION = 14,
	PYMM_EXC_EXCEPTION = 15,
	PYMM_EXC_KEYBOARD_INTERRUPT = 16,
	PYMM_EXC_SYSTEM_EXIT = 17,
	PYMM_EXC_ARITHMETIC_ERROR = 18,
	PYMM_EXC_ASSERTION_ERROR = 19,
	PYMM_EXC_LOOKUP_ERROR = 20,
	PYMM_EXC_REFERENCE_ERROR = 21,
	PYMM_EXC_NOT_IMPLEMENTED_ERROR = 22,
	PYMM_EXC_UNICODE_ERROR = 23,
	/* Of a class that a program made: the text begins with its name. */
	PYMM_EXC_OTHER = 255,
};

/* Why an image was refused. */
enum pymm_reject {
	PYMM_REJECT_NONE = 0,
	PYMM_REJECT_IMAGE = 1,		/* head or sizes of the image or of a code object */
	PYMM_REJECT_OPCODE = 2,		/* unknown opcode */
	PYMM_REJECT_FLAGS = 3,		/* flag that the opcode does not take */
	PYMM_REJECT_SLOT = 4,		/* slot out of range, or unused operand not 0 */
	PYMM_REJECT_IMMEDIATE = 5,	/* immediate out of range, or unused one not 0 */
	PYMM_REJECT_JUMP = 6,		/* jump target out of range or in the wrong direction */
	PYMM_REJECT_CONST = 7,		/* index of a constant out of range or of the wrong kind */
	PYMM_REJECT_END = 8,		/* the last instruction can fall off the end */
	PYMM_REJECT_CONST_DATA = 9,	/* kind, length or contents; pos is its index */
	PYMM_REJECT_UTF8 = 10,		/* a str constant is not UTF-8; pos is its index */
	PYMM_REJECT_HANDLER = 11,	/* range, target or slot of a handler; pos is its index */
};

#define PYMM_MESSAGE_SIZE	192

#define PYMM_MAX_TRACEBACK	1024
#define PYMM_CODE_NAME_SIZE	48

/**
 * struct pymm_traceback - a frame that the exception passed which ended a program
 * @code: index, in its image, of its code object
 * @pos: instruction there
 * @reserved: 0
 * @name: name of the code object, ended by a NUL, cut to fit; empty if it has none
 */
struct pymm_traceback {
	__u32 code;
	__u32 pos;
	__u64 reserved;
	char name[PYMM_CODE_NAME_SIZE];
};

/**
 * struct pymm_run - PYMM_IOC_RUN on a thread fd: run a program
 * @flags: in: PYMM_RUN_, or 0 to run @image
 * @image_size: in: bytes at @image; 0 with RESUME and ABANDON
 * @image: in: struct pymm_image; 0 with RESUME and ABANDON
 * @output: in: buffer for struct pymm_record records, or 0
 * @output_size: in: bytes at @output, at most 16 MiB
 * @output_used: out: bytes written there
 * @output_needed: out: with OUTPUT_FULL: @output_size that the next print needs
 * @reserved: in: must be 0
 * @max_steps: in: pause after so many instructions; 0 for no such limit
 * @steps: out: instructions executed by this call
 * @status: out: enum pymm_status
 * @result_flags: out: PYMM_RAN_
 * @code: out: index, in its image, of the code object that @pos is in
 * @pos: out: instruction that raised, or will be executed next
 * @exception: out: enum pymm_exception
 * @reject: out: enum pymm_reject: why the call returned EINVAL for the image,
 *	with @code and @pos telling where
 * @message: out: the exception's text, ended by a NUL, cut to fit
 * @traceback: in: buffer for struct pymm_traceback, or 0
 * @traceback_size: in: how many there is room for, at most PYMM_MAX_TRACEBACK
 * @traceback_used: out: how many were written, the outermost frame first
 * @traceback_depth: out: frames that the exception passed. When there is room for
 *	fewer, or when there is no memory, those in the middle are left out, so that
 *	the first half (rounded down) of what is written is the outermost ones. They
 *	are noted by the call in which it is raised: a later one, after a pause, has
 *	no more of them than that had room for.
 * @reserved2: in: must be 0
 *
 * Returns an errno only if no instruction was executed. Otherwise 0, with
 * @status. After INTERRUPTED, OUTPUT_FULL and LIMIT the frames are kept: RESUME
 * goes on with them, ABANDON drops them, a new image is EBUSY. RESUME and
 * ABANDON without kept frames are EINVAL.
 *
 * A signal pauses a program at its next check point, with INTERRUPTED. A caller that
 * wants the program to know goes on with RESUME and INTERRUPT: KeyboardInterrupt is
 * raised where the program waits for a lock, or behind the next instruction. In a
 * finalizer or a collection that is under way, it is raised there or after it. When the
 * program pauses before that, a later RESUME raises it, with INTERRUPT or without.
 *
 * A thread that does not hold the GIL takes it for the call, and releases it on
 * return; one that holds it (PYMM_IOC_GIL) keeps it, unless it had to pass it on
 * and a signal came before it could have it again.
 */
struct pymm_run {
	__u32 flags;
	__u32 image_size;
	__aligned_u64 image;
	__aligned_u64 output;
	__u32 output_size;
	__u32 output_used;
	__u32 output_needed;
	__u32 reserved;
	__u64 max_steps;
	__u64 steps;
	__u32 status;
	__u32 result_flags;
	__u32 code;
	__u32 pos;
	__u32 exception;
	__u32 reject;
	char message[PYMM_MESSAGE_SIZE];
	__aligned_u64 traceback;
	__u32 traceback_size;
	__u32 traceback_used;
	__u32 traceback_depth;
	__u32 reserved2;
};

#define PYMM_RUN_SIZE_VER0	272	/* up to @message */
#define PYMM_RUN_SIZE_VER1	296

/* What PYMM_IOC_GIL does. */
enum pymm_gil_op {
	PYMM_GIL_STAT = 0,	/* only return the counters */
	PYMM_GIL_ACQUIRE = 1,	/* acquire it, and hold it across calls */
	PYMM_GIL_RELEASE = 2,
};

#define PYMM_NO_DEADLINE	(~0ULL)

/**
 * struct pymm_gil_args - PYMM_IOC_GIL on a thread fd: the GIL, held across calls
 * @flags: in: must be 0
 * @op: in: enum pymm_gil_op
 * @deadline: in: for ACQUIRE, absolute CLOCK_MONOTONIC in ns as the caller's
 *	time namespace shows it, or PYMM_NO_DEADLINE; one that has passed tries
 *	without waiting. Else 0.
 * @held: out: 1 if this thread holds it now
 * @reserved: in: must be 0
 * @acquires: out: times this thread got it
 * @waits: out: times it had to wait for it
 * @wait_ns: out: sum of the waits
 * @wait_max_ns: out: the longest
 * @holds: out: times it gave it up
 * @hold_ns: out: sum of the finished holds
 * @hold_max_ns: out: the longest
 * @drops: out: times it dropped it because a waiter had asked
 *
 * The counters are of this thread, since it was made.
 *
 * A thread that waits keeps its turn when a signal interrupts it, if it waits again within 50 ms.
 * One that does not come for the GIL when it is its turn, for 50 ms, as a task that is frozen
 * where it sleeps, is passed over, and is the last one then.
 *
 * Who holds it is the thread, for as long as the task that acquired it, or runs a program in it,
 * has not ended: else RELEASE returns EPERM, and who acquires it next is told with EOWNERDEAD.
 */
struct pymm_gil_args {
	__u32 flags;
	__u32 op;
	__u64 deadline;
	__u32 held;
	__u32 reserved;
	__u64 acquires;
	__u64 waits;
	__u64 wait_ns;
	__u64 wait_max_ns;
	__u64 holds;
	__u64 hold_ns;
	__u64 hold_max_ns;
	__u64 drops;
};

#define PYMM_GIL_SIZE_VER0	88

#define PYMM_IOC_QUERY	_IOWR(PYMM_IOC_MAGIC, 0x00, struct pymm_query)
#define PYMM_IOC_CONFIG	_IOWR(PYMM_IOC_MAGIC, 0x01, struct pymm_config)
#define PYMM_IOC_THREAD	_IOWR(PYMM_IOC_MAGIC, 0x02, struct pymm_thread_new)
#define PYMM_IOC_DUP	_IOWR(PYMM_IOC_MAGIC, 0x03, struct pymm_dup)
#define PYMM_IOC_STAT	_IOWR(PYMM_IOC_MAGIC, 0x04, struct pymm_stat)
#define PYMM_IOC_DUMP	_IOWR(PYMM_IOC_MAGIC, 0x05, struct pymm_dump)
#define PYMM_IOC_RUN	_IOWR(PYMM_IOC_MAGIC, 0x10, struct pymm_run)
#define PYMM_IOC_GIL	_IOWR(PYMM_IOC_MAGIC, 0x11, struct pymm_gil_args)

/* Types of objects. 0 is not used. */
enum pymm_type {
	PYMM_TYPE_NONE = 1,
	PYMM_TYPE_BOOL = 2,
	PYMM_TYPE_INT = 3,
	PYMM_TYPE_STR = 4,
	PYMM_TYPE_TUPLE = 5,
	PYMM_TYPE_LIST = 6,
	PYMM_TYPE_DICT = 7,
	PYMM_TYPE_CODE = 8,
	PYMM_TYPE_FUNCTION = 9,
	PYMM_TYPE_LOCK = 10,
	PYMM_TYPE_CELL = 11,
	PYMM_TYPE_TYPE = 12,
	PYMM_TYPE_INSTANCE = 13,	/* of a class that a program made */
	PYMM_TYPE_METHOD = 14,
	PYMM_TYPE_WEAKREF = 15,
	PYMM_TYPE_FLOAT = 16,
	PYMM_TYPE_BYTES = 17,
	PYMM_TYPE_SET = 18,
	PYMM_TYPE_FROZENSET = 19,
	PYMM_TYPE_SLICE = 20,
	PYMM_TYPE_OBJECT = 21,		/* object() itself, and nothing more */
	PYMM_TYPE_BUILTIN = 22,		/* a function that pymm brings along */
	PYMM_TYPE_RANGE = 23,
	PYMM_TYPE_RANGE_ITERATOR = 24,
	PYMM_TYPE_ITERATOR = 25,	/* over any other container */
	PYMM_TYPE_MODULE = 26,
	PYMM_TYPE_EXCEPTION = 27,	/* of any class of exceptions */
	PYMM_TYPE_TRACEBACK = 28,
	PYMM_TYPE_FRAME = 29,		/* of a call that an exception passed */
	PYMM_TYPE_RLOCK = 30,
};

/* Flags of an instruction. */
#define PYMM_INSN_CONSUME1	(1U << 0)	/* move the reference(s) out of src1 */
#define PYMM_INSN_CONSUME2	(1U << 1)	/* move the reference(s) out of src2 */
#define PYMM_INSN_CONSUME3	(1U << 2)	/* move the reference out of dst where it is read */
#define PYMM_INSN_END		(1U << 3)	/* PRINT: end the line after this value */

/**
 * struct pymm_insn - one instruction
 * @op: opcode
 * @flags: PYMM_INSN_ flags that the opcode takes
 * @dst: slot that receives the result; the value slot of STORE_SUBSCR
 * @src1: first operand slot
 * @src2: second operand slot
 * @imm: immediate operand
 *
 * Which fields an opcode uses stands in linux/pymm_ops.h; the others must be 0.
 */
struct pymm_insn {
	__u8 op;
	__u8 flags;
	__u16 dst;
	__u16 src1;
	__u16 src2;
	__s64 imm;
};

/* Opcodes. What they take stands in linux/pymm_ops.h, what they do in pyasm(5). */
enum pymm_opcode {
	PYMM_OP_NOP = 1,
	PYMM_OP_LOAD_CONST = 2,
	PYMM_OP_COPY = 3,
	PYMM_OP_DELETE_FAST = 4,
	PYMM_OP_LOAD_GLOBAL = 5,
	PYMM_OP_STORE_GLOBAL = 6,
	PYMM_OP_DELETE_GLOBAL = 7,
	PYMM_OP_LOAD_GLOBALS = 8,
	PYMM_OP_BUILD_LIST = 9,
	PYMM_OP_BUILD_TUPLE = 10,
	PYMM_OP_BUILD_MAP = 11,
	PYMM_OP_LIST_APPEND = 12,
	PYMM_OP_LIST_EXTEND = 13,
	PYMM_OP_BINARY_OP = 14,
	PYMM_OP_COMPARE_OP = 15,
	PYMM_OP_IS_OP = 16,
	PYMM_OP_CONTAINS_OP = 17,
	PYMM_OP_UNARY_NOT = 18,
	PYMM_OP_UNARY_NEGATIVE = 19,
	PYMM_OP_BINARY_SUBSCR = 20,
	PYMM_OP_STORE_SUBSCR = 21,
	PYMM_OP_DELETE_SUBSCR = 22,
	PYMM_OP_GET_LEN = 23,
	PYMM_OP_GET_ID = 24,
	PYMM_OP_GET_REFCOUNT = 25,
	PYMM_OP_PRINT = 26,
	PYMM_OP_JUMP_FORWARD = 27,
	PYMM_OP_JUMP_BACKWARD = 28,
	PYMM_OP_POP_JUMP_IF_FALSE = 29,
	PYMM_OP_POP_JUMP_IF_TRUE = 30,
	PYMM_OP_MAKE_FUNCTION = 31,
	PYMM_OP_CALL = 32,
	PYMM_OP_RETURN_VALUE = 33,
	PYMM_OP_GC_COLLECT = 34,
	PYMM_OP_LOCK_NEW = 35,
	PYMM_OP_LOCK_ACQUIRE = 36,
	PYMM_OP_LOCK_RELEASE = 37,
	PYMM_OP_SET_FUNCTION_ATTRIBUTE = 38,
	PYMM_OP_CALL_KW = 39,
	PYMM_OP_MAKE_CELL = 40,
	PYMM_OP_LOAD_DEREF = 41,
	PYMM_OP_STORE_DEREF = 42,
	PYMM_OP_DELETE_DEREF = 43,
	PYMM_OP_COPY_FREE_VARS = 44,
	PYMM_OP_UNPACK_SEQUENCE = 45,
	PYMM_OP_BUILD_CLASS = 46,
	PYMM_OP_GET_TYPE = 47,
	PYMM_OP_LOAD_ATTR = 48,
	PYMM_OP_STORE_ATTR = 49,
	PYMM_OP_DELETE_ATTR = 50,
	PYMM_OP_WEAKREF_NEW = 51,
	PYMM_OP_BUILD_SET = 52,
	PYMM_OP_BUILD_FROZENSET = 53,
	PYMM_OP_SET_ADD = 54,
	PYMM_OP_SET_UPDATE = 55,
	PYMM_OP_SET_DISCARD = 56,
	PYMM_OP_SET_REMOVE = 57,
	PYMM_OP_SET_POP = 58,
	PYMM_OP_BUILD_SLICE = 59,
	PYMM_OP_GET_ITER = 60,
	PYMM_OP_FOR_ITER = 61,
	PYMM_OP_MODULE_NEW = 62,
	PYMM_OP_LOAD_METHOD = 63,
	PYMM_OP_CALL_METHOD = 64,
	PYMM_OP_CALL_METHOD_KW = 65,
	PYMM_OP_RAISE = 66,
	PYMM_OP_RAISE_FROM = 67,
	PYMM_OP_RERAISE = 68,
	PYMM_OP_GET_EXC = 69,
	PYMM_OP_PUSH_EXC_INFO = 70,
	PYMM_OP_POP_EXCEPT = 71,
	PYMM_OP_CHECK_EXC_MATCH = 72,
	PYMM_OP_BEFORE_WITH = 73,
	PYMM_OP_RLOCK_NEW = 74,
	PYMM_OP_SLEEP = 75,
};

/* Kinds of operands and immediates in linux/pymm_ops.h. */
enum pymm_operand {
	PYMM_OPERAND_NO,
	PYMM_OPERAND_OUT,
	PYMM_OPERAND_IN,
	PYMM_OPERAND_ARGS,
	PYMM_OPERAND_PAIRS,
	PYMM_OPERAND_OUTS,
};

enum pymm_imm {
	PYMM_IMM_NONE,
	PYMM_IMM_CONST,
	PYMM_IMM_NAME,
	PYMM_IMM_CODE,
	PYMM_IMM_COUNT,
	PYMM_IMM_FORWARD,
	PYMM_IMM_BACKWARD,
	PYMM_IMM_BINARY,
	PYMM_IMM_COMPARE,
	PYMM_IMM_INVERT,
	PYMM_IMM_GENERATION,
	PYMM_IMM_TIMEOUT,
	PYMM_IMM_ATTRIBUTE,
};

/* Operators of BINARY_OP. The in-place forms change a list, and only a list. */
enum pymm_binary {
	PYMM_BINARY_ADD = 0,
	PYMM_BINARY_SUBTRACT = 1,
	PYMM_BINARY_MULTIPLY = 2,
	PYMM_BINARY_FLOOR_DIVIDE = 3,
	PYMM_BINARY_REMAINDER = 4,
	PYMM_BINARY_AND = 5,
	PYMM_BINARY_OR = 6,
	PYMM_BINARY_XOR = 7,
	PYMM_BINARY_LSHIFT = 8,
	PYMM_BINARY_RSHIFT = 9,
	PYMM_BINARY_TRUE_DIVIDE = 10,
	PYMM_BINARY_INPLACE_ADD = 16,
	PYMM_BINARY_INPLACE_SUBTRACT = 17,
	PYMM_BINARY_INPLACE_MULTIPLY = 18,
	PYMM_BINARY_INPLACE_FLOOR_DIVIDE = 19,
	PYMM_BINARY_INPLACE_REMAINDER = 20,
	PYMM_BINARY_INPLACE_AND = 21,
	PYMM_BINARY_INPLACE_OR = 22,
	PYMM_BINARY_INPLACE_XOR = 23,
	PYMM_BINARY_INPLACE_LSHIFT = 24,
	PYMM_BINARY_INPLACE_RSHIFT = 25,
	PYMM_BINARY_INPLACE_TRUE_DIVIDE = 26,
};

/* What SET_FUNCTION_ATTRIBUTE sets. */
enum pymm_function_attribute {
	PYMM_FUNCTION_DEFAULTS = 0,	/* a tuple: of the last positional parameters */
	PYMM_FUNCTION_KWDEFAULTS = 1,	/* a dict: of keyword-only parameters, by name */
	PYMM_FUNCTION_CLOSURE = 2,	/* a tuple of cells */
};

/* Operators of COMPARE_OP. */
enum pymm_compare {
	PYMM_COMPARE_LT = 0,
	PYMM_COMPARE_LE = 1,
	PYMM_COMPARE_EQ = 2,
	PYMM_COMPARE_NE = 3,
	PYMM_COMPARE_GT = 4,
	PYMM_COMPARE_GE = 5,
};

/**
 * DOC: Images
 *
 * A program is handed over as one image: struct pymm_image, then @nr_codes code
 * objects one after the other. Each is struct pymm_code, its instructions, its
 * handlers of exceptions, then its constants. The first one is the program; others
 * are reached through constants of kind PYMM_CONST_CODE.
 */

#define PYMM_IMAGE_MAGIC	0x4d4d5950	/* "PYMM" */

/**
 * struct pymm_image - head of an image
 * @magic: PYMM_IMAGE_MAGIC
 * @version: 1
 * @nr_codes: code objects that follow, at least 1
 * @size: bytes of the whole image
 */
struct pymm_image {
	__u32 magic;
	__u32 version;
	__u32 nr_codes;
	__u32 size;
};

#define PYMM_IMAGE_VERSION	1

/**
 * struct pymm_code - head of a code object
 * @size: bytes of this code object, this head included, a multiple of 8
 * @nr_insns: instructions, at least 1
 * @nr_consts: constants
 * @nr_slots: slots of its frame, at most 256
 * @nr_params: positional parameters, in the first slots; 0 in the first code object
 * @nr_kwonly: keyword-only parameters, in the slots behind them; 0 in the first one
 * @nr_handlers: struct pymm_handler behind the instructions, at most
 *	PYMM_MAX_HANDLERS
 * @names: index of a constant plus 1, or 0: a tuple of str, of the name of the code
 *	object and the names of its first slots, of all parameters at least. A slot
 *	named "" has no name. Without names, arguments cannot be passed by keyword.
 */
struct pymm_code {
	__u32 size;
	__u32 nr_insns;
	__u32 nr_consts;
	__u16 nr_slots;
	__u16 nr_params;
	__u16 nr_kwonly;
	__u16 nr_handlers;
	__u32 names;
};

#define PYMM_MAX_HANDLERS	1024

/**
 * struct pymm_handler - where an exception is handled
 * @start: first instruction that it is for
 * @end: the one behind the last
 * @target: the instruction to go on with, not before @end
 * @slot: receives the exception
 *
 * Of the handlers of a code object the first one counts that the instruction which
 * raised is in. All slots behind @slot are emptied, as CPython unwinds its stack.
 */
struct pymm_handler {
	__u32 start;
	__u32 end;
	__u32 target;
	__u32 slot;
};

/* Kinds of constants. */
enum pymm_const_kind {
	PYMM_CONST_NONE = 1,
	PYMM_CONST_FALSE = 2,
	PYMM_CONST_TRUE = 3,
	PYMM_CONST_INT = 4,	/* __s64 */
	PYMM_CONST_STR = 5,	/* UTF-8 bytes */
	PYMM_CONST_TUPLE = 6,	/* __u32 indices of constants before this one */
	PYMM_CONST_CODE = 7,	/* __u32 index in the image of a later code object */
	PYMM_CONST_FLOAT = 8,	/* IEEE 754 binary64, 8 bytes */
	PYMM_CONST_BYTES = 9,	/* any bytes */
};

/**
 * struct pymm_const - head of a constant
 * @kind: enum pymm_const_kind
 * @len: bytes of data that follow, padded with zeros to a multiple of 8
 */
struct pymm_const {
	__u32 kind;
	__u32 len;
};

/* Kinds of output records. */
enum pymm_record_kind {
	PYMM_RECORD_NONE = 1,
	PYMM_RECORD_FALSE = 2,
	PYMM_RECORD_TRUE = 3,
	PYMM_RECORD_INT = 4,	/* data: __s64 */
	PYMM_RECORD_STR = 5,	/* data: UTF-8 bytes */
	PYMM_RECORD_TUPLE = 6,	/* @len items follow */
	PYMM_RECORD_LIST = 7,	/* @len items follow */
	PYMM_RECORD_DICT = 8,	/* @len pairs of key and value follow */
	PYMM_RECORD_OBJECT = 9,	/* any other object; data: __u32 id, __u32 type */
	PYMM_RECORD_CYCLE = 10,	/* a container inside itself; data: as OBJECT */
	PYMM_RECORD_END = 11,	/* the value printed is complete; @len 1: and its line */
	PYMM_RECORD_TYPE = 12,	/* a class; data: its name, UTF-8 */
	PYMM_RECORD_INSTANCE = 13,	/* data: __u32 id, the name of its class, UTF-8 */
	PYMM_RECORD_UNRAISABLE = 14,	/* data: struct pymm_unraisable, its text, UTF-8 */
	PYMM_RECORD_FLOAT = 15,	/* data: IEEE 754 binary64, 8 bytes */
	PYMM_RECORD_BYTES = 16,	/* data: the bytes */
	PYMM_RECORD_SET = 17,	/* @len keys follow */
	PYMM_RECORD_FROZENSET = 18,	/* @len keys follow */
	PYMM_RECORD_SLICE = 19,	/* start, stop and step follow; @len 3 */
	PYMM_RECORD_BUILTIN = 20,	/* a built-in function; data: its name, UTF-8 */
	PYMM_RECORD_RANGE = 21,	/* data: 3 __s64: start, stop, step */
	PYMM_RECORD_MODULE = 22,	/* data: its name, UTF-8 */
	PYMM_RECORD_EXCEPTION = 23,	/* data: struct pymm_exception_record, name of its class */
};

/**
 * struct pymm_exception_record - data of PYMM_RECORD_EXCEPTION, before the name
 * @exception: enum pymm_exception: its class, or the nearest base of it that is no program's
 * @nr_args: its arguments. Behind a single one's record it follows, behind that of
 *	several the tuple of them.
 */
struct pymm_exception_record {
	__u32 exception;
	__u32 nr_args;
};

/**
 * struct pymm_unraisable - data of PYMM_RECORD_UNRAISABLE, before the text
 * @exception: enum pymm_exception
 * @code: index, in its image, of the code object that @pos is in
 * @pos: instruction that raised it; ~0 when the call could not begin
 * @id: the object that died, or the weak reference whose callback was called
 */
struct pymm_unraisable {
	__u32 exception;
	__u32 code;
	__u32 pos;
	__u32 id;
};

/**
 * struct pymm_record - head of an output record
 * @kind: enum pymm_record_kind
 * @len: bytes of data that follow (padded with zeros to a multiple of 8), or a
 *	number of items, see the kind
 *
 * A print is one value, containers followed by their items, then
 * PYMM_RECORD_END. It is written whole or not at all. PYMM_RECORD_UNRAISABLE is a
 * value of its own: the exception that ended a finalizer or a callback, which
 * nobody could catch. Without room for it the call pauses with OUTPUT_FULL, but where no
 * output is wanted at all. It is counted in any case.
 */
struct pymm_record {
	__u32 kind;
	__u32 len;
};

#endif /* _UAPI_LINUX_PYMM_H */
