// SPDX-License-Identifier: GPL-2.0-only
/*
 * Policies of the GIL: what each answers, and what becomes of answers that name nobody.
 */
#include "cases.h"

/* ---- answers ---- */

struct choice_case {
	const char *name;
	u32 policy;
	struct pymm_gil_choice choice;
	u32 next;
};

static const struct choice_case choice_cases[] = {
	{ "cpython wakes who waits longest", PYMM_POLICY_CPYTHON, { 7, 0, 0, 100 }, 7 },
	{ "fifo has who waits longest", PYMM_POLICY_FIFO, { 7, 0, 1000, 100 }, 7 },
	{ "io-boost without anybody urgent", PYMM_POLICY_IO_BOOST, { 7, 0, 0, 100 }, 7 },
	{ "io-boost has the urgent one", PYMM_POLICY_IO_BOOST, { 7, 9, 99, 100 }, 9 },
	{ "io-boost after an interval", PYMM_POLICY_IO_BOOST, { 7, 9, 100, 100 }, 7 },
};

struct request_case {
	const char *name;
	struct pymm_gil_request request;
	bool urgent;
};

static const struct request_case request_cases[] = {
	{ "who comes for the first time is urgent", { 1, false, 0, U64_MAX }, true },
	{ "who was away as long as it held is urgent", { 1, false, 50, 50 }, true },
	{ "who was away for less is not", { 1, false, 50, 49 }, false },
	{ "who was asked to drop it is not", { 1, true, 50, 5000 }, false },
};

static void test_answers(struct cases *cases)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(choice_cases); i++) {
		const struct choice_case *row = &choice_cases[i];

		case_begin(cases);
		case_equal(cases, row->next, pymm_gil_policy(row->policy)->next(&row->choice));
		case_end(cases, row->name);
	}
	for (i = 0; i < ARRAY_SIZE(request_cases); i++) {
		const struct request_case *row = &request_cases[i];

		case_begin(cases);
		case_equal(cases, row->urgent, pymm_gil_policy(PYMM_POLICY_IO_BOOST)->urgent(&row->request));
		case_end(cases, row->name);
	}
	case_begin(cases);
	case_equal(cases, 1, !pymm_gil_policy(PYMM_POLICY_IO_BOOST + 1) && !pymm_gil_policy(U32_MAX));
	case_end(cases, "there are no others");
}

/* ---- wrong answers ---- */

static u32 say_nobody(const struct pymm_gil_choice *choice)
{
	return choice->first + 1000000;
}

static u32 say_0(const struct pymm_gil_choice *choice)
{
	(void)choice;
	return 0;
}

/* Threads have ids from 1, and the last one here has 4: it was the last to come. */
static u32 say_4(const struct pymm_gil_choice *choice)
{
	(void)choice;
	return 4;
}

static bool always(const struct pymm_gil_request *request)
{
	(void)request;
	return true;
}

/* A task that takes the GIL and notes when it was its turn. */
struct queuer {
	struct unit_thread thread;
	struct shim_task *task;
	u32 *turn;
	u32 had;
	int err;
};

static void queuer_run(void *arg)
{
	struct queuer *queuer = arg;

	queuer->err = unit_gil(&queuer->thread, PYMM_GIL_ACQUIRE, true);
	queuer->had = ++*queuer->turn;
	queuer->err |= unit_gil(&queuer->thread, PYMM_GIL_RELEASE, false);
}

#define QUEUERS	3

/* Under a policy with these answers; the turns of three tasks that came one after the other. */
static void queue_under(struct cases *cases, const struct pymm_gil_policy *policy, const u32 *turns,
			const char *name)
{
	struct queuer queuers[QUEUERS] = {};
	struct pymm_gil *gil;
	u32 turn = 0, i;

	case_begin(cases);
	gil = &unit_arena(&cases->unit)->gil;
	gil->policy = policy;
	case_equal(cases, 0, unit_gil(&cases->unit.thread, PYMM_GIL_ACQUIRE, true));
	for (i = 0; i < QUEUERS; i++) {
		queuers[i].turn = &turn;
		shim_check(!unit_thread_open(cases->unit.arena, &queuers[i].thread), "no thread");
		queuers[i].task = shim_spawn(queuer_run, &queuers[i]);
		shim_sleep(1000000);
	}
	case_equal(cases, QUEUERS, gil->nr_waiters);
	case_equal(cases, 0, unit_gil(&cases->unit.thread, PYMM_GIL_RELEASE, false));
	for (i = 0; i < QUEUERS; i++) {
		shim_join(queuers[i].task);
		case_equal(cases, 0, queuers[i].err);
		case_equal(cases, turns[i], queuers[i].had);
		unit_thread_close(&queuers[i].thread);
	}
	gil->policy = pymm_gil_policy(PYMM_POLICY_CPYTHON);
	case_end(cases, name);
}

/*
 * The one that the GIL was offered to does not come, as if it were frozen: after a while all who
 * wait may take it, whatever the switch interval is, and it is the last one from then on.
 */
