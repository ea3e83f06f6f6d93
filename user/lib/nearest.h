/* SPDX-License-Identifier: LGPL-2.1-only OR MIT */
/*
 * Which word was meant: the nearest of those that are known. The library looks
 * for opcodes with it, the command for its own words.
 */
#ifndef PYMM_NEAREST_H
#define PYMM_NEAREST_H

#include <stddef.h>

/**
 * struct nearest - a search
 * @text: what was written; need not end with NUL
 * @len: its length
 * @best: changes that make @word of it; at first one more than may be
 * @word: the nearest word tried, NULL when none is near
 */
struct nearest {
	const char *text;
	size_t len;
	size_t best;
	const char *word;
};

/* A search for what was meant by @text. */
struct nearest nearest_to(const char *text, size_t len);

/* A word that may have been meant; of words as near as each other the first stays. */
void nearest_try(struct nearest *nearest, const char *word);

#endif /* PYMM_NEAREST_H */
