// SPDX-License-Identifier: GPL-2.0-only
/*
 * Equality, order and hashes. They follow nested containers with an explicit, bounded
 * stack (deeper is a RecursionError), and never call back into a program.
 */
#include <linux/string.h>

#include "core.h"
#include "fpu.h"

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
	return object->type == PYMM_TYPE_INT || object->type == PYMM_TYPE_BOOL ||
	       object->type == PYMM_TYPE_FLOAT;
}

/* Below 0, 0, above it, or PYMM_UNORDERED. */
static int pymm_number_order(const struct pymm_object *x, const struct pymm_object *y)
{
	if (unlikely(x->type == PYMM_TYPE_FLOAT || y->type == PYMM_TYPE_FLOAT))
		return pymm_float_order(x, y);
	return (x->ival > y->ival) - (x->ival < y->ival);
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
		return !pymm_number_order(x, y);
	if (x->type != y->type && !(pymm_is_set(thread->arena, a) && pymm_is_set(thread->arena, b)))
		return 0;
	switch (x->type) {
	case PYMM_TYPE_STR:
	case PYMM_TYPE_BYTES:
		return pymm_str_equal(thread, a, b);
	case PYMM_TYPE_TUPLE:
	case PYMM_TYPE_LIST:
	case PYMM_TYPE_DICT:
	case PYMM_TYPE_SET:
	case PYMM_TYPE_FROZENSET:
	case PYMM_TYPE_SLICE:
		return x->len == y->len ? PYMM_EQUAL_DEEP : 0;
	case PYMM_TYPE_RANGE:
		return pymm_range_equal(thread->arena, a, b);
	default:
		return 0;
	}
}

/* What pymm_walk_next() returns, or an error. */
enum pymm_walk_step {
	PYMM_WALK_DIFFER,	/* an item of one container is not in the other */
	PYMM_WALK_PAIR,		/* it depends on these two */
	PYMM_WALK_EQUAL,	/* all items were compared */
};

static int pymm_walk_next_entry(struct pymm_thread *thread, struct pymm_walk *walk, u32 *x, u32 *y)
{
	u32 key;

	do {
		if (!pymm_dict_entry(thread->arena, walk->a, walk->i, &key, x))
			return PYMM_WALK_EQUAL;
		walk->i++;
		if (!key && !(walk->i % PYMM_TICK_STEPS))
			cond_resched();
	} while (!key);
	return pymm_dict_get(thread, walk->b, key, y);
}

/* With @differ the key of the other set that was the last one is not this one. */
static int pymm_walk_next_key(struct pymm_thread *thread, struct pymm_walk *walk, bool differ,
			      u32 *x, u32 *y)
{
	int ret;

	if (differ) {
		walk->skip++;
		walk->i--;
	} else {
		walk->skip = 0;
	}
	ret = pymm_set_next(thread, walk->a, &walk->i, x);
	if (ret <= 0)
		return ret ?: PYMM_WALK_EQUAL;
	return pymm_set_candidate(thread, walk->b, walk->a, walk->i, walk->skip, y);
}

/* The next pair of items to compare; @differ: those of the last one do. */
static int pymm_walk_next(struct pymm_thread *thread, bool differ, u32 *x, u32 *y)
{
	struct pymm_walk *walk = &thread->walk[thread->walk_top - 1];
	struct pymm_arena *arena = thread->arena;

	if (pymm_is(arena, walk->a, PYMM_TYPE_DICT))
		return pymm_walk_next_entry(thread, walk, x, y);
	if (pymm_is_set(arena, walk->a))
		return pymm_walk_next_key(thread, walk, differ, x, y);
	if (walk->i >= pymm_object(arena, walk->a)->len)
		return PYMM_WALK_EQUAL;
	*x = pymm_item(arena, walk->a, walk->i);
	*y = pymm_item(arena, walk->b, walk->i++);
	return PYMM_WALK_PAIR;
}

/* Two items differ, and so do the containers they are in, up to sets: those have other keys. */
static bool pymm_walk_differ(struct pymm_thread *thread, u32 base)
{
	while (thread->walk_top > base &&
	       !pymm_is_set(thread->arena, thread->walk[thread->walk_top - 1].a))
		thread->walk_top--;
	return thread->walk_top == base;
}

