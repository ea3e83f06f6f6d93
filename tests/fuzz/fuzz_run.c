// SPDX-License-Identifier: GPL-2.0-only
/*
 * libFuzzer: programs that are well formed, of several threads in one arena, disturbed in all
 * ways that the shim can. An input is a setting, a list of actions, and programs:
 *
 *   struct run_setup, struct run_action * nr_actions, image, image, ...
 *
 * Whatever bytes there are mean something: numbers are cut to what there is, and programs are
 * repaired. Actions are done by up to three tasks, each those that name it, in order. An action
 * is a call on one of the threads, before which the n-th allocation, access of user memory, file
 * descriptor or look for signals is made to fail. Ticks can be made slow all of them, and
 * collections be forced at any of them. Where there is one task only, the heap is walked
 * after each action, else after the last.
 *
 * A task that sleeps is sent signals by another one, so that none sleeps for ever; that this
 * helps is checked.
 */
#include <stdlib.h>

#include "harness.h"
#include "gen.h"

#define RUN_MAX_ACTIONS		48
#define RUN_MAX_PROGRAMS	6
#define RUN_THREADS		4
#define RUN_TASKS		3
#define RUN_ROOM		2048
/* Between two signals, and how many may come before an action ends. */
#define RUN_SIGNAL_NS		(2 * NSEC_PER_MSEC)
#define RUN_MAX_SIGNALS		5000

#define RUN_SLOW_TICKS		BIT(0)
#define RUN_COLLECT		BIT(1)
#define RUN_CHECK_ALL		BIT(2)
#define RUN_SMALL		BIT(3)
#define RUN_TRACE		BIT(4)

/**
 * struct run_setup - what holds for all actions
 * @seed: of the shim's random numbers
 * @nr_actions: actions that follow
 * @tasks: how many do them, less 1
 * @flags: RUN_
 * @preempt: how often a task is preempted at a lock; 0: never
 * @hash_bits: bits of hashes that are kept; 0: all
 * @collect: a collection is forced at one in so many ticks and allocations
 * @threshold: of the youngest generation
 */
struct run_setup {
	u32 seed;
	u8 nr_actions;
	u8 tasks;
	u8 flags;
	u8 preempt;
	u8 hash_bits;
	u8 collect;
	u16 threshold;
};

/**
 * struct run_action - something to do
 * @kind: what, enum run_kind
 * @task: which task does it
 * @thread: with which thread
 * @program: which program
 * @fault: enum shim_fault plus 1; 0: none
 * @nth: which call fails
 * @number: instructions to execute, and the like
 */
struct run_action {
	u8 kind;
	u8 task;
	u8 thread;
	u8 program;
	u8 fault;
	u8 reserved;
	u16 nth;
	u32 number;
};

enum run_kind {
	RUN_NEW, RUN_NEW2, RUN_RESUME, RUN_RESUME2, RUN_ABANDON, RUN_GIL, RUN_REOPEN, RUN_STAT,
	RUN_DUMP, RUN_CONFIG, RUN_DUP, RUN_QUERY, RUN_SLEEP, RUN_KINDS,
};

struct run_input {
	struct run_setup setup;
	struct run_action actions[RUN_MAX_ACTIONS];
	u32 nr_programs;
	struct gen_program programs[RUN_MAX_PROGRAMS];
};

/**
 * struct run_world - an input being executed
 * @unit: the arena; its own thread runs nothing
 * @input: the input
 * @images: of its programs
 * @sizes: of those
 * @fds: threads
 * @used: a task is in a call on that thread, which must not be closed
 * @arena: the arena, for the hook
 * @hooks: times that the hook was called
 * @tasks: those that do the actions; NULL once they have ended
 * @progress: actions done
 */
struct run_world {
	struct unit unit;
	const struct run_input *input;
	u8 images[RUN_MAX_PROGRAMS][GEN_MAX_IMAGE];
	size_t sizes[RUN_MAX_PROGRAMS];
	int fds[RUN_THREADS];
	bool used[RUN_THREADS];
	struct pymm_arena *arena;
	u32 hooks;
	struct shim_task *tasks[RUN_TASKS];
	u32 progress;
};

