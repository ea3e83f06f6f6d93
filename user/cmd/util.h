/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Between main.c and the util files: parsing of arguments, printing of help.
 */
#ifndef PYMM_CMD_UTIL_H
#define PYMM_CMD_UTIL_H

#include "cmd.h"

/* Beside CMD_OK and CMD_USAGE: what the arguments ask for instead of the command. */
#define ARGS_HELP	(-1)
#define ARGS_VERSION	(-2)

/** args_parse_global() - take the options that stand before OBJECT */
int args_parse_global(struct cmd *cmd);

/** args_parse() - take the options of cmd->command out of the arguments, check the operands */
int args_parse(struct cmd *cmd);

/** help_all() - print help on all objects; returns CMD_OK */
int help_all(struct cmd *cmd, const struct cmd_object *const *objects);

/** help_object() - print help on cmd->object; returns CMD_OK */
int help_object(struct cmd *cmd);

#endif /* PYMM_CMD_UTIL_H */
