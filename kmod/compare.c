// SPDX-License-Identifier: GPL-2.0-only
/*
 * Equality, order and hashes. They follow nested containers with an explicit, bounded
 * stack (deeper is a RecursionError), and never call back into a program.
 */
#include <linux/hash.h>
#include <linux/jhash.h>
#include <linux/string.h>

#include "core.h"

#define PYMM_WALK_SIZE	array_size(PYMM_MAX_WALK, sizeof(struct pymm_walk))

/** pymm_walk_free() - free the stack of a thread; arena->lock held */
void pymm_walk_free(struct pymm_thread *thread)
{
	pymm_payload_free(thread->arena, thread->walk, PYMM_WALK_SIZE);
}

/**
 * pymm_walk_push() - one level more of a comparison, hash or print
 * @thread: the running thread
 * @what: end of the message of the RecursionError
 * @err: receives the error
 *
 * Return: the level, to be filled, or NULL with @err set to PYMM_RAISED.
 */
struct pymm_walk *pymm_walk_push(struct pymm_thread *thread, const char *what, int *err)
{
	if (!thread->walk)
		thread->walk = pymm_payload_alloc(thread->arena, PYMM_WALK_SIZE);
	if (!thread->walk) {
		*err = pymm_raise_nomem(thread);
		return NULL;
	}
	if (thread->walk_top == PYMM_MAX_WALK) {
		*err = pymm_raise(thread, PYMM_EXC_RECURSION_ERROR,
				  "maximum recursion depth exceeded%s", what);
		return NULL;
	}
	return &thread->walk[thread->walk_top++];
}

static bool pymm_is_number(const struct pymm_object *object)
{
	return object->type == PYMM_TYPE_INT || object->type == PYMM_TYPE_BOOL;
}

/* @order = strcmp(a, b); 0 or -EINTR. UTF-8 sorts as its code points do. */
static int pymm_str_order(struct pymm_thread *thread, u32 a, u32 b, int *order)
{
	u32 a_bytes, b_bytes, common, at, part;
	const char *a_text = pymm_str_text(thread->arena, a, &a_bytes);
	const char *b_text = pymm_str_text(thread->arena, b, &b_bytes);
	int err;

	common = min(a_bytes, b_bytes);
	for (at = 0; at < common; at += part) {
		part = min_t(u32, common - at, PYMM_TICK_STEPS * 16);
		*order = memcmp(a_text + at, b_text + at, part);
		if (*order)
			return 0;
		err = pymm_tick(thread, 1 + part / 16);
		if (err)
			return err;
	}
	*order = (a_bytes > b_bytes) - (a_bytes < b_bytes);
	return 0;
}

static int pymm_str_equal(struct pymm_thread *thread, u32 a, u32 b)
{
	const struct pymm_object *x = pymm_object(thread->arena, a);
	const struct pymm_object *y = pymm_object(thread->arena, b);
	int order, err;

	/* A short text is in the header and padded with zeros, a long one never is. */
	if ((x->flags | y->flags) & PYMM_OBJ_INLINE)
		return x->aux == y->aux && x->ival == y->ival &&
		       (x->flags & y->flags & PYMM_OBJ_INLINE);
	if (pymm_str_hash(thread->arena, a) != pymm_str_hash(thread->arena, b))
		return 0;
	err = pymm_str_order(thread, a, b, &order);
	return err ?: !order;
}

/* The answer is inside of the containers. */
#define PYMM_EQUAL_DEEP	2

/* a == b without looking into containers: 0, 1, PYMM_EQUAL_DEEP or -EINTR. */
static int pymm_equal_shallow(struct pymm_thread *thread, u32 a, u32 b)
{
	const struct pymm_object *x = pymm_object(thread->arena, a);
	const struct pymm_object *y = pymm_object(thread->arena, b);

	if (a == b)
		return 1;
	if (pymm_is_number(x) && pymm_is_number(y))
		return x->ival == y->ival;
	if (x->type != y->type)
		return 0;
	switch (x->type) {
	case PYMM_TYPE_STR:
		return pymm_str_equal(thread, a, b);
	case PYMM_TYPE_TUPLE:
	case PYMM_TYPE_LIST:
	case PYMM_TYPE_DICT:
		return x->len == y->len ? PYMM_EQUAL_DEEP : 0;
	case PYMM_TYPE_RANGE:
		return pymm_range_equal(thread->arena, a, b);
	default:
		return 0;
	}
}