struct run_task {
	struct run_world *world;
	u32 index;
};

/* ---- inputs ---- */

static void run_decode(struct run_input *input, const u8 *data, size_t size)
{
	size_t at = min(size, sizeof(input->setup)), bytes;
	struct pymm_image head;

	memset(&input->setup, 0, sizeof(input->setup));
	memcpy(&input->setup, data, at);
	input->setup.nr_actions = min_t(u32, input->setup.nr_actions,
					min_t(size_t, RUN_MAX_ACTIONS,
					      (size - at) / sizeof(*input->actions)));
	bytes = input->setup.nr_actions * sizeof(*input->actions);
	memcpy(input->actions, data + at, bytes);
	for (input->nr_programs = 0; input->nr_programs < RUN_MAX_PROGRAMS;) {
		at += bytes;
		if (size - at < sizeof(head))
			break;
		memcpy(&head, data + at, sizeof(head));
		bytes = min_t(size_t, max_t(size_t, head.size, sizeof(head)), size - at);
		if (gen_program_decode(&input->programs[input->nr_programs], data + at, bytes) !=
		    GEN_NOTHING)
			input->nr_programs++;
	}
}

static size_t run_encode(const struct run_input *input, u8 *to, size_t room)
{
	size_t bytes = input->setup.nr_actions * sizeof(*input->actions);
	size_t at = sizeof(input->setup) + bytes;

	if (at > room)
		return 0;
	memcpy(to, &input->setup, sizeof(input->setup));
	memcpy(to + sizeof(input->setup), input->actions, bytes);
	for (u32 i = 0; i < input->nr_programs; i++) {
		bytes = gen_program_encode(&input->programs[i], to + at, room - at);
		if (!bytes)
			break;
		at += bytes;
	}
	return at;
}

/* ---- disturbances ---- */

/* At each allocation and each tick. */
static void run_hook(void *arg)
{
	struct run_world *world = arg;
	const struct run_setup *setup = &world->input->setup;
	struct pymm_gc *gc = &world->arena->gc;
	struct pymm_thread *thread;

	world->hooks++;
	if (setup->flags & RUN_SLOW_TICKS)
		list_for_each_entry(thread, &world->arena->threads, node)
			thread->budget = 0;
	if ((setup->flags & RUN_COLLECT) && !(world->hooks % (setup->collect + 1u)) &&
	    !gc->collecting) {
		/* As if so many had been made since. */
		gc->counts[world->hooks / 7 % PYMM_GENERATIONS] = S32_MAX;
		gc->pending = true;
	}
}

static void run_config(struct run_world *world)
{
	const struct run_setup *setup = &world->input->setup;
	struct pymm_config config = {
		.fields = PYMM_CONFIG_FLAGS | PYMM_CONFIG_THRESHOLDS | PYMM_CONFIG_MAX_OBJECTS |
			  PYMM_CONFIG_MAX_BYTES,
		.flags = PYMM_CONFIG_F_GC |
			 (setup->flags & RUN_CHECK_ALL ? PYMM_CONFIG_F_CHECK_ALL : 0),
		.thresholds = { setup->threshold % 64, 2, 2 },
		.max_objects = setup->flags & RUN_SMALL ? 1024 : 1 << 16,
		.max_bytes = setup->flags & RUN_SMALL ? 1 << 20 : 4 << 20,
	};

	if (unit_config(&world->unit, &config))
		harness_fail("the configuration is refused");
	shim_trace_begin(setup->flags & RUN_TRACE);
	shim_preempt(setup->preempt);
	shim_hook(run_hook, world);
}

static void run_signals(void *arg)
{
	struct run_world *world = arg;
	u32 signals = 0, progress = 0, i;

	for (;;) {
		bool alive = false;

		shim_sleep(RUN_SIGNAL_NS);
		for (i = 0; i < RUN_TASKS; i++)
			if (world->tasks[i]) {
				shim_signal(world->tasks[i], false);
				alive = true;
			}
		if (!alive)
			return;
		signals = progress == world->progress ? signals + 1 : 0;
		progress = world->progress;
		if (signals > RUN_MAX_SIGNALS)
			harness_fail("a task does not come back, whatever signals it gets");
	}
}

