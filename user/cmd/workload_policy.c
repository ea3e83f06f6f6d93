// SPDX-License-Identifier: GPL-2.0-only
/*
 * Names of policies of the GIL.
 */
#include <errno.h>
#include <string.h>

#include "workload_modes.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const char *const names[] = {
	[PYMM_POLICY_CPYTHON] = "cpython",
	[PYMM_POLICY_FIFO] = "fifo",
	[PYMM_POLICY_IO_BOOST] = "io-boost",
};

const char *cmd_pymm_policy_name(uint32_t policy)
{
	return policy < COUNT(names) ? names[policy] : "?";
}

int cmd_pymm_policy_from_name(const char *name, uint32_t *policy)
{
	for (*policy = 0; *policy < COUNT(names); ++*policy)
		if (!strcmp(names[*policy], name))
			return 0;
	return -EINVAL;
}
