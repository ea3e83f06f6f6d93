// SPDX-License-Identifier: GPL-2.0-only
#include <signal.h>
#include <unistd.h>

#include "cmd.h"

/* The variables of the command that are not in struct cmd: nothing else reaches a handler. */
static volatile sig_atomic_t terminated;
static volatile sig_atomic_t interrupted;
static volatile sig_atomic_t waking;

static void note(int number)
{
	if (number == SIGINT)
		interrupted = 1;
	else if (number == SIGTERM)
		terminated = 1;
	/* It may have come before the system call that it is to end. */
	if (waking)
		alarm(1);
}

void cmd_catch_signals(void)
{
	struct sigaction action = { .sa_handler = note };

	/* Without SA_RESTART, as a blocked call has to return. */
	sigemptyset(&action.sa_mask);
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
}

void cmd_catch_alarm(unsigned int seconds)
{
	struct sigaction action = { .sa_handler = note };

	sigemptyset(&action.sa_mask);
	sigaction(SIGALRM, &action, NULL);
	waking = 1;
	alarm(seconds);
}

bool cmd_signalled(void)
{
	return terminated || interrupted;
}

bool cmd_terminated(void)
{
	return terminated;
}

bool cmd_take_interrupt(void)
{
	bool taken = interrupted;

	interrupted = 0;
	return taken;
}
