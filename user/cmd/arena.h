/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef PYMM_CMD_ARENA_H
#define PYMM_CMD_ARENA_H

#include "cmd.h"

int arena_show(struct cmd *cmd);

#endif /* PYMM_CMD_ARENA_H */