/* The next pair of items to compare: 1, 0 when there is none left, or an error. */
static int pymm_walk_next(struct pymm_thread *thread, u32 level, u32 *x, u32 *y)
{
	struct pymm_arena *arena = thread->arena;
	struct pymm_walk walk = thread->walk[level];
	u32 key;
	int ret;

	thread->walk[level].i++;
	if (!pymm_is(arena, walk.a, PYMM_TYPE_DICT)) {
		if (walk.i >= pymm_object(arena, walk.a)->len)
			return 0;
		*x = pymm_items(arena, walk.a)[walk.i];
		*y = pymm_items(arena, walk.b)[walk.i];
		return 1;
	}
	if (!pymm_dict_entry(arena, walk.a, walk.i, &key, x))
		return 0;
	if (!key) {
		*x = PYMM_NO_NONE;
		*y = PYMM_NO_NONE;
		return 1;
	}
	ret = pymm_dict_get(thread, walk.b, key, y);
	if (!ret) {
		/* Absent: compare what is never equal. */
		*x = PYMM_NO_TRUE;
		*y = PYMM_NO_FALSE;
		ret = 1;
	}
	return ret;
}

static int pymm_equal_deep(struct pymm_thread *thread, u32 a, u32 b)
{
	u32 base = thread->walk_top;
	struct pymm_walk *walk;
	int ret = PYMM_EQUAL_DEEP, err = 0;

	/* @ret: what is known of the pair at hand; a pair that differs decides. */
	while (ret > 0) {
		if (ret == PYMM_EQUAL_DEEP) {
			walk = pymm_walk_push(thread, " in comparison", &err);
			if (!walk)
				return err;
			*walk = (struct pymm_walk){ .a = a, .b = b };
		}
		err = pymm_tick(thread, 1);
		if (err)
			return err;
		ret = pymm_walk_next(thread, thread->walk_top - 1, &a, &b);
		if (ret < 0)
			return ret;
		if (ret) {
			ret = pymm_equal_shallow(thread, a, b);
			continue;
		}
		if (--thread->walk_top == base)
			return 1;
		ret = 1;
	}
	return ret;
}

/**
 * pymm_equal() - a == b
 * @thread: the running thread
 * @a: left operand
 * @b: right operand
 *
 * Containers compare items by identity, then by equality (semantics.md 1.05).
 *
 * Context: may sleep; the GIL and arena->lock held.
 *
 * Return: 0, 1, PYMM_RAISED or -EINTR.
 */
int pymm_equal(struct pymm_thread *thread, u32 a, u32 b)
{
	u32 base = thread->walk_top;
	int ret = pymm_equal_shallow(thread, a, b);

	if (ret != PYMM_EQUAL_DEEP)
		return ret;
	ret = pymm_equal_deep(thread, a, b);
	thread->walk_top = base;
	return ret;
}

static const char *const pymm_compare_text[] = { "<", "<=", "==", "!=", ">", ">=" };

static int pymm_compare_result(int order, enum pymm_compare op)
{
	switch (op) {
	case PYMM_COMPARE_LT:
		return order < 0;
	case PYMM_COMPARE_LE:
		return order <= 0;
	case PYMM_COMPARE_GT:
		return order > 0;
	default:
		return order >= 0;
	}
}

/* The first index at which two sequences differ; the shorter length if they do not. */
static int pymm_first_difference(struct pymm_thread *thread, u32 a, u32 b, u32 *index)
{
	u32 length = min(pymm_object(thread->arena, a)->len, pymm_object(thread->arena, b)->len);
	u32 i;
	int ret;

	for (i = 0; i < length; i++) {
		ret = pymm_equal(thread, pymm_items(thread->arena, a)[i],
				 pymm_items(thread->arena, b)[i]);
		if (!ret)
			break;
		if (ret > 0)
			ret = pymm_tick(thread, 1);
		if (ret)
			return ret;
	}
	*index = i;
	return 0;
}

