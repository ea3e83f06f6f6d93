// SPDX-License-Identifier: GPL-2.0-only
/*
 * Policies: which of the threads that wait for the GIL has it next, and whether one that begins to
 * wait asks for it at once.
 *
 * A policy is told numbers and answers numbers, so that it can be a program some day. gil.c keeps
 * the GIL: it lets one thread in whatever a policy says, and takes an answer that names nobody who
 * waits for the one who waits longest.
 */
#include <linux/nospec.h>

#include "core.h"

/* Who has waited longest, unless somebody urgent is there: a policy without such never sees one. */
static u32 pymm_policy_in_order(const struct pymm_gil_choice *choice)
{
	return choice->urgent ?: choice->first;
}

/*
 * Back from something it waited for, for at least as long as it had the GIL before: it will want
 * it as briefly again. A thread that hardly ever waits cannot say so of itself.
 */
static bool pymm_policy_came_back(const struct pymm_gil_request *request)
{
	return !request->dropped && request->away_ns >= request->held_ns;
}

/* Not before those who have waited for an interval: nobody is passed by for ever. */
static u32 pymm_policy_urgent_first(const struct pymm_gil_choice *choice)
{
	if (choice->waited_ns >= choice->interval_ns)
		return choice->first;
	return pymm_policy_in_order(choice);
}

static const struct pymm_gil_policy pymm_gil_policies[] = {
	[PYMM_POLICY_CPYTHON] = {
		.next = pymm_policy_in_order,
	},
	[PYMM_POLICY_FIFO] = {
		.handoff = true,
		.next = pymm_policy_in_order,
	},
	[PYMM_POLICY_IO_BOOST] = {
		.handoff = true,
		.urgent = pymm_policy_came_back,
		.next = pymm_policy_urgent_first,
	},
};

/** pymm_gil_policy() - the policy of a number, enum pymm_policy, or NULL */
const struct pymm_gil_policy *pymm_gil_policy(u32 number)
{
	if (number >= ARRAY_SIZE(pymm_gil_policies))
		return NULL;
	return &pymm_gil_policies[array_index_nospec(number, ARRAY_SIZE(pymm_gil_policies))];
}

/** pymm_gil_policies_known() - a bit for each number that pymm_gil_policy() knows */
u32 pymm_gil_policies_known(void)
{
	return BIT(ARRAY_SIZE(pymm_gil_policies)) - 1;
}

/** pymm_gil_policy_number() - enum pymm_policy of a policy */
u32 pymm_gil_policy_number(const struct pymm_gil_policy *policy)
{
	return policy - pymm_gil_policies;
}
