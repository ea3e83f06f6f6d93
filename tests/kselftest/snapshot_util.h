/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a snapshot of an arena says of the object that a name is bound to.
 */
#ifndef SNAPSHOT_UTIL_H
#define SNAPSHOT_UTIL_H

#include "pymm_util.h"

/** pt_snapshot() - take one; to be freed with pymm_snapshot_free() */
struct pymm_snapshot *pt_snapshot(int arena);

/** pt_id() - id of the object that a name is bound to, or 0 */
uint32_t pt_id(int arena, const char *name);

/** pt_refs() - its reference count, PYMM_REFS_IMMORTAL if it is immortal, 0 when the name is unbound */
uint32_t pt_refs(int arena, const char *name);

/** pt_generation() - its generation, PYMM_GENERATION_NONE when it is not tracked */
int pt_generation(int arena, const char *name);

/** pt_count_type() - how many objects of that type are alive and can die */
unsigned int pt_count_type(int arena, uint16_t type);

#endif /* SNAPSHOT_UTIL_H */
