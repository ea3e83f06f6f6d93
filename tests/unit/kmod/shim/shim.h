/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The kernel that kmod/ is compiled against here: as little of it as the module uses, in user
 * space, deterministic, and strict about the rules that the real one leaves unchecked.
 *
 * The headers in linux/ stand for those of the kernel. Below is what they are made of, and what
 * a test can do with it: let the n-th call of a kind fail, look at what is allocated, run
 * several tasks, send signals. There is one such kernel in a process.
 *
 * Rules that are checked, and end the process with a message when they are broken:
 * - nothing sleeps, allocates with GFP_KERNEL or touches user memory under a spinlock, in a
 *   timer or with the FPU taken; user memory is not touched with a mutex held; no spinlock is taken inside another one;
 * - a spinlock that timers take is taken with bottom halves off elsewhere;
 * - locks are released by who took them, lists hold together, counts do not go below 0;
 * - no task sleeps for ever.
 */
#ifndef SHIM_H
#define SHIM_H

#include <poll.h>
#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct hrtimer;
struct mutex;
struct spinlock;
struct task_struct;
struct work_struct;

__attribute__((format(printf, 1, 2), noreturn)) void shim_die(const char *format, ...);

#define shim_check(condition, ...) \
	((void)(__builtin_expect(!!(condition), 1) || (shim_die(__VA_ARGS__), 0)))

/* ---- what a test controls ---- */

/** shim_reset() - as new: no faults, the clock at its beginning, random numbers by @seed */
void shim_reset(uint32_t seed);

/** shim_seed() - begin another row of random numbers */
void shim_seed(uint32_t seed);

enum shim_fault {
	SHIM_ALLOC,	/* an allocation finds no memory */
	SHIM_USER,	/* an access of user memory faults */
	SHIM_FD,	/* no file descriptor can be had */
	SHIM_KILL,	/* a look for fatal signals finds one, which stays: shim_signal_clear() */
	SHIM_SIGNAL,	/* a look for signals finds one, once */
	SHIM_FAULTS,
};

/** shim_fail() - let the @nth call from now on fail; 0: none */
void shim_fail(enum shim_fault fault, uint64_t nth);

/** shim_count() - calls of a kind since shim_fail() or shim_reset() */
uint64_t shim_count(enum shim_fault fault);

/** shim_live() - allocations that were not freed, and their @bytes (may be NULL) */
size_t shim_live(size_t *bytes);

/** shim_size() - bytes of an allocation */
size_t shim_size(const void *memory);

/**
 * shim_hook() - have @hook called at each allocation and each tick
 *
 * It may look and change what it finds, but not sleep. NULL: no longer.
 */
void shim_hook(void (*hook)(void *arg), void *arg);

/** shim_user_probe() - have faults at addresses that cannot be read or written; slow */
void shim_user_probe(bool on);

/** shim_hash_mask() - cut all hashes to these bits, so that they collide; ~0: none */
void shim_hash_mask(uint32_t mask);

/** shim_trace_begin() - count trace events;  shim_traced() - how many of that name */
void shim_trace_begin(bool on);
unsigned int shim_traced(const char *name);

/* ---- tasks ---- */

struct shim_task;

/** shim_spawn() - a task that calls @run(@arg); it begins when another one sleeps or ticks */
struct shim_task *shim_spawn(void (*run)(void *arg), void *arg);

/** shim_join() - sleep until it has ended, and free it */
void shim_join(struct shim_task *task);

/** shim_task() - the task that runs */
struct shim_task *shim_task(void);

/** shim_signal() - send a task a signal */
void shim_signal(struct shim_task *task, bool fatal);

/** shim_signal_clear() - it was handled; of a fatal one: it never came */
void shim_signal_clear(struct shim_task *task);

/** shim_yield() - let all others run first */
void shim_yield(void);

/** shim_sleep() - let so many nanoseconds pass */
void shim_sleep(uint64_t ns);

/** shim_preempt() - hand over at one in so many takings and releases of a lock; 0: never there */
void shim_preempt(uint32_t one_in);

/** shim_time_ns() - offset of the time namespace that all tasks are in */
void shim_time_ns(int64_t seconds, long ns);

/** shim_uid() - change the user of the task that runs */
void shim_uid(unsigned int uid);

/** shim_pids() - references to pids that were not put */
unsigned int shim_pids(void);

/* ---- the device and its files; descriptors of the process work as well ---- */

/** shim_module_init() - insert the module: 0 or negative errno;  shim_module_exit() - remove it */
int shim_module_init(void);
void shim_module_exit(void);

/** open(), ioctl(), read(), fcntl(), close(): -1 with errno, as the C library's */
int shim_open(const char *path, int flags, ...);
int shim_ioctl(int fd, unsigned long request, ...);
ssize_t shim_read(int fd, void *to, size_t size);
int shim_fcntl(int fd, int command, ...);
int shim_close(int fd);

/* pthreads that are tasks, whose handled signals only interrupt calls; time that is the shim's. */
int shim_pthread_create(pthread_t *thread, const pthread_attr_t *attr, void *(*run)(void *arg),
			void *arg);
int shim_pthread_join(pthread_t thread, void **result);
int shim_pthread_kill(pthread_t thread, int signal);
int shim_poll(struct pollfd *fds, nfds_t count, int ms);
int shim_clock_gettime(clockid_t clock, struct timespec *time);
int shim_sched_yield(void);
pid_t shim_gettid(void);

/** shim_sleeps() - does the task with that shim_gettid() sleep? */
bool shim_sleeps(pid_t tid);

/** shim_private() - private data of a file of the module */
void *shim_private(int fd);

/** shim_on_close() - have @look called for each file of the module before it is closed */
struct file;
void shim_on_close(void (*look)(struct file *file, void *arg), void *arg);

/** shim_files() - descriptors that are open */
unsigned int shim_files(void);

/** shim_work_flush() - do all work that was queued */
void shim_work_flush(void);

/* ---- what the headers in linux/ are made of ---- */

bool shim_fault(enum shim_fault fault);
void shim_step(void);
void *shim_alloc(size_t size, size_t max, bool zero);
void shim_free(const void *memory);
void *shim_page_alloc(void);
void shim_page_free(void *page);
bool shim_user_bad(const void *at, size_t size, bool write);
uint32_t shim_random(void);
uint32_t shim_hash(uint32_t hash);
bool shim_tracing(void);
void shim_trace(const char *name);

void shim_might_sleep(const char *what);
struct task_struct *shim_current(void);
bool shim_mutex_held(void);
void shim_signal_handled(void);
void shim_schedule(void);
int shim_schedule_until(int64_t deadline);
int shim_wake(struct task_struct *task);
void shim_tick(void);
bool shim_signal_pending(struct task_struct *task);
bool shim_fatal_signal_pending(struct task_struct *task);
void shim_wait_prepare(const void *queue, unsigned int state);
void shim_wait_finish(void);
void shim_wake_all(const void *queue);
void shim_spin_lock(struct spinlock *lock, bool bh);
void shim_spin_unlock(struct spinlock *lock, bool bh);
void shim_fpu_begin(void);
void shim_fpu_end(void);
int shim_mutex_lock(struct mutex *mutex, bool killable);
void shim_mutex_unlock(struct mutex *mutex);
uint64_t shim_now(void);
void shim_timer_add(struct hrtimer *timer);
int shim_timer_del(struct hrtimer *timer);
bool shim_work_add(struct work_struct *work);

/* Among the shim's own files. */
void shim_memory_reset(uint32_t seed);
void shim_tasks_reset(void);
void shim_files_reset(void);

#endif /* SHIM_H */