/* ---- actions ---- */

static void run_program(struct run_world *world, const struct run_action *action, u32 flags)
{
	u32 program = action->program % max_t(u32, world->input->nr_programs, 1);
	u8 *output = malloc(RUN_ROOM);
	struct pymm_run run = {
		.flags = flags,
		.output = (uintptr_t)output,
		.output_size = action->number >> 16 ? action->number >> 20 & (RUN_ROOM - 1) :
						      RUN_ROOM,
		.max_steps = 1 + (action->number & 0xfff),
	};

	if (!flags && world->input->nr_programs) {
		run.image = (uintptr_t)world->images[program];
		run.image_size = world->sizes[program];
	}
	unit_ioctl(world->fds[action->thread % RUN_THREADS], PYMM_IOC_RUN, &run);
	if (run.reject)
		harness_fail("the verifier refuses what is well formed: reason %u, code %u, pos %u",
			     run.reject, run.code, run.pos);
	free(output);
}

static void run_gil(struct run_world *world, const struct run_action *action)
{
	struct pymm_gil_args args = { .op = action->number % 3 };

	if (args.op == PYMM_GIL_ACQUIRE)
		args.deadline = action->number & 4 ? PYMM_NO_DEADLINE :
						     shim_now() + (action->number >> 3 & 0xfffff);
	unit_ioctl(world->fds[action->thread % RUN_THREADS], PYMM_IOC_GIL, &args);
}

static void run_reopen(struct run_world *world, const struct run_action *action)
{
	struct pymm_thread_new args = { 0 };
	u32 i = action->thread % RUN_THREADS;

	if (unit_ioctl(world->unit.arena, PYMM_IOC_THREAD, &args))
		return;
	/* Another task may have done the same meanwhile. */
	if (world->used[i]) {
		shim_close(args.fd);
		return;
	}
	swap(world->fds[i], args.fd);
	shim_close(args.fd);
}

static void run_dump(struct run_world *world)
{
	struct pymm_dump args = { 0 };
	u8 bytes[777];

	if (unit_ioctl(world->unit.arena, PYMM_IOC_DUMP, &args))
		return;
	while (shim_read(args.fd, bytes, sizeof(bytes)) > 0)
		;
	shim_close(args.fd);
}

static void run_limits(struct run_world *world, const struct run_action *action)
{
	struct pymm_config config = {
		.fields = action->number & 127,
		.switch_interval_ns = 1 + (action->number >> 8 & 0xffff),
		.flags = action->number >> 6 & 3,
		.thresholds = { action->nth % 16, action->nth % 5, action->nth % 3 },
		.max_threads = 16,
		.max_objects = 1024 + (action->number >> 12 & 0xfff),
		.max_bytes = (1 << 20) + (action->number & 0xfffff),
		.policy = action->nth % 3,
	};

	unit_config(&world->unit, &config);
}

static void run_dup(struct run_world *world, const struct run_action *action)
{
	struct pymm_dup args = { .rights = action->number & PYMM_RIGHTS_ALL };

	if (!unit_ioctl(world->unit.arena, PYMM_IOC_DUP, &args))
		shim_close(args.fd);
}

static void run_query(struct run_world *world, const struct run_action *action)
{
	char names[1024];
	struct pymm_query query = {
		.names = (uintptr_t)names, .names_size = action->number % sizeof(names),
	};

	unit_ioctl(world->unit.arena, PYMM_IOC_QUERY, &query);
}

static void run_one(struct run_world *world, const struct run_action *action)
{
	struct pymm_stat stat = { 0 };

	switch (action->kind % RUN_KINDS) {
	case RUN_NEW:
	case RUN_NEW2:
		run_program(world, action, 0);
		break;
	case RUN_RESUME:
	case RUN_RESUME2:
		run_program(world, action, PYMM_RUN_RESUME);
		break;
	case RUN_ABANDON:
		run_program(world, action, PYMM_RUN_ABANDON);
		break;
	case RUN_GIL:
		run_gil(world, action);
		break;
	case RUN_STAT:
		unit_ioctl(world->unit.arena, PYMM_IOC_STAT, &stat);
		break;
	case RUN_DUMP:
		run_dump(world);
		break;
	case RUN_CONFIG:
		run_limits(world, action);
		break;
	case RUN_DUP:
		run_dup(world, action);
		break;
	case RUN_QUERY:
		run_query(world, action);
		break;
	case RUN_SLEEP:
		shim_sleep(action->number & 0xffffff);
		break;
	}
}