static int pymm_equal_deep(struct pymm_thread *thread, u32 a, u32 b)
{
	u32 base = thread->walk_top;
	struct pymm_walk *walk;
	int step, ret = PYMM_EQUAL_DEEP, err = 0;

	/* @ret: what is known of the pair at hand. */
	for (;;) {
		if (ret == PYMM_EQUAL_DEEP) {
			walk = pymm_walk_push(thread, " in comparison", &err);
			if (!walk)
				return err;
			*walk = (struct pymm_walk){ .a = a, .b = b };
		} else if (!ret && pymm_walk_differ(thread, base)) {
			return 0;
		}
		err = pymm_tick(thread, 1);
		if (err)
			return err;
		step = pymm_walk_next(thread, !ret, &a, &b);
		if (step == PYMM_WALK_PAIR)
			ret = pymm_equal_shallow(thread, a, b);
		if (step < 0 || ret < 0)
			return min(step, ret);
		if (step == PYMM_WALK_PAIR)
			continue;
		ret = step == PYMM_WALK_EQUAL;
		if (--thread->walk_top == base)
			return ret;
	}
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
		ret = pymm_equal(thread, pymm_item(thread->arena, a, i),
				 pymm_item(thread->arena, b, i));
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

/* Does it compare item by item? */
static bool pymm_is_row(const struct pymm_object *object)
{
	return object->type == PYMM_TYPE_LIST || object->type == PYMM_TYPE_TUPLE ||
	       object->type == PYMM_TYPE_SLICE;
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
		if (pymm_is_number(x) && pymm_is_number(y)) {
			order = pymm_number_order(x, y);
			return order != PYMM_UNORDERED && pymm_compare_result(order, op);
		}
		if (x->type == y->type && pymm_is_text(arena, a)) {
			err = pymm_str_order(thread, a, b, &order);
			return err ?: pymm_compare_result(order, op);
		}
		if (pymm_is_set(arena, a) && pymm_is_set(arena, b))
			return pymm_set_compare(thread, a, b, op);
		if (x->type != y->type || !pymm_is_row(x))
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
		a = pymm_item(arena, a, i);
		b = pymm_item(arena, b, i);
	}
}

/* What is not a number is not even equal to itself, though a container that has it is. */
static bool pymm_is_nan(const struct pymm_arena *arena, u32 no)
{
	return pymm_is(arena, no, PYMM_TYPE_FLOAT) &&
	       pymm_float_is_nan(pymm_object(arena, no)->float_bits);
}

/** pymm_compare() - a op b: 0, 1, PYMM_RAISED or -EINTR; context as pymm_equal() */
int pymm_compare(struct pymm_thread *thread, u32 a, u32 b, enum pymm_compare op)
{
	int ret;

	if (op != PYMM_COMPARE_EQ && op != PYMM_COMPARE_NE)
		return pymm_order(thread, a, b, op);
	ret = pymm_is_nan(thread->arena, a) ? 0 : pymm_equal(thread, a, b);
	if (ret >= 0 && op == PYMM_COMPARE_NE)
		ret = !ret;
	return ret;
}

/* ---- hashes: CPython 3.13's, but for strings, and for what is hashed by identity ---- */

#define PYMM_HASH_MODULUS	((1ULL << 61) - 1)
#define PYMM_HASH_NONE		0xfca86420LL
#define PYMM_HASH_INFINITY	314159
/* Of tuples and slices; as in tuplehash(). */
#define PYMM_HASH_PRIME1	11400714785074694791ULL
#define PYMM_HASH_PRIME2	14029467366897019727ULL
#define PYMM_HASH_PRIME5	2870177450012600261ULL

static s64 pymm_int_hash(s64 value)
{
	u64 rest = value < 0 ? -(u64)value : value;

	rest = (rest & PYMM_HASH_MODULUS) + (rest >> 61);
	if (rest >= PYMM_HASH_MODULUS)
		rest -= PYMM_HASH_MODULUS;
	if (value >= 0)
		return rest;
	return rest == 1 ? -2 : -(s64)rest;
}

/* As _Py_HashDouble(), which is that of the int if it equals one; of nan it is its identity. */
static s64 pymm_float_hash(u32 no, u64 bits)
{
	u64 mantissa;
	int exponent;
	s64 hash;

	if (pymm_float_is_nan(bits))
		return no;
	if ((bits & ~PYMM_FLOAT_SIGN) == PYMM_FLOAT_INFINITY) {
		hash = PYMM_HASH_INFINITY;
	} else {
		/* Times 2 to that power: modulo 2^61 - 1 it is a rotation by so many of 61 bits. */
		exponent = pymm_float_split(bits, &mantissa) % 61;
		if (exponent < 0)
			exponent += 61;
		hash = (mantissa << exponent & PYMM_HASH_MODULUS) | mantissa >> (61 - exponent);
	}
	if (bits & PYMM_FLOAT_SIGN)
		hash = -hash;
	return hash == -1 ? -2 : hash;
}

