/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef PYMM_CMD_PROGRAM_H
#define PYMM_CMD_PROGRAM_H

#include "cmd.h"

/** program_dump() - with --dump and --dot, show the arena; CMD_OK, or it was said why not */
int program_dump(struct cmd *cmd, const struct pymm_arena *arena);

#endif /* PYMM_CMD_PROGRAM_H */
