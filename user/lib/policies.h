/* SPDX-License-Identifier: LGPL-2.1-only OR MIT */
/*
 * The names of policies of the GIL, in one place: the library's functions know them, and the
 * command's options list them.
 */
#ifndef PYMM_POLICIES_H
#define PYMM_POLICIES_H

#include <linux/pymm.h>

/* Initializers of an array of strings, by enum pymm_policy. */
#define POLICY_NAMES                                                                       \
	[PYMM_POLICY_CPYTHON] = "cpython", [PYMM_POLICY_FIFO] = "fifo",                    \
	[PYMM_POLICY_IO_BOOST] = "io-boost"

#endif /* PYMM_POLICIES_H */
