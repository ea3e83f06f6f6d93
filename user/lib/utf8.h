/* SPDX-License-Identifier: LGPL-2.1-only OR MIT */
#ifndef PYMM_UTF8_H
#define PYMM_UTF8_H

#include <stddef.h>
#include <stdint.h>

/*
 * One code point of @size bytes at @text: its bytes, or 0 when there is none:
 * at the end, overlong, a surrogate, above U+10FFFF.
 */
static inline size_t utf8_decode(const char *text, size_t size, uint32_t *code)
{
	static const uint32_t smallest[] = { 0, 0, 0x80, 0x800, 0x10000 };
	const unsigned char *p = (const unsigned char *)text;
	size_t len = 1;

	if (!size)
		return 0;
	*code = p[0];
	if (p[0] < 0x80)
		return 1;
	if (p[0] < 0xc0 || p[0] > 0xf7)
		return 0;
	len = p[0] < 0xe0 ? 2 : p[0] < 0xf0 ? 3 : 4;
	if (len > size)
		return 0;
	*code = p[0] & (0x7f >> len);
	for (size_t i = 1; i < len; i++) {
		if ((p[i] & 0xc0) != 0x80)
			return 0;
		*code = *code << 6 | (p[i] & 0x3f);
	}
	if (*code < smallest[len] || *code > 0x10ffff || (*code >= 0xd800 && *code < 0xe000))
		return 0;
	return len;
}

/* The bytes of @code at @out (room for 4): how many. */
static inline size_t utf8_encode(uint32_t code, char *out)
{
	size_t len = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;

	if (len == 1) {
		out[0] = (char)code;
		return 1;
	}
	for (size_t i = len - 1; i > 0; i--) {
		out[i] = (char)(0x80 | (code & 0x3f));
		code >>= 6;
	}
	out[0] = (char)((0xf00 >> len) | code);
	return len;
}

#endif /* PYMM_UTF8_H */
