/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The one way in which commands write JSON.
 *
 * A document is an object or an array. Members are added to the innermost open
 * one; @key is their name in an object and NULL in an array. Keys are in
 * snake_case and stable: scripts depend on them. Text that is not UTF-8 has its
 * bad bytes replaced by U+FFFD.
 *
 * Lack of memory is remembered and returned by json_flush(), so that nothing
 * else need be checked. All functions do nothing when @json is NULL.
 */
#ifndef PYMM_JSON_H
#define PYMM_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct json;

/** json_new() - a writer to @out; NULL when out of memory */
struct json *json_new(FILE *out, bool pretty);

/** json_free() - free it with what was not written; NULL is fine */
void json_free(struct json *json);

/** json_open_object() - open an object: the document, or a member of the innermost open one */
void json_open_object(struct json *json, const char *key);

/** json_open_array() - likewise an array */
void json_open_array(struct json *json, const char *key);

/** json_close() - close the innermost open one */
void json_close(struct json *json);

void json_add_string(struct json *json, const char *key, const char *value);
void json_add_bytes(struct json *json, const char *key, const char *value, size_t size);
void json_add_uint(struct json *json, const char *key, uint64_t value);
void json_add_int(struct json *json, const char *key, int64_t value);
void json_add_double(struct json *json, const char *key, double value);
void json_add_bool(struct json *json, const char *key, bool value);
void json_add_null(struct json *json, const char *key);

/**
 * json_flush() - write the document, all that is open being closed, and a
 * newline; the next one may begin. A command that streams calls it after each
 * document; main() calls it after every command.
 *
 * Returns 0 (also when there is no document), -ENOMEM or -EIO.
 */
int json_flush(struct json *json);

/** json_discard() - forget the document, so that another (an error) can be written */
void json_discard(struct json *json);

#endif /* PYMM_JSON_H */
