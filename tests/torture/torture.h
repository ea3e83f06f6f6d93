/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The torture test of pymm, in the manner of the kernel's locktorture: threads and processes do
 * everything at once, at random, for a given time, while witnesses watch.
 *
 * Processes
 *
 *   main        parses options, forks the controller, and watches that everybody makes progress
 *               (watchdog.c); else it prints what all tasks are at, and fails
 *   controller  in rounds: makes the arenas, forks the workers, disturbs them (disturb.c), stops
 *               them now and then to look at the arenas while nobody uses them (quiet.c), and
 *               sees in the end that nothing is left (rest.c)
 *   workers     with some threads each, which choose actions at random (worker.c, act_*.c). Half
 *               of the processes can be killed at any time; they are replaced.
 *
 * Witnesses
 *
 *   - in memory that all share: whoever has acquired the GIL with PYMM_IOC_GIL counts itself into
 *     a plain counter, writes half of a block, holds, finishes it, and counts itself out
 *     (witness.c)
 *   - in the arenas: programs read, change and write a counter without a check point, or under a
 *     Lock; what each of them did is tallied apart, and the sums must agree (quiet.c)
 *   - in the programs: whoever has the GIL, or the Lock, binds a name and finds it unchanged after
 *     some hundred instructions
 *   - the arena's own counters, the module's count of users, the kernel's memory
 *
 * The actions that a thread chooses follow from the seed; when they happen does not.
 */
#ifndef TORTURE_H
#define TORTURE_H

#include <linux/pymm.h>
#include <pymm/pymm.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define TT_MAX_PROCESSES	16
#define TT_MAX_THREADS		16
#define TT_ERRNOS		134

/* The arenas that all workers share, by what can be asserted in them. */
enum tt_place {
	TT_EXACT,	/* no limit changes: a counter that is changed under the GIL is exact */
	TT_LOCKS,	/* check_all comes and goes: only Locks protect */
	TT_MEMORY,	/* limits change, and a process is killed for its memory */
	TT_STRICT,	/* taken only by PYMM_IOC_GIL: every death of a holder is told to it */
	TT_PLACES,
};

/*
 * Who does something. The first ones are chosen by the workers' threads, in act_*.c; from TT_KILL
 * on they are the controller's, in disturb.c, reload.c and control.c.
 */
enum tt_actor {
	TT_HOLD,
	TT_COUNTER,
	TT_SECTION,
	TT_LOCK,
	TT_OBJECTS,
	TT_COLLECT,
	TT_PAUSE,
	TT_CLOSE,
	TT_FORK,
	TT_ABANDON,
	TT_CONFIG,
	TT_LOOK,
	TT_DUP,
	TT_PASS,
	TT_ARENA,
	TT_KILL,
	TT_STOP,
	TT_SIGNAL,
	TT_FREEZE,
	TT_OOM,
	TT_TRACE,
	TT_BPF,
	TT_UNLOAD,
	TT_RELOAD,
	TT_STUTTER,
	TT_ACTORS,
};

#define TT_WORKER_ACTORS	TT_KILL

/* What a thread is at, for those who kill at the worst moment. */
enum tt_state {
	TT_IDLE,
	TT_WAITING,
	TT_HOLDING,
	TT_RUNNING,
	TT_STATES,
};

enum tt_phase {
	TT_GO,
	TT_REST,	/* all workers stand still between two actions */
	TT_END,
};

struct tt_options {
	unsigned int seconds;
	uint64_t seed;
	unsigned int processes;
	unsigned int threads;
	unsigned int stall;		/* seconds that an action may take */
	unsigned int objects;		/* of the arena that dies beside an unload */
	const char *module;		/* what is loaded again, or NULL */
	bool actors[TT_ACTORS];
};

/* What an actor did. All are changed by atomic operations. */
struct tt_count {
	uint64_t operations;
	uint64_t longest_ns;
	uint64_t errors[TT_ERRNOS];
};

