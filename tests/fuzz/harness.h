/* SPDX-License-Identifier: GPL-2.0-only */
/* What the targets that run in user space share. */
#ifndef PYMM_FUZZ_HARNESS_H
#define PYMM_FUZZ_HARNESS_H

#include <shim.h>

#include "unit.h"

/** harness_open() - a kernel as new, with the module, an arena and a thread; bits of all hashes */
void harness_open(struct unit *unit, uint32_t seed, uint32_t hash_mask);

/** harness_walk() - end the process unless all in the arena agrees; no task is in a call */
void harness_walk(const struct unit *unit);

/**
 * harness_close() - close all, and end the process if anything is left
 * @unit: an arena whose only thread is its own
 *
 * Names are deleted first, and a collection is made: no object may be left then.
 */
void harness_close(struct unit *unit);

/** harness_fail() - end the process so that the fuzzer takes it for a failure */
__attribute__((format(printf, 1, 2), noreturn)) void harness_fail(const char *format, ...);

/* Of libFuzzer. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t room);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t room, unsigned int seed);
size_t LLVMFuzzerCustomCrossOver(const uint8_t *data, size_t size, const uint8_t *other,
				 size_t other_size, uint8_t *to, size_t room, unsigned int seed);

#endif
