// SPDX-License-Identifier: LGPL-2.1-only OR MIT
#include <inttypes.h>

#include "internal.h"
#include "unprintable.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

bool code_point_is_printable(uint32_t code)
{
	size_t low = 0, high = COUNT(unprintable);

	if (code < 0x80)
		return code >= 0x20 && code < 0x7f;
	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (code > unprintable[middle].last)
			low = middle + 1;
		else
			high = middle;
	}
	return low == COUNT(unprintable) || code < unprintable[low].first;
}

void code_point_escape(uint32_t code, char out[ESCAPE_SIZE])
{
	if (code < 0x100)
		snprintf(out, ESCAPE_SIZE, "\\x%02" PRIx32, code);
	else if (code < 0x10000)
		snprintf(out, ESCAPE_SIZE, "\\u%04" PRIx32, code);
	else
		snprintf(out, ESCAPE_SIZE, "\\U%08" PRIx32, code & 0x1fffff);
}