/* A thread of a worker. */
struct tt_task {
	pid_t tid;
	uint32_t state;			/* enum tt_state */
	uint32_t actor;
	uint64_t since;			/* when the action began; 0: none */
	bool resting;
	uint64_t counted;		/* turns of the counter's program that came to their end */
	uint64_t locked;		/* the same under the Lock */
	uint64_t relocked;		/* and under the RLock */
};

struct tt_process {
	pid_t pid;			/* 0: none */
	uint32_t incarnation;		/* how many there were in this place */
	bool doomed;			/* it was sent SIGKILL */
	bool mortal;			/* it can be */
	struct tt_task tasks[TT_MAX_THREADS];
};

#define TT_BLOCK	16
#define TT_EVENTS	16

struct tt_event {
	uint64_t ns;
	uint64_t owner;
	uint64_t number;
	char what;			/* 'E'nter, 'L'eave */
};

/*
 * Who holds the GIL of an arena. Plain memory, on purpose: the GIL alone protects it. Volatile, so
 * that the compiler leaves each access where it stands.
 */
struct tt_witness {
	volatile uint64_t holders;
	volatile uint64_t owner;
	volatile uint64_t number;		/* of holds so far */
	volatile uint64_t left_ns;		/* when the last one ended */
	volatile uint64_t block[TT_BLOCK];	/* the number of the last hold, all of it */
	volatile unsigned int next_event;
	struct tt_event events[TT_EVENTS];	/* the last ones */
};

/* What is known of an arena that all share. Changed by atomic operations, but for the witness. */
struct tt_arena {
	struct tt_witness witness;
	uint64_t steps;			/* that runs told */
	uint64_t told;			/* deaths of a holder */
	uint64_t locks_told;		/* deaths of owners of the RLock */
	uint64_t abandons;		/* holders that went on purpose */
	uint64_t memory_errors;
};

/* What all processes share. */
struct tt_shared {
	struct tt_options options;
	uint32_t phase;			/* enum tt_phase */
	uint32_t failures;
	bool done;			/* the controller came to its end */
	uint64_t beat;			/* when the controller was last seen */
	uint32_t controller;		/* enum tt_actor: what it is at */
	unsigned int rounds;
	uint64_t kills;			/* of this round, the OOM killer's too */
	uint64_t killed[TT_STATES];	/* of all, by what somebody in it was at */
	uint64_t oom_kills;
	uint64_t rlocks_told;		/* in all rounds */
	struct tt_count counts[TT_ACTORS];
	struct tt_process processes[TT_MAX_PROCESSES];
	struct tt_arena arenas[TT_PLACES];
};

enum tt_program {
	TT_PROGRAM_COUNTER,
	TT_PROGRAM_SECTION,
	TT_PROGRAM_LOCK,
	TT_PROGRAM_RLOCK,
	TT_PROGRAM_SHORT,
	TT_PROGRAM_LOOP,
	TT_PROGRAM_PRINT,
	TT_PROGRAM_COLLECT,
	TT_PROGRAM_OBJECTS,		/* and those that follow */
};

#define TT_PROGRAMS	(TT_PROGRAM_OBJECTS + 6)

/* What a thread of a worker runs. */
struct tt_programs {
	struct pymm_program *programs[TT_PROGRAMS];
};

/* What a round is done with; workers inherit it. */
struct tt_round {
	struct tt_shared *shared;
	unsigned int number;
	pid_t controller;
	int arenas[TT_PLACES];
	int threads[TT_PLACES];		/* the controller's */
	uint64_t objects[TT_PLACES];	/* at rest */
	uint64_t own_steps[TT_PLACES];	/* of the controller's programs */
	int pool[2];			/* sockets: descriptors on their way */
	const struct tt_programs *programs;	/* of each thread, by its number */
};

