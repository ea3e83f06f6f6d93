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

void bytes_write(FILE *out, const char *data, size_t size, char quote)
{
	char escape[ESCAPE_SIZE];

	fprintf(out, "b%c", quote);
	for (size_t i = 0; i < size; i++) {
		unsigned char c = (unsigned char)data[i];

		if (c == '\n' || c == '\r' || c == '\t') {
			fputs(c == '\n' ? "\\n" : c == '\r' ? "\\r" : "\\t", out);
		} else if (c == (unsigned char)quote || c == '\\') {
			fprintf(out, "\\%c", c);
		} else if (c >= 0x20 && c < 0x7f) {
			fputc(c, out);
		} else {
			code_point_escape(c, escape);
			fputs(escape, out);
		}
	}
	fputc(quote, out);
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
