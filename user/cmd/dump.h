/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Records of a snapshot: what they hold, and how JSON shows them.
 */
#ifndef PYMM_CMD_DUMP_H
#define PYMM_CMD_DUMP_H

#include "cmd.h"

/** dump_tail() - what follows the fixed part of a record */
const void *dump_tail(const struct pymm_dump_record *record);

/** dump_is_text() - is it a str or bytes, which is followed by its first bytes? */
bool dump_is_text(const struct pymm_dump_object *object);

/** dump_is_container() - has it a length? */
bool dump_is_container(const struct pymm_dump_object *object);

/** dump_float() - the value of a float */
double dump_float(const struct pymm_dump_object *object);

/** dump_json() - add the members of an object, name or frame to the innermost open object */
void dump_json(struct json *json, const struct pymm_dump_record *record);

#endif /* PYMM_CMD_DUMP_H */