/* A thread of a worker, as it sees itself. */
struct tt_worker {
	const struct tt_round *round;
	struct tt_shared *shared;
	struct tt_process *process;
	struct tt_task *task;
	unsigned int number;		/* among all threads of all processes */
	uint64_t identity;		/* of the process, see tt_identity() */
	uint64_t random;
	unsigned int begun;		/* actions */
	int threads[TT_PLACES];
	uint32_t ids[TT_PLACES];
	struct pymm_program *const *programs;
};

#define TT_COUNT(of)	(sizeof(of) / sizeof((of)[0]))

#define tt_add(what, n)	__atomic_fetch_add(&(what), n, __ATOMIC_RELAXED)
#define tt_get(what)	__atomic_load_n(&(what), __ATOMIC_ACQUIRE)
#define tt_set(what, n)	__atomic_store_n(&(what), n, __ATOMIC_RELEASE)

/* ---- report.c ---- */

const char *tt_actor_name(enum tt_actor actor);

/** tt_fail() - something is wrong; printed at once, and the round ends */
__attribute__((format(printf, 2, 3)))
void tt_fail(struct tt_shared *shared, const char *format, ...);

/** tt_say() - a line of the report */
__attribute__((format(printf, 1, 2)))
void tt_say(const char *format, ...);

/** tt_operation() - an action came to its end; @since: when it began */
void tt_operation(struct tt_shared *shared, enum tt_actor actor, uint64_t since);

/** tt_error() - it met an errno that it may meet */
void tt_error(struct tt_shared *shared, enum tt_actor actor, int ret);

/** tt_statistics() - print what all actors did; an actor that did nothing is a failure */
void tt_statistics(struct tt_shared *shared);

/* ---- random.c ---- */

uint64_t tt_random(uint64_t *state);

/** tt_below() - a random number below @limit */
uint64_t tt_below(uint64_t *state, uint64_t limit);

/** tt_seed() - a state that follows from some numbers */
uint64_t tt_seed(uint64_t seed, uint64_t a, uint64_t b, uint64_t c);

/* ---- watchdog.c ---- */

/** tt_watch() - wait for the controller's end, or somebody's stall; the exit status */
int tt_watch(struct tt_shared *shared, pid_t controller);

/* ---- control.c ---- */

/** tt_mortal() - can the worker in that place be killed? */
bool tt_mortal(const struct tt_shared *shared, unsigned int place);

/** tt_control() - the controller: all rounds; the exit status */
int tt_control(struct tt_shared *shared);

/** tt_beat() - the controller is alive */
void tt_beat(struct tt_shared *shared);

/* ---- disturb.c ---- */

struct tt_disturber;

struct tt_disturber *tt_disturber_new(struct tt_round *round);

/** tt_disturb() - do what is due, without waiting */
void tt_disturb(struct tt_disturber *disturber);

/** tt_disturber_rest() - let everybody who was stopped go on, end helpers */
void tt_disturber_rest(struct tt_disturber *disturber);

void tt_disturber_free(struct tt_disturber *disturber);

/** tt_freezer_join() - move this process into the cgroup of its place */
void tt_freezer_join(const struct tt_round *round, unsigned int place);

/* ---- reload.c ---- */

/** tt_unload() - try to remove the module, which is in use */
void tt_unload(struct tt_shared *shared);

/** tt_reload() - remove the module beside a dying arena, and load it again */
void tt_reload(struct tt_shared *shared, uint64_t *random);

/* ---- quiet.c ---- */

/** tt_quiet_begin() - bind what the programs count with */
void tt_quiet_begin(struct tt_round *round);

/** tt_quiet() - look at the arenas, which nobody uses now */
void tt_quiet(struct tt_round *round);

/* ---- heap.c ---- */

/**
 * tt_heap_check() - compare the counts in a dump with the references in it
 * @exact: they must be equal if there are no frames, else not less
 * @why: receives what is wrong
 */
bool tt_heap_check(int arena, bool exact, char *why, size_t size);

/* ---- rest.c ---- */

