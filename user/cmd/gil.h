/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef PYMM_CMD_GIL_H
#define PYMM_CMD_GIL_H

#include "cmd.h"

/* Room for what gil_policy_text() writes. */
#define GIL_POLICY_LEN	24

/** gil_policy_text() - the name of a policy, or "policy_N" of one that is not known; @text */
const char *gil_policy_text(uint32_t policy, char text[GIL_POLICY_LEN]);

/** gil_show() - pymm gil show */
int gil_show(struct cmd *cmd);

#endif /* PYMM_CMD_GIL_H */
