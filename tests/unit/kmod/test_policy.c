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
 * wait may take it.
 */
static void test_nobody_comes(struct cases *cases)
{
	struct queuer queuers[QUEUERS] = {};
	struct pymm_gil *gil;
	u32 turn = 0, i;

	case_begin(cases);
	gil = &unit_arena(&cases->unit)->gil;
	gil->policy = pymm_gil_policy(PYMM_POLICY_FIFO);
	case_equal(cases, 0, unit_gil(&cases->unit.thread, PYMM_GIL_ACQUIRE, true));
	for (i = 0; i < QUEUERS; i++) {
		queuers[i].turn = &turn;
		shim_check(!unit_thread_open(cases->unit.arena, &queuers[i].thread), "no thread");
		queuers[i].task = shim_spawn(queuer_run, &queuers[i]);
		shim_sleep(1000000);
	}
	case_equal(cases, 0, unit_gil(&cases->unit.thread, PYMM_GIL_RELEASE, false));
	/* Before any of them runs; nobody is at that place. */
	gil->offered = (struct pymm_gil_waiter *)&turn;
	shim_sleep(20 * NSEC_PER_MSEC);
	case_equal(cases, 0, turn);
	case_equal(cases, QUEUERS, gil->nr_waiters);
	shim_sleep(200 * NSEC_PER_MSEC);
	case_equal(cases, QUEUERS, turn);
	for (i = 0; i < QUEUERS; i++) {
		shim_join(queuers[i].task);
		case_equal(cases, 0, queuers[i].err);
		unit_thread_close(&queuers[i].thread);
	}
	case_end(cases, "who was offered the GIL does not come");
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
	return tap_end(&cases.tap);
}
