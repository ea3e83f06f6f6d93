// SPDX-License-Identifier: GPL-2.0-only
/*
 * pymm gil show: threads and locks of another process's arena, who waits for whom, and deadlocks.
 */
#include "dump.h"
#include "gil.h"
#include "gil_look.h"
#include "trace_hist.h"

static void print_gil(const struct gil_look *look)
{
	char policy[GIL_POLICY_LEN], time[TIME_TEXT_LEN];
	size_t waiters = look->nr_gil_waiters;

	printf("arena %u of process %d: policy %s, switch interval %s\n", look->target.id,
	       (int)look->target.pid, gil_policy_text(look->config.policy, policy),
	       time_text(time, look->config.switch_interval_ns));
	if (look->holder)
		printf("GIL: held by thread %u for %s", look->holder->thread_id,
		       time_text(time, look->holder->since_ns));
	else
		printf("GIL: nobody holds it");
	printf(", %zu thread%s wait%s for it\n", waiters, waiters == 1 ? "" : "s",
	       waiters == 1 ? "s" : "");
	printf("%llu switches, %llu of them forced, %llu drop requests, %llu times abandoned\n",
	       look->stat.gil_switches, look->stat.gil_forced_switches,
	       look->stat.gil_drop_requests, look->stat.gil_abandoned);
}

static void print_blocker(const struct gil_look *look, uint32_t thread)
{
	if (thread)
		printf("thread %u%s", thread, gil_has_thread(look, thread) ? "" : ", which is gone");
	else
		printf("nobody now");
}

static void print_state(const struct gil_look *look, const struct pymm_dump_thread *thread)
{
	static const char *const words[] = {
		[GIL_IDLE] = "idle",
		[GIL_RUNS] = "runs",
		[GIL_WAITS] = "waits for the GIL",
	};
	const struct pymm_dump_lock *lock = gil_lock_of(look, thread->lock);
	enum gil_state state = gil_state(thread);

	if (state == GIL_WAITS_FOR_LOCK) {
		printf("waits for lock %u taken by ", thread->lock);
		print_blocker(look, lock && lock->depth ? lock->thread_id : 0);
	} else {
		printf("%s", words[state]);
	}
	printf("%s\n", thread->flags & PYMM_DUMP_THREAD_CLOSED ? ", closed" : "");
}

static void print_thread(const struct gil_look *look, const struct pymm_dump_thread *thread)
{
	char since[TIME_TEXT_LEN] = "-", pid[16] = "-", wait[TIME_TEXT_LEN],
		wait_max[TIME_TEXT_LEN], hold[TIME_TEXT_LEN], hold_max[TIME_TEXT_LEN];

	if (thread->pid)
		snprintf(pid, sizeof(pid), "%u", thread->pid);
	if (gil_state(thread) != GIL_IDLE)
		time_text(since, thread->since_ns);
	printf("%6u %7s %8llu %8llu %8s %8s %8llu %8s %8s %6llu %8s  ", thread->thread_id, pid,
	       thread->acquires, thread->waits, time_text(wait, thread->wait_ns),
	       time_text(wait_max, thread->wait_max_ns), thread->holds,
	       time_text(hold, thread->hold_ns), time_text(hold_max, thread->hold_max_ns),
	       thread->drops, since);
	print_state(look, thread);
}

static void print_threads(const struct gil_look *look)
{
	if (look->nr_threads)
		printf("\n%6s %7s %8s %8s %8s %8s %8s %8s %8s %6s %8s  state\n", "thread", "pid",
		       "acquires", "waits", "waited", "longest", "holds", "held", "longest", "drops",
		       "for");
	for (size_t i = 0; i < look->nr_threads; i++)
		print_thread(look, gil_thread(look, i));
}

/* A name of another process's arena may be anything. */
static void print_name(const struct pymm_dump_name *name)
{
	const unsigned char *text = dump_tail(&name->record);

	for (uint32_t i = 0; i < name->len; i++)
		putchar(text[i] < ' ' || text[i] == 0x7f ? '?' : text[i]);
}

static void print_names(const struct gil_look *look, uint32_t id)
{
	size_t first = gil_first_name(look, id);

	for (size_t i = first; i < look->nr_names && gil_name(look, i)->id == id; i++) {
		printf("%s", i > first ? ", " : "  ");
		print_name(gil_name(look, i));
	}
	printf("\n");
}

static void print_locks(const struct gil_look *look)
{
	char taker[16];

	if (look->nr_locks)
		printf("\n%8s  %-5s %8s %6s %7s  names\n", "lock", "type", "taken by", "depth",
		       "waiters");
	for (size_t i = 0; i < look->nr_locks; i++) {
		const struct pymm_dump_lock *lock = gil_lock(look, i);

		snprintf(taker, sizeof(taker), "%u", lock->thread_id);
		printf("%8u  %-5s %8s %6u %7u", lock->id, pymm_type_name(gil_lock_type(look, lock->id)),
		       lock->depth ? taker : "-", lock->depth, lock->nr_waiters);
		print_names(look, lock->id);
	}
}

/* " -> lock 1234 (thread 2)" */
static void print_step(const struct gil_look *look, const struct gil_wait *wait)
{
	if (wait->lock)
		printf(" -> lock %u (", wait->lock);
	else
		printf(" -> GIL (");
	print_blocker(look, wait->blocker);
	printf(")");
}

static void print_waits(const struct gil_look *look)
{
	if (look->nr_waits)
		printf("\n");
	for (size_t i = 0; i < look->nr_waits; i++) {
		printf("thread %u", look->waits[i].thread);
		print_step(look, &look->waits[i]);
		printf("\n");
	}
}

/* Who can end it: any thread may release a Lock, and only its owner an RLock. */
static void print_way_out(const struct gil_look *look, size_t first)
{
	const char *between = "any other thread may still release lock ";
	size_t i = first;

	do {
		if (look->waits[i].anybody) {
			printf("%s%u", between, look->waits[i].lock);
			between = " or lock ";
		}
		i = look->waits[i].next;
	} while (i != first);
	if (*between == 'a')
		printf("no other thread may release these: interrupt one of the threads, or end it");
	printf("\n");
}

static void print_deadlocks(const struct gil_look *look)
{
	for (size_t first = 0; first < look->nr_waits; first++) {
		size_t i = first;

		if (!look->waits[first].first)
			continue;
		printf("deadlock: thread %u", look->waits[first].thread);
		do {
			print_step(look, &look->waits[i]);
			i = look->waits[i].next;
		} while (i != first);
		printf("\n  ");
		print_way_out(look, first);
	}
}

static void print(const struct gil_look *look)
{
	print_gil(look);
	print_threads(look);
	print_locks(look);
	print_waits(look);
	print_deadlocks(look);
}

int gil_show(struct cmd *cmd)
{
	struct gil_look look = { 0 };
	int ret = gil_look(cmd, &look);

	if (!ret && cmd->json)
		gil_json(cmd->json, &look);
	else if (!ret)
		print(&look);
	gil_forget(&look);
	return ret;
}