/* a < b and so on: the first pair of items that differ decides, however deep. */
static int pymm_order(struct pymm_thread *thread, u32 a, u32 b, enum pymm_compare op)
{
	struct pymm_arena *arena = thread->arena;
	const struct pymm_object *x, *y;
	u32 i, depth = 0;
	int order, err;

	for (;;) {
		x = pymm_object(arena, a);
		y = pymm_object(arena, b);
		if (pymm_is_number(x) && pymm_is_number(y))
			return pymm_compare_result((x->ival > y->ival) - (x->ival < y->ival), op);
		if (x->type == PYMM_TYPE_STR && y->type == PYMM_TYPE_STR) {
			err = pymm_str_order(thread, a, b, &order);
			return err ?: pymm_compare_result(order, op);
		}
		if (x->type != y->type ||
		    (x->type != PYMM_TYPE_LIST && x->type != PYMM_TYPE_TUPLE))
			return pymm_raise(thread, PYMM_EXC_TYPE_ERROR,
					  "'%s' not supported between instances of '%s' and '%s'",
					  pymm_compare_text[op], pymm_type_name(arena, a),
					  pymm_type_name(arena, b));
		if (depth++ == PYMM_MAX_WALK)
			return pymm_raise(thread, PYMM_EXC_RECURSION_ERROR,
					  "maximum recursion depth exceeded in comparison");
		err = pymm_tick(thread, 1) ?: pymm_first_difference(thread, a, b, &i);
		if (err)
			return err;
		if (i >= x->len || i >= y->len)
			return pymm_compare_result((x->len > y->len) - (x->len < y->len), op);
		a = pymm_items(arena, a)[i];
		b = pymm_items(arena, b)[i];
	}
}

/** pymm_compare() - a op b: 0, 1, PYMM_RAISED or -EINTR; context as pymm_equal() */
int pymm_compare(struct pymm_thread *thread, u32 a, u32 b, enum pymm_compare op)
{
	int ret;

	if (op != PYMM_COMPARE_EQ && op != PYMM_COMPARE_NE)
		return pymm_order(thread, a, b, op);
	ret = pymm_equal(thread, a, b);
	if (ret >= 0 && op == PYMM_COMPARE_NE)
		ret = !ret;
	return ret;
}

/* Hash of anything but a tuple; 0 for a tuple, which has to be walked. */
static int pymm_hash_shallow(struct pymm_thread *thread, u32 no, u32 *hash)
{
	const struct pymm_object *object = pymm_object(thread->arena, no);

	switch (object->type) {
	case PYMM_TYPE_BOOL:
	case PYMM_TYPE_INT:
		*hash = hash_64(object->ival ^ thread->arena->hash_seed, 32) | 1;
		return 0;
	case PYMM_TYPE_STR:
		*hash = pymm_str_hash(thread->arena, no);
		return 0;
	case PYMM_TYPE_TUPLE:
		*hash = 0;
		return 0;
	case PYMM_TYPE_RANGE:
		*hash = pymm_range_hash(thread->arena, no);
		return 0;
	case PYMM_TYPE_LIST:
	case PYMM_TYPE_DICT:
		return pymm_raise(thread, PYMM_EXC_TYPE_ERROR, "unhashable type: '%s'",
				  pymm_type_name(thread->arena, no));
	default:
		*hash = hash_32(no, 32) | 1;
		return 0;
	}
}

static int pymm_hash_tuple(struct pymm_thread *thread, u32 no, u32 *hash)
{
	u32 base = thread->walk_top, part = 0, item = no;
	struct pymm_walk *walk;
	int err = 0;

	for (;;) {
		if (!part) {
			walk = pymm_walk_push(thread, "", &err);
			if (!walk)
				return err;
			*walk = (struct pymm_walk){ .a = item, .hash = thread->arena->hash_seed };
		} else {
			walk = &thread->walk[thread->walk_top - 1];
			walk->hash = jhash_2words(walk->hash, part, walk->i);
		}
		if (walk->i == pymm_object(thread->arena, walk->a)->len) {
			part = walk->hash | 1;
			if (--thread->walk_top == base)
				break;
			continue;
		}
		item = pymm_items(thread->arena, walk->a)[walk->i++];
		err = pymm_hash_shallow(thread, item, &part);
		if (!err)
			err = pymm_tick(thread, 1);
		if (err)
			return err;
	}
	*hash = part;
	return 0;
}

/** pymm_hash() - hash(x); 0, PYMM_RAISED or -EINTR; context as pymm_equal() */
int pymm_hash(struct pymm_thread *thread, u32 no, u32 *hash)
{
	u32 base = thread->walk_top;
	int err = pymm_hash_shallow(thread, no, hash);

	if (err || *hash)
		return err;
	err = pymm_hash_tuple(thread, no, hash);
	thread->walk_top = base;
	return err;
}
