// SPDX-License-Identifier: LGPL-2.1-only OR MIT
#include <string.h>

#include "nearest.h"

/* Longer than any word that is looked for. */
#define WORD_SIZE	32

static char upper(char c)
{
	return c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c;
}

static size_t smallest(size_t a, size_t b, size_t c)
{
	size_t ab = a < b ? a : b;

	return ab < c ? ab : c;
}

/* Characters to insert, drop or replace to make @b of @a; case does not count. */
static size_t distance(const char *a, size_t a_len, const char *b, size_t b_len)
{
	size_t row[WORD_SIZE + 1];

	for (size_t j = 0; j <= b_len; j++)
		row[j] = j;
	for (size_t i = 0; i < a_len; i++) {
		size_t corner = row[0];

		row[0] = i + 1;
		for (size_t j = 0; j < b_len; j++) {
			size_t replaced = corner + (upper(a[i]) != upper(b[j]));

			corner = row[j + 1];
			row[j + 1] = smallest(replaced, row[j] + 1, corner + 1);
		}
	}
	return row[b_len];
}

struct nearest nearest_to(const char *text, size_t len)
{
	return (struct nearest){ .text = text, .len = len, .best = len / 3 + 1 };
}

void nearest_try(struct nearest *nearest, const char *word)
{
	size_t len = strlen(word), far;

	if (nearest->len > WORD_SIZE || len > WORD_SIZE)
		return;
	far = distance(nearest->text, nearest->len, word, len);
	if (far >= nearest->best)
		return;
	nearest->best = far;
	nearest->word = word;
}
