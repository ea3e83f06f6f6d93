// SPDX-License-Identifier: GPL-2.0
/* Random numbers that follow from a seed: xorshift64*. */
#include "torture.h"

uint64_t tt_random(uint64_t *state)
{
	*state ^= *state >> 12;
	*state ^= *state << 25;
	*state ^= *state >> 27;
	return *state * 0x2545f4914f6cdd1dULL >> 16;
}

uint64_t tt_below(uint64_t *state, uint64_t limit)
{
	return tt_random(state) % limit;
}

uint64_t tt_seed(uint64_t seed, uint64_t a, uint64_t b, uint64_t c)
{
	uint64_t state = seed * 0x9e3779b97f4a7c15ULL + a * 0xbf58476d1ce4e5b9ULL +
			 b * 0x94d049bb133111ebULL + c * 0xd6e8feb86659fd93ULL;

	/* 0 would stay 0. */
	state |= 1;
	for (int i = 0; i < 8; i++)
		tt_random(&state);
	return state;
}
