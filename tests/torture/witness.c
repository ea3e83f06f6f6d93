// SPDX-License-Identifier: GPL-2.0
/*
 * The witness of the GIL. It is shared memory without any protection but the GIL that its users
 * have acquired, so a second holder shows: as a count that is not 1, an owner that changed, a
 * block that is torn, or a hold that began before the last one ended.
 *
 * Who is killed while it holds the GIL leaves its traces. The next one to acquire it may find them
 * only if it was told so (EOWNERDEAD). In an arena where programs run, it may be a program that was
 * told, and the program's owner that was killed before it could tell more; so there it is enough
 * that the one who left them is dead.
 */
#include <inttypes.h>
#include <unistd.h>

#include "pymm_util.h"
#include "torture.h"

uint64_t tt_identity(const struct tt_shared *shared, unsigned int place)
{
	return (uint64_t)(place + 1) << 32 | tt_get(shared->processes[place].incarnation);
}

bool tt_gone(const struct tt_shared *shared, uint64_t identity)
{
	unsigned int place = (identity >> 32) - 1;

	return place >= TT_MAX_PROCESSES || tt_identity(shared, place) != identity ||
	       tt_get(shared->processes[place].doomed);
}

static void event(struct tt_worker *worker, struct tt_witness *witness, char what)
{
	witness->events[witness->next_event++ % TT_EVENTS] = (struct tt_event){
		.ns = pt_now(), .owner = worker->identity, .number = witness->number, .what = what,
	};
}

static void print_events(const struct tt_witness *witness)
{
	for (unsigned int i = 0; i < TT_EVENTS; i++) {
		const struct tt_event *at =
			&witness->events[(witness->next_event + i) % TT_EVENTS];

		if (at->what)
			tt_say("  %" PRIu64 " ns: process %" PRIu64 " number %" PRIu64 " %s hold %"
			       PRIu64, at->ns, (at->owner >> 32) - 1, at->owner & UINT32_MAX,
			       at->what == 'E' ? "begins" : "ends", at->number);
	}
}

static void two_holders(struct tt_worker *worker, enum tt_place place, const char *what)
{
	struct tt_witness *witness = &worker->shared->arenas[place].witness;

	tt_fail(worker->shared, "two holders of the GIL of arena %d: %s; count %" PRIu64
		", owner %#" PRIx64 ", this is %#" PRIx64 " in task %d", place, what,
		witness->holders, witness->owner, worker->identity, gettid());
	print_events(witness);
}

/* The one before was killed; what it left is put right. */
static void mend(struct tt_witness *witness)
{
	witness->holders = 0;
	for (unsigned int i = 0; i < TT_BLOCK; i++)
		witness->block[i] = witness->number;
	witness->left_ns = 0;
}

static void check_block(struct tt_worker *worker, enum tt_place place)
{
	struct tt_witness *witness = &worker->shared->arenas[place].witness;

	for (unsigned int i = 0; i < TT_BLOCK; i++)
		if (witness->block[i] != witness->number) {
			two_holders(worker, place, "its block is torn");
			return;
		}
	if (pt_now() < witness->left_ns)
		two_holders(worker, place, "the last hold ends after this one's beginning");
}

void tt_enter(struct tt_worker *worker, enum tt_place place, bool told)
{
	struct tt_witness *witness = &worker->shared->arenas[place].witness;

	if (witness->holders) {
		if (!tt_gone(worker->shared, witness->owner))
			two_holders(worker, place, told ? "the last one is said to be dead, and "
				    "lives" : "another one has not left");
		else if (place == TT_STRICT && !told)
			tt_fail(worker->shared, "nobody was told that the holder of arena %d died",
				place);
		mend(witness);
	}
	check_block(worker, place);
	witness->owner = worker->identity;
	witness->number++;
	witness->holders++;
	event(worker, witness, 'E');
	for (unsigned int i = 0; i < TT_BLOCK / 2; i++)
		witness->block[i] = witness->number;
	tt_state(worker, TT_HOLDING);
}

void tt_still(struct tt_worker *worker, enum tt_place place)
{
	const struct tt_witness *witness = &worker->shared->arenas[place].witness;
	uint64_t number = witness->number;

	if (witness->holders != 1)
		two_holders(worker, place, "the count is not 1");
	else if (witness->owner != worker->identity)
		two_holders(worker, place, "the owner changed");
	else if (witness->block[0] != number ||
		 witness->events[(witness->next_event - 1) % TT_EVENTS].number != number)
		two_holders(worker, place, "a hold began in the middle of another one");
}

void tt_leave(struct tt_worker *worker, enum tt_place place)
{
	struct tt_witness *witness = &worker->shared->arenas[place].witness;

	tt_still(worker, place);
	for (unsigned int i = TT_BLOCK / 2; i < TT_BLOCK; i++)
		witness->block[i] = witness->number;
	event(worker, witness, 'L');
	witness->left_ns = pt_now();
	witness->holders--;
	tt_state(worker, TT_IDLE);
}
