/* SPDX-License-Identifier: LGPL-2.1-only OR MIT */
/*
 * libpymm: the library of /dev/pymm.
 *
 * Functions return 0 or a negative errno; what they make is returned through
 * the last parameter, which is set to NULL on failure. Objects are opaque and
 * freed by their _close() or _free(), which take NULL. There is no global
 * state: different objects may be used in different threads at once; one object
 * only where the function says so.
 */
#ifndef PYMM_PYMM_H
#define PYMM_PYMM_H

#include <linux/pymm.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>

#ifdef __cplusplus
extern "C" {
#endif

#define PYMM_DEVICE "/dev/pymm"

struct pymm_arena;
struct pymm_process;
struct pymm_thread;
struct pymm_program;
struct pymm_snapshot;

/* ---- arenas; every function may be called from many threads at once ---- */

/**
 * pymm_arena_open() - make a fresh arena
 * @out: receives it
 *
 * Return: 0, -ENOENT or -ENXIO when the module is not loaded, -EACCES, ...
 */
int pymm_arena_open(struct pymm_arena **out);

/**
 * pymm_arena_adopt() - make an arena object of an arena fd
 * @fd: inherited or received; owned by the arena object on success
 * @out: receives it
 *
 * Return: 0, or -ENOTTY when @fd is not an arena fd.
 */
int pymm_arena_adopt(int fd, struct pymm_arena **out);

/** pymm_arena_close() - close the arena's fd and free @arena; NULL is fine */
void pymm_arena_close(struct pymm_arena *arena);

/** pymm_arena_fd() - the arena's fd, for passing it on */
int pymm_arena_fd(const struct pymm_arena *arena);

/**
 * pymm_arena_dup() - another object on the same arena
 * @arena: the one to be seen by it
 * @rights: PYMM_RIGHT_, a subset of those of @arena
 * @out: receives it
 *
 * Return: 0, or -EACCES when @arena does not have all of @rights.
 */
int pymm_arena_dup(const struct pymm_arena *arena, uint32_t rights, struct pymm_arena **out);

/** pymm_arena_query() - what the kernel can do; @query is filled, without names */
int pymm_arena_query(const struct pymm_arena *arena, struct pymm_query *query);

/**
 * pymm_arena_names() - names of opcodes and types
 * @arena: any
 * @query: filled
 * @names: receives an array of @query's nr_opcodes + nr_types strings in one
 *	allocation, to be freed with free()
 *
 * Return: 0, or a negative errno.
 */
int pymm_arena_names(const struct pymm_arena *arena, struct pymm_query *query, char ***names);

/** pymm_arena_config() - set the fields selected in @config->fields, read all */
int pymm_arena_config(const struct pymm_arena *arena, struct pymm_config *config);

/** pymm_arena_stat() - read the counters */
int pymm_arena_stat(const struct pymm_arena *arena, struct pymm_stat *stat);

/* ---- arenas of other processes; every function may be called from many threads at once ---- */

/* What a file descriptor is of. */
enum pymm_process_kind {
	PYMM_PROCESS_ARENA = 1,
	PYMM_PROCESS_THREAD = 2,	/* its arena cannot be reached through it */
};

/** struct pymm_process_fd - a file descriptor of pymm that a process has */
struct pymm_process_fd {
	int fd;
	unsigned int kind;	/* enum pymm_process_kind */
};

/**
 * pymm_process_open() - get hold of a process
 * @pid: its number; that of a process, not of one of its threads
 * @out: receives it
 *
 * It stays that process: when it has ended, no other one takes its place.
 *
 * Return: 0, -ESRCH when there is no such process, -EINVAL or -ENOENT when @pid is that of
 * another thread than the first one, ...
 */
int pymm_process_open(pid_t pid, struct pymm_process **out);

/** pymm_process_close() - let go of it; the process is not concerned; NULL is fine */
void pymm_process_close(struct pymm_process *process);

/**
 * pymm_process_fds() - the file descriptors of pymm that a process has
 * @process: the process
 * @fds: receives an array of them by number, to be freed with free()
 * @count: receives how many there are; 0 is no error
 *
 * Return: 0, -EACCES or -EPERM when the caller may not look at it, -ESRCH when it has ended,
 * ...
 */
int pymm_process_fds(const struct pymm_process *process, struct pymm_process_fd **fds,
		     size_t *count);

/**
 * pymm_process_arena() - an arena of another process
 * @process: the process
 * @fd: arena fd there
 * @out: receives it, with the rights that @fd has
 *
 * The caller must be allowed to trace the process, see ptrace(2). The arena lives as long as
 * @out does, even if the process ends.
 *
 * Return: 0, -EPERM without that permission, -ESRCH when it has ended, -EBADF when it has
 * no such fd, -ENOTTY when that is no arena fd, ...
 */
int pymm_process_arena(const struct pymm_process *process, int fd, struct pymm_arena **out);

/* ---- threads; one OS thread at a time for each object ---- */

/** pymm_thread_open() - a new thread state in @arena */
int pymm_thread_open(const struct pymm_arena *arena, struct pymm_thread **out);

/** pymm_thread_close() - close the thread's fd and free @thread; NULL is fine */
void pymm_thread_close(struct pymm_thread *thread);

/** pymm_thread_fd() - its fd;  pymm_thread_id() - its id in trace events */
int pymm_thread_fd(const struct pymm_thread *thread);
uint32_t pymm_thread_id(const struct pymm_thread *thread);

/**
 * pymm_thread_run() - run a program until it ends or pauses
 * @thread: who runs it
 * @program: the program
 * @run: @run->max_steps and the buffers for output and traceback are taken as they are,
 *	the rest is filled
 *
 * Return: 0 with @run->status, or a negative errno when nothing was executed.
 */
int pymm_thread_run(struct pymm_thread *thread, const struct pymm_program *program,
		    struct pymm_run *run);

/**
 * pymm_thread_check() - have the kernel verify a program, and run nothing
 * @thread: who would run it
 * @program: the program
 * @run: reject, code and pos are filled when it is refused
 *
 * Return: 0, -EINVAL when it is refused, -EDQUOT beyond a limit, ...
 */
int pymm_thread_check(struct pymm_thread *thread, const struct pymm_program *program,
		      struct pymm_run *run);

/** pymm_thread_resume() - go on with a paused program, as pymm_thread_run() */
int pymm_thread_resume(struct pymm_thread *thread, struct pymm_run *run);

/**
 * pymm_thread_interrupt() - go on with a paused program, and raise KeyboardInterrupt in it
 * @thread: who runs it
 * @run: as of pymm_thread_run()
 *
 * For who got a signal that the program is to know of: a program paused by it is where
 * it was when the signal came.
 *
 * Return: as pymm_thread_run().
 */
int pymm_thread_interrupt(struct pymm_thread *thread, struct pymm_run *run);

/** pymm_thread_abandon() - drop a paused program */
int pymm_thread_abandon(struct pymm_thread *thread);

/**
 * pymm_thread_exec() - run a program to its end, whatever pauses it
 * @thread: who runs it
 * @program: the program
 * @out: where what it prints goes as text, or NULL to discard it
 * @run: filled as by pymm_thread_run(); steps is the sum, the output buffer 0
 *
 * Output pauses are resumed; signals are not: a program paused by one is
 * abandoned and -EINTR returned. With @run->max_steps, the program is left paused
 * there, to be resumed or abandoned.
 *
 * Return: as pymm_thread_run(), or -EINTR.
 */
int pymm_thread_exec(struct pymm_thread *thread, const struct pymm_program *program, FILE *out,
		     struct pymm_run *run);

/**
 * pymm_thread_gil_acquire() - take the GIL and hold it across calls
 * @thread: who takes it
 * @deadline: CLOCK_MONOTONIC in ns, or PYMM_NO_DEADLINE
 *
 * Return: 0, -EOWNERDEAD (taken, the last holder died), -ETIMEDOUT, -EDEADLK,
 * -EINTR.
 */
int pymm_thread_gil_acquire(struct pymm_thread *thread, uint64_t deadline);

/** pymm_thread_gil_release() - release it; -EPERM when this thread has not got it */
int pymm_thread_gil_release(struct pymm_thread *thread);

/** pymm_thread_gil_stat() - counters of this thread */
int pymm_thread_gil_stat(struct pymm_thread *thread, struct pymm_gil_args *args);

/**
 * pymm_allow_threads_begin() - let other threads have the GIL while this one waits for something
 * @thread: who holds the GIL, by pymm_thread_gil_acquire()
 *
 * Goes before a call that may take long, like read(); behind it goes pymm_allow_threads_end().
 * Meanwhile @thread is not to be used. As with CPython's Py_BEGIN_ALLOW_THREADS, errno stays as
 * it is. Where a thread has asked for the GIL, this waits until that has it, as 'cpython' says.
 *
 * Return: 0, or -EPERM when @thread has not got the GIL.
 */
int pymm_allow_threads_begin(struct pymm_thread *thread);

/**
 * pymm_allow_threads_end() - have the GIL again
 * @thread: who let it go, by pymm_allow_threads_begin()
 *
 * Waits for it without a deadline, and goes on waiting after signals, whose handlers have run:
 * it never returns -EINTR. As with CPython's Py_END_ALLOW_THREADS, errno stays what the call
 * before it made of it.
 *
 * Return: 0; -EOWNERDEAD, with the GIL as well: its last holder died; or without it another
 * negative errno: -EDEADLK when @thread has it already.
 */
int pymm_allow_threads_end(struct pymm_thread *thread);

/* ---- programs; immutable once made ---- */

/** struct pymm_error - where and why a text was refused */
struct pymm_error {
	unsigned int line;	/* from 1; 0: none */
	unsigned int column;	/* from 1; 0: none */
	char message[160];
};

/**
 * pymm_program_assemble() - make a program of its text (see pyasm(5))
 * @text: UTF-8, need not end with NUL
 * @size: bytes
 * @error: filled on -EINVAL; may be NULL
 * @out: receives it
 *
 * Return: 0, -EINVAL with @error when the text is wrong, or -ENOMEM.
 */
int pymm_program_assemble(const char *text, size_t size, struct pymm_error *error,
			  struct pymm_program **out);

/** pymm_program_load() - make a program of a file; as pymm_program_assemble() */
int pymm_program_load(const char *path, struct pymm_error *error, struct pymm_program **out);

/** pymm_program_free() - free @program; NULL is fine */
void pymm_program_free(struct pymm_program *program);

/** pymm_program_image() - its struct pymm_image and the bytes of it */
const void *pymm_program_image(const struct pymm_program *program, size_t *size);

/** pymm_program_disassemble() - write its text; assembling that gives the same image */
int pymm_program_disassemble(const struct pymm_program *program, FILE *out);

/**
 * pymm_program_line() - the source line of an instruction
 * @program: the program
 * @code: index of the code object
 * @pos: index of the instruction in it
 *
 * Return: the line, from 1, or 0 when there is none.
 */
unsigned int pymm_program_line(const struct pymm_program *program, unsigned int code,
			       unsigned int pos);

/* ---- output, names of numbers ---- */

/** pymm_output_render() - write output records as the text that Python prints */
int pymm_output_render(const void *records, size_t size, FILE *out);

/** pymm_exception_name() - "NameError", ...; "?" for an unknown number */
const char *pymm_exception_name(uint32_t exception);

/** pymm_reject_text() - why an image was refused, in words */
const char *pymm_reject_text(uint32_t reject);

/** pymm_type_name() - "int", ...; "?" for an unknown number */
const char *pymm_type_name(uint32_t type);

/**
 * pymm_policy_name() - "cpython", ...: the name of a policy of the GIL
 * @policy: enum pymm_policy
 *
 * Return: the name, or NULL for a number that the library does not know: a newer kernel may have
 * more of them.
 */
const char *pymm_policy_name(uint32_t policy);

/**
 * pymm_policy_from_name() - the policy of the GIL that has a name
 * @name: "cpython", ...
 * @policy: receives its number, enum pymm_policy; left alone on failure
 *
 * Whether the kernel knows it is for struct pymm_query to tell.
 *
 * Return: 0, or -EINVAL when no policy that the library knows is called so.
 */
int pymm_policy_from_name(const char *name, uint32_t *policy);

/* ---- snapshots ---- */

/** pymm_snapshot_take() - dump the arena into memory */
int pymm_snapshot_take(const struct pymm_arena *arena, struct pymm_snapshot **out);

/** pymm_snapshot_free() - free it; NULL is fine */
void pymm_snapshot_free(struct pymm_snapshot *snapshot);

/** pymm_snapshot_next() - the record after @record, or the first one for NULL; NULL at the end */
const struct pymm_dump_record *pymm_snapshot_next(const struct pymm_snapshot *snapshot,
						  const struct pymm_dump_record *record);

/** pymm_snapshot_object() - the object with that id; NULL when none is alive, or it is immortal */
const struct pymm_dump_object *pymm_snapshot_object(const struct pymm_snapshot *snapshot,
						    uint32_t id);

/** pymm_snapshot_name() - the binding of a name in the arena's namespace, or NULL */
const struct pymm_dump_name *pymm_snapshot_name(const struct pymm_snapshot *snapshot,
						const char *name);

#ifdef __cplusplus
}
#endif

#endif /* PYMM_PYMM_H */