/* A thread that a task is in a call on is used by no other one: closing it would be a bug here. */
static void run_action(struct run_world *world, const struct run_action *action)
{
	u32 thread = action->thread % RUN_THREADS;

	if (world->used[thread])
		return;
	if (action->kind % RUN_KINDS == RUN_REOPEN) {
		run_reopen(world, action);
		return;
	}
	world->used[thread] = true;
	run_one(world, action);
	world->used[thread] = false;
}

static void run_actions(struct run_world *world, u32 task)
{
	const struct run_setup *setup = &world->input->setup;
	u32 tasks = setup->tasks % RUN_TASKS + 1;
	const struct run_action *action;
	u32 fault;

	for (u32 i = 0; i < setup->nr_actions; i++) {
		action = &world->input->actions[i];
		if (action->task % tasks != task)
			continue;
		fault = action->fault % (SHIM_FAULTS + 1);
		if (fault)
			shim_fail(fault - 1, 1 + action->nth % 600);
		run_action(world, action);
		if (fault)
			shim_fail(fault - 1, 0);
		shim_signal_clear(shim_task());
		world->progress++;
		if (tasks == 1)
			harness_walk(&world->unit);
	}
}

static void run_task(void *arg)
{
	struct run_task *task = arg;
	struct run_world *world = task->world;

	run_actions(world, task->index);
	world->tasks[task->index] = NULL;
}

/* ---- an input ---- */

static void run_threads(struct run_world *world)
{
	for (int i = 0; i < RUN_THREADS; i++) {
		struct pymm_thread_new args = { 0 };

		if (unit_ioctl(world->unit.arena, PYMM_IOC_THREAD, &args))
			harness_fail("no thread");
		world->fds[i] = args.fd;
	}
}

static void run_tasks(struct run_world *world)
{
	u32 i, tasks = world->input->setup.tasks % RUN_TASKS + 1;
	struct shim_task *all[RUN_TASKS], *signals;
	struct run_task args[RUN_TASKS];

	for (i = 0; i < tasks; i++) {
		args[i] = (struct run_task){ .world = world, .index = i };
		all[i] = shim_spawn(run_task, &args[i]);
		world->tasks[i] = all[i];
	}
	signals = shim_spawn(run_signals, world);
	for (i = 0; i < tasks; i++)
		shim_join(all[i]);
	shim_join(signals);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct run_input input;
	static struct run_world world;
	u32 i;

	run_decode(&input, data, size);
	world = (struct run_world){ .input = &input };
	for (i = 0; i < input.nr_programs; i++)
		world.sizes[i] = gen_program_encode(&input.programs[i], world.images[i],
						    sizeof(world.images[i]));
	harness_open(&world.unit, input.setup.seed,
		     input.setup.hash_bits ? (2U << input.setup.hash_bits % 31) - 1 : ~0U);
	world.arena = unit_arena(&world.unit);
	run_threads(&world);
	run_config(&world);
	run_tasks(&world);
	shim_hook(NULL, NULL);
	harness_walk(&world.unit);
	for (i = 0; i < RUN_THREADS; i++)
		shim_close(world.fds[i]);
	harness_close(&world.unit);
	return 0;
}

/* ---- new inputs ---- */

static void run_random_action(struct run_action *action, struct gen_source *source)
{
	memset(action, 0, sizeof(*action));
	action->kind = gen_below(source, 2) ? gen_below(source, RUN_RESUME2 + 1) :
					      gen_below(source, RUN_KINDS);
	action->task = gen_below(source, RUN_TASKS);
	action->thread = gen_below(source, RUN_THREADS);
	action->program = gen_below(source, RUN_MAX_PROGRAMS);
	action->fault = gen_one_in(source, 3) ? gen_below(source, SHIM_FAULTS + 1) : 0;
	action->nth = gen_below(source, gen_one_in(source, 2) ? 24 : 600);
	action->number = gen_below(source, 4) ? gen_below(source, 1 << 12) :
						gen_below(source, U32_MAX);
}

