// SPDX-License-Identifier: LGPL-2.1-only OR MIT
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "internal.h"

static int vec_grow(struct vec *vec, size_t count, size_t size)
{
	size_t room = vec->room < 8 ? 16 : 2 * vec->room;
	void *data;

	if (count > SIZE_MAX / 4 / size - vec->count)
		return -ENOMEM;
	if (vec->count + count <= vec->room)
		return 0;
	if (room < vec->count + count)
		room = vec->count + count;
	data = realloc(vec->data, room * size);
	if (!data)
		return -ENOMEM;
	vec->data = data;
	vec->room = room;
	return 0;
}

void *vec_push(struct vec *vec, size_t count, size_t size)
{
	char *first;

	if (vec_grow(vec, count ? count : 1, size))
		return NULL;
	first = (char *)vec->data + vec->count * size;
	memset(first, 0, count * size);
	vec->count += count;
	return first;
}

int vec_append(struct vec *vec, const void *items, size_t count, size_t size)
{
	void *first = vec_push(vec, count, size);

	if (!first)
		return -ENOMEM;
	if (count)
		memcpy(first, items, count * size);
	return 0;
}

void vec_free(struct vec *vec)
{
	free(vec->data);
	memset(vec, 0, sizeof(*vec));
}
