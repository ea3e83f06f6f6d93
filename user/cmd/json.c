// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <json-c/json.h>
#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "../lib/utf8.h"
#include "json.h"

/* U+FFFD, what stands for bytes that are not UTF-8. */
#define REPLACEMENT	"\xef\xbf\xbd"

struct json {
	FILE *out;
	bool pretty;
	int error;
	struct json_object *root;	/* owns all below it */
	struct json_object **open;	/* from the root to the innermost open one */
	size_t depth;
	size_t room;			/* of open */
};

struct json *json_new(FILE *out, bool pretty)
{
	struct json *json = calloc(1, sizeof(*json));

	if (json) {
		json->out = out;
		json->pretty = pretty;
	}
	return json;
}

void json_discard(struct json *json)
{
	if (!json)
		return;
	json_object_put(json->root);
	json->root = NULL;
	json->depth = 0;
	json->error = 0;
}

void json_free(struct json *json)
{
	if (!json)
		return;
	json_discard(json);
	free(json->open);
	free(json);
}

/* Adds @value to the innermost open one, or makes it the document; owns it either way. */
static int add(struct json *json, const char *key, struct json_object *value)
{
	struct json_object *parent = json->depth ? json->open[json->depth - 1] : NULL;
	int ret;

	if (!parent) {
		json_object_put(json->root);
		json->root = value;
		return 0;
	}
	if (json_object_is_type(parent, json_type_array))
		ret = json_object_array_add(parent, value);
	else
		ret = json_object_object_add(parent, key ? key : "", value);
	if (ret) {
		json_object_put(value);
		json->error = -ENOMEM;
	}
	return ret;
}

/* As add(), of something new that is NULL when memory was lacking. */
static int add_new(struct json *json, const char *key, struct json_object *value)
{
	if (!value) {
		json->error = -ENOMEM;
		return -ENOMEM;
	}
	return add(json, key, value);
}

static int grow(struct json *json)
{
	size_t room = json->room ? 2 * json->room : 8;
	struct json_object **open;

	if (json->depth < json->room)
		return 0;
	open = reallocarray(json->open, room, sizeof(struct json_object *));
	if (!open)
		return -ENOMEM;
	json->open = open;
	json->room = room;
	return 0;
}

/* Opens @value, something new. After an error nothing is added or closed any more. */
static void open_new(struct json *json, const char *key, struct json_object *value)
{
	if (grow(json)) {
		json_object_put(value);
		json->error = -ENOMEM;
		return;
	}
	if (add_new(json, key, value))
		return;
	json->open[json->depth++] = value;
}

void json_open_object(struct json *json, const char *key)
{
	if (json && !json->error)
		open_new(json, key, json_object_new_object());
}

void json_open_array(struct json *json, const char *key)
{
	if (json && !json->error)
		open_new(json, key, json_object_new_array());
}

void json_close(struct json *json)
{
	if (json && !json->error && json->depth)
		json->depth--;
}

/* Copies @size bytes, bad ones replaced; @out has room for 3 times as many. */
static size_t clean(const char *value, size_t size, char *out)
{
	size_t used = 0;
	uint32_t code;

	for (size_t i = 0; i < size;) {
		size_t len = utf8_decode(value + i, size - i, &code);

		memcpy(out + used, len ? value + i : REPLACEMENT, len ? len : strlen(REPLACEMENT));
		used += len ? len : strlen(REPLACEMENT);
		i += len ? len : 1;
	}
	return used;
}

void json_add_bytes(struct json *json, const char *key, const char *value, size_t size)
{
	char *copy;

	if (!json || json->error)
		return;
	copy = size < INT_MAX / 3 ? malloc(3 * size + 1) : NULL;
	if (!copy) {
		json->error = -ENOMEM;
		return;
	}
	size = clean(value, size, copy);
	add_new(json, key, json_object_new_string_len(copy, (int)size));
	free(copy);
}

void json_add_string(struct json *json, const char *key, const char *value)
{
	json_add_bytes(json, key, value, strlen(value));
}

void json_add_uint(struct json *json, const char *key, uint64_t value)
{
	if (json && !json->error)
		add_new(json, key, json_object_new_uint64(value));
}

void json_add_int(struct json *json, const char *key, int64_t value)
{
	if (json && !json->error)
		add_new(json, key, json_object_new_int64(value));
}

/*
 * With the digits that a double is sure of, and those that it takes to be the same number
 * again, where json-c shows all 17. JSON has no word for what is not finite.
 */
void json_add_double(struct json *json, const char *key, double value)
{
	char text[32];
	int digits = 15;

	if (!json || json->error)
		return;
	do
		snprintf(text, sizeof(text), "%.*g", digits, value);
	while (++digits <= 17 && strtod(text, NULL) != value);
	if (isfinite(value))
		add_new(json, key, json_object_new_double_s(value, text));
	else
		add(json, key, NULL);
}

void json_add_bool(struct json *json, const char *key, bool value)
{
	if (json && !json->error)
		add_new(json, key, json_object_new_boolean(value));
}

void json_add_null(struct json *json, const char *key)
{
	if (json && !json->error)
		add(json, key, NULL);
}

static int write_document(const struct json *json)
{
	int flags = JSON_C_TO_STRING_NOSLASHESCAPE;
	const char *text;

	flags |= json->pretty ? JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_SPACED :
				JSON_C_TO_STRING_PLAIN;
	text = json_object_to_json_string_ext(json->root, flags);
	if (!text)
		return -ENOMEM;
	if (fprintf(json->out, "%s\n", text) < 0 || fflush(json->out))
		return -EIO;
	return 0;
}

int json_flush(struct json *json)
{
	int ret = 0;

	if (!json)
		return 0;
	if (json->error)
		ret = json->error;
	else if (json->root)
		ret = write_document(json);
	json_discard(json);
	return ret;
}