/* What the kernel has when nobody uses the module. */
struct tt_rest {
	bool begun;
	uint64_t slab;			/* bytes in use in caches that it uses */
};

/** tt_rest_check() - nobody uses the module: is anything left? */
void tt_rest_check(struct tt_shared *shared, struct tt_rest *rest);

/** tt_unused() - is nobody using the module, or not after some seconds? */
bool tt_unused(struct tt_shared *shared);

/* ---- programs.c ---- */

/** tt_programs_new() - assemble what each thread runs; workers inherit it */
struct tt_programs *tt_programs_new(const struct tt_shared *shared);
void tt_programs_free(const struct tt_shared *shared, struct tt_programs *programs);

/* ---- witness.c ---- */

/** tt_identity() - of a worker, which no other one has */
uint64_t tt_identity(const struct tt_shared *shared, unsigned int place);

/** tt_gone() - is the worker with that identity dead, or dying? */
bool tt_gone(const struct tt_shared *shared, uint64_t identity);

/** tt_enter() - this thread has acquired the GIL; @told: its last holder died */
void tt_enter(struct tt_worker *worker, enum tt_place place, bool told);

/** tt_still() - it holds it; a look in the middle */
void tt_still(struct tt_worker *worker, enum tt_place place);

/** tt_leave() - it is going to release it */
void tt_leave(struct tt_worker *worker, enum tt_place place);

/* ---- worker.c ---- */

/** tt_work() - a worker process; does not return */
__attribute__((noreturn)) void tt_work(const struct tt_round *round, unsigned int place);

/**
 * tt_expect() - judge what a call returned
 * @ret: 0, a descriptor, or a negative errno
 * @...: errnos that it may return here, then 0
 *
 * Returns whether @ret is not negative. An errno that is not listed is a failure.
 */
bool tt_expect(struct tt_worker *worker, const char *what, int ret, ...);

/** tt_run() - run a program to its end; see tt_run_on() */
int tt_run(struct tt_worker *worker, enum tt_place place, int thread, enum tt_program program,
	   struct pymm_run *run);

/**
 * tt_run_on() - go on after the signals that pause it, count its steps
 * @ret: what the RUN returned that began it
 *
 * Returns 0, or a negative errno if nothing was executed. A MemoryError is counted; other
 * exceptions are failures.
 */
int tt_run_on(struct tt_worker *worker, enum tt_place place, int thread, int ret,
	      struct pymm_run *run);

/** tt_account() - count what a RUN that returned 0 told; see tt_run_on() */
void tt_account(struct tt_worker *worker, enum tt_place place, const struct pymm_run *run);

/** tt_told() - a call told of a holder's death */
void tt_told(struct tt_worker *worker, enum tt_place place);

/** tt_place_random() - one of the places */
enum tt_place tt_place_random(struct tt_worker *worker);

/** tt_place_runs() - one of those where programs may take the GIL by themselves */
enum tt_place tt_place_runs(struct tt_worker *worker);

void tt_state(struct tt_worker *worker, enum tt_state state);

/* ---- act_gil.c, act_run.c, act_file.c: what a worker's thread does ---- */

void tt_act_hold(struct tt_worker *worker);
void tt_act_fork(struct tt_worker *worker);
void tt_act_abandon(struct tt_worker *worker);
void tt_act_counter(struct tt_worker *worker);
void tt_act_section(struct tt_worker *worker);
void tt_act_lock(struct tt_worker *worker);
void tt_act_objects(struct tt_worker *worker);
void tt_act_collect(struct tt_worker *worker);
void tt_act_pause(struct tt_worker *worker);
void tt_act_close(struct tt_worker *worker);
void tt_act_config(struct tt_worker *worker);
void tt_act_look(struct tt_worker *worker);
void tt_act_dup(struct tt_worker *worker);
void tt_act_pass(struct tt_worker *worker);
void tt_act_arena(struct tt_worker *worker);

#endif /* TORTURE_H */