static void run_change_setup(struct run_setup *setup, struct gen_source *source)
{
	switch (gen_below(source, 8)) {
	case 0:
		setup->seed = gen_below(source, 1 << 20);
		break;
	case 1:
		setup->tasks = gen_below(source, RUN_TASKS);
		break;
	case 2:
		setup->preempt = gen_below(source, 20);
		break;
	case 3:
		setup->hash_bits = gen_below(source, 12);
		break;
	case 4:
		setup->collect = gen_below(source, 64);
		break;
	case 5:
		setup->threshold = gen_below(source, 64);
		break;
	default:
		setup->flags ^= 1U << gen_below(source, 5);
		break;
	}
}

static void run_change_actions(struct run_input *input, struct gen_source *source)
{
	struct run_setup *setup = &input->setup;
	u32 pos = gen_below(source, setup->nr_actions + 1u);
	struct run_action *action = &input->actions[pos];

	switch (gen_below(source, 4)) {
	case 0:
		if (pos < setup->nr_actions) {
			memmove(action, action + 1,
				(setup->nr_actions - pos - 1) * sizeof(*action));
			setup->nr_actions--;
		}
		break;
	case 1:
		if (pos < setup->nr_actions)
			LLVMFuzzerMutate((u8 *)action, sizeof(*action), sizeof(*action));
		break;
	default:
		if (setup->nr_actions < RUN_MAX_ACTIONS) {
			memmove(action + 1, action, (setup->nr_actions - pos) * sizeof(*action));
			setup->nr_actions++;
			run_random_action(action, source);
		}
		break;
	}
}

static void run_change_programs(struct run_input *input, struct gen_source *source)
{
	u32 n = input->nr_programs;
	struct gen_program *program;

	if (!n || (n < RUN_MAX_PROGRAMS && gen_one_in(source, 8))) {
		gen_program_make(&input->programs[n], source);
		input->nr_programs++;
		return;
	}
	program = &input->programs[gen_below(source, n)];
	if (gen_one_in(source, 10))
		gen_program_make(program, source);
	else if (gen_one_in(source, 8))
		gen_program_cross(program, &input->programs[gen_below(source, n)], source);
	else
		gen_program_mutate(program, source);
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t room, unsigned int seed)
{
	static struct run_input input;
	struct gen_source source;
	size_t made;

	gen_source_seed(&source, seed);
	run_decode(&input, data, size);
	do {
		switch (gen_below(&source, 8)) {
		case 0:
			run_change_setup(&input.setup, &source);
			break;
		case 1:
		case 2:
		case 3:
			run_change_actions(&input, &source);
			break;
		default:
			run_change_programs(&input, &source);
			break;
		}
	} while (gen_one_in(&source, 2));
	made = run_encode(&input, data, room);
	return made ?: size;
}

size_t LLVMFuzzerCustomCrossOver(const uint8_t *data, size_t size, const uint8_t *other,
				 size_t other_size, uint8_t *to, size_t room, unsigned int seed)
{
	static struct run_input input, part;
	struct gen_source source;
	u32 program;

	gen_source_seed(&source, seed);
	run_decode(&input, data, size);
	run_decode(&part, other, other_size);
	if (!part.nr_programs || !input.nr_programs)
		return 0;
	program = gen_below(&source, part.nr_programs);
	if (gen_one_in(&source, 2))
		gen_program_cross(&input.programs[gen_below(&source, input.nr_programs)],
				  &part.programs[program], &source);
	else if (input.nr_programs < RUN_MAX_PROGRAMS)
		input.programs[input.nr_programs++] = part.programs[program];
	if (gen_one_in(&source, 2)) {
		memcpy(input.actions, part.actions, sizeof(part.actions));
		input.setup.nr_actions = part.setup.nr_actions;
	}
	return run_encode(&input, to, room);
}