static void test_nobody_comes(struct cases *cases)
{
	struct queuer queuers[QUEUERS] = {};
	struct pymm_gil_waiter frozen = { .task = current };
	struct pymm_gil *gil;
	u32 turn = 0, i;

	case_begin(cases);
	gil = &unit_arena(&cases->unit)->gil;
	gil->policy = pymm_gil_policy(PYMM_POLICY_FIFO);
	gil->interval_ns = 20 * NSEC_PER_SEC;
	case_equal(cases, 0, unit_gil(&cases->unit.thread, PYMM_GIL_ACQUIRE, true));
	INIT_LIST_HEAD(&frozen.urgent);
	list_add_tail(&frozen.node, &gil->waiters);
	gil->nr_waiters++;
	for (i = 0; i < QUEUERS; i++) {
		queuers[i].turn = &turn;
		shim_check(!unit_thread_open(cases->unit.arena, &queuers[i].thread), "no thread");
		queuers[i].task = shim_spawn(queuer_run, &queuers[i]);
		shim_sleep(1000000);
	}
	/* The timer runs while somebody waits; the one here has not begun to wait as others do. */
	hrtimer_start(&gil->timer, ns_to_ktime(50 * NSEC_PER_MSEC), HRTIMER_MODE_REL_SOFT);
	case_equal(cases, 0, unit_gil(&cases->unit.thread, PYMM_GIL_RELEASE, false));
	case_equal(cases, 1, gil->offered == &frozen);
	shim_sleep(20 * NSEC_PER_MSEC);
	case_equal(cases, 0, turn);
	case_equal(cases, QUEUERS + 1, gil->nr_waiters);
	shim_sleep(200 * NSEC_PER_MSEC);
	case_equal(cases, QUEUERS, turn);
	case_equal(cases, 1, list_is_first(&frozen.node, &gil->waiters));
	for (i = 0; i < QUEUERS; i++) {
		shim_join(queuers[i].task);
		case_equal(cases, 0, queuers[i].err);
		unit_thread_close(&queuers[i].thread);
	}
	list_del(&frozen.node);
	gil->nr_waiters--;
	gil->offered = NULL;
	case_end(cases, "who was offered the GIL does not come");
}

/* A task that has the GIL until it may go. */
struct keeper {
	struct unit_thread thread;
	struct shim_task *task;
	bool go;
	int err;
};

static void keeper_run(void *arg)
{
	struct keeper *keeper = arg;

	keeper->err = unit_gil(&keeper->thread, PYMM_GIL_ACQUIRE, true);
	while (!keeper->go)
		shim_sleep(NSEC_PER_MSEC);
	keeper->err |= unit_gil(&keeper->thread, PYMM_GIL_RELEASE, false);
}

static struct pymm_thread *keeper_begin(struct cases *cases, struct keeper *keeper)
{
	shim_check(!unit_thread_open(cases->unit.arena, &keeper->thread), "no thread");
	return unit_thread(&keeper->thread);
}

static void keeper_end(struct cases *cases, struct keeper *keeper)
{
	keeper->go = true;
	shim_join(keeper->task);
	case_equal(cases, 0, keeper->err);
	unit_thread_close(&keeper->thread);
}

/*
 * Who had to give way to urgent ones at once, and waited for an interval then, is not asked before
 * it has had an eighth of one.
 */
static void test_share(struct cases *cases, u64 held_ns, bool keeps, const char *name)
{
	struct keeper computing = {}, urgent = {};
	struct pymm_thread *thread;
	struct pymm_gil *gil;

	case_begin(cases);
	gil = &unit_arena(&cases->unit)->gil;
	gil->policy = pymm_gil_policy(PYMM_POLICY_IO_BOOST);
	gil->interval_ns = 80 * NSEC_PER_MSEC;
	case_equal(cases, 0, unit_gil(&cases->unit.thread, PYMM_GIL_ACQUIRE, true));
	thread = keeper_begin(cases, &computing);
	thread->gil_stat.dropped = true;
	thread->gil_stat.held_ns = held_ns;
	computing.task = shim_spawn(keeper_run, &computing);
	shim_sleep(100 * NSEC_PER_MSEC);
	case_equal(cases, 0, unit_gil(&cases->unit.thread, PYMM_GIL_RELEASE, false));
	shim_sleep(NSEC_PER_MSEC);
	case_equal(cases, 1, gil->holder == thread);
	keeper_begin(cases, &urgent);
	urgent.task = shim_spawn(keeper_run, &urgent);
	shim_sleep(NSEC_PER_MSEC);
	case_equal(cases, 1, gil->nr_waiters);
	case_equal(cases, !keeps, gil->drop_request);
	shim_sleep(12 * NSEC_PER_MSEC);
	case_equal(cases, 1, gil->drop_request);
	keeper_end(cases, &computing);
	keeper_end(cases, &urgent);
	case_end(cases, name);
}

static void test_shares(struct cases *cases)
{
	test_share(cases, NSEC_PER_MSEC, true, "who hardly had the GIL before keeps it for a while");
	test_share(cases, 20 * NSEC_PER_MSEC, false, "who had its share before is asked at once");
}

static void test_wrong_answers(struct cases *cases)
{
	static const struct pymm_gil_policy nobody = { .handoff = true, .next = say_nobody };
	static const struct pymm_gil_policy zero = { .handoff = true, .next = say_0 };
	static const struct pymm_gil_policy last = { .handoff = true, .next = say_4 };
	static const struct pymm_gil_policy urgent = { .handoff = true, .urgent = always, .next = say_nobody };
	static const u32 in_order[] = { 1, 2, 3 }, last_first[] = { 2, 3, 1 };

	queue_under(cases, &nobody, in_order, "a policy that names a thread that does not wait");
	queue_under(cases, &zero, in_order, "a policy that names none");
	queue_under(cases, &urgent, in_order, "a policy that calls all urgent");
	queue_under(cases, &last, last_first, "a policy that names any that waits");
}

int main(void)
{
	struct cases cases = { 0 };

	test_answers(&cases);
	test_wrong_answers(&cases);
	test_nobody_comes(&cases);
	test_shares(&cases);
	return tap_end(&cases.tap);
}