/* The hash is that of what is inside. */
#define PYMM_HASH_DEEP	1

/* Hash of anything but a tuple or slice: 0, PYMM_HASH_DEEP for those, or an error. */
static int pymm_hash_shallow(struct pymm_thread *thread, u32 no, s64 *hash)
{
	const struct pymm_object *object = pymm_object(thread->arena, no);

	switch (object->type) {
	case PYMM_TYPE_NONE:
		*hash = PYMM_HASH_NONE;
		return 0;
	case PYMM_TYPE_BOOL:
	case PYMM_TYPE_INT:
		*hash = pymm_int_hash(object->ival);
		return 0;
	case PYMM_TYPE_FLOAT:
		*hash = pymm_float_hash(no, object->float_bits);
		return 0;
	case PYMM_TYPE_STR:
	case PYMM_TYPE_BYTES:
		*hash = pymm_str_hash(thread->arena, no);
		return 0;
	case PYMM_TYPE_TUPLE:
	case PYMM_TYPE_SLICE:
		return PYMM_HASH_DEEP;
	case PYMM_TYPE_FROZENSET:
		return pymm_set_hash(thread, no, hash);
	case PYMM_TYPE_RANGE:
		*hash = pymm_range_hash(thread->arena, no);
		return 0;
	case PYMM_TYPE_LIST:
	case PYMM_TYPE_DICT:
	case PYMM_TYPE_SET:
		return pymm_raise(thread, PYMM_EXC_TYPE_ERROR, "unhashable type: '%s'",
				  pymm_type_name(thread->arena, no));
	default:
		*hash = no;
		return 0;
	}
}

static void pymm_hash_add(struct pymm_walk *walk, s64 part)
{
	walk->hash += part * PYMM_HASH_PRIME2;
	walk->hash = (walk->hash << 31 | walk->hash >> 33) * PYMM_HASH_PRIME1;
}

static s64 pymm_hash_end(const struct pymm_arena *arena, const struct pymm_walk *walk)
{
	u64 hash = walk->hash;

	if (pymm_is(arena, walk->a, PYMM_TYPE_TUPLE))
		hash += walk->i ^ (PYMM_HASH_PRIME5 ^ 3527539);
	return hash == U64_MAX ? 1546275796 : hash;
}

static int pymm_hash_deep(struct pymm_thread *thread, u32 no, s64 *hash)
{
	u32 base = thread->walk_top, item = no;
	struct pymm_walk *walk;
	int ret = PYMM_HASH_DEEP, err = 0;

	/* @ret: is the hash of the item at hand known, in @hash? */
	for (;;) {
		if (ret == PYMM_HASH_DEEP) {
			walk = pymm_walk_push(thread, "", &err);
			if (!walk)
				return err;
			*walk = (struct pymm_walk){ .a = item, .hash = PYMM_HASH_PRIME5 };
		} else {
			walk = &thread->walk[thread->walk_top - 1];
			pymm_hash_add(walk, *hash);
		}
		ret = 0;
		if (walk->i == pymm_object(thread->arena, walk->a)->len) {
			*hash = pymm_hash_end(thread->arena, walk);
			if (--thread->walk_top == base)
				return 0;
			continue;
		}
		item = pymm_item(thread->arena, walk->a, walk->i++);
		ret = pymm_hash_shallow(thread, item, hash);
		err = ret < 0 ? ret : pymm_tick(thread, 1);
		if (err)
			return err;
	}
}

/**
 * pymm_hash() - hash(x)
 * @thread: the running thread
 * @no: the object
 * @hash: receives the hash: never -1
 *
 * Context: may sleep; the GIL and arena->lock held.
 *
 * Return: 0, PYMM_RAISED or -EINTR.
 */
int pymm_hash(struct pymm_thread *thread, u32 no, s64 *hash)
{
	u32 base = thread->walk_top;
	int ret = pymm_hash_shallow(thread, no, hash);

	if (ret != PYMM_HASH_DEEP)
		return ret;
	ret = pymm_hash_deep(thread, no, hash);
	thread->walk_top = base;
	return ret;
}
