// SPDX-License-Identifier: GPL-2.0-only
#include <signal.h>

#include "cmd.h"

/* The one variable of the command that is not in struct cmd: nothing else reaches a handler. */
static volatile sig_atomic_t signalled;

static void note(int number)
{
	(void)number;
	signalled = 1;
}

void cmd_catch_signals(void)
{
	struct sigaction action = { .sa_handler = note };

	/* Without SA_RESTART, as a blocked call has to return. */
	sigemptyset(&action.sa_mask);
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
}

bool cmd_signalled(void)
{
	return signalled;
}
