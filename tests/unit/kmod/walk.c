// SPDX-License-Identifier: GPL-2.0-only
#include <stdlib.h>

#include "walk.h"
#include "../../../kmod/core.h"
#include "../../../kmod/exception.h"

/* As type_dict.c and type_str.c have them to themselves. */
struct walk_entry {
	u32 value;
	u32 key;
	u32 hash;
};

struct walk_dict {
	u32 used;
	u32 cap;
	u32 mask;
	struct walk_entry entries[];
};

struct walk_weakref {
	u32 callback;
	u32 object;
	u32 prev;
	u32 next;
};

struct walk_set_entry {
	s64 hash;
	u32 key;
	u32 link;
};

struct walk_set {
	s64 hash;
	u32 fill;
	u32 mask;
	struct walk_set_entry entries[];
};

#define WALK_DICT_DELETED	U32_MAX
#define WALK_DICT_SMALL		5

struct walk_str {
	u32 bytes;
	u32 chars;
	u32 hash;
	char text[];
};

struct walk_report {
	struct walk_report *next;
	u32 bytes;
	u8 data[];
};

/**
 * struct walk - a walk
 * @refs: references found to each object
 * @seen: what was found of each header, WALK_
 * @bytes: memory found
 * @report: where the first disagreement goes
 * @bad: there was one
 */
struct walk {
	struct pymm_arena *arena;
	u64 *refs;
	u8 *seen;
	u64 bytes;
	struct unit_report *report;
	bool bad;
};

#define WALK_FREE	BIT(0)	/* on the free list */
#define WALK_DYING	BIT(1)	/* on a dying stack */
#define WALK_ORDER	BIT(2)	/* in the collector's order */
#define WALK_INTERNED	BIT(3)	/* in the table of interned strs */

__attribute__((format(printf, 2, 3)))
static bool walk_fail(struct walk *walk, const char *format, ...)
{
	va_list args;

	if (walk->bad)
		return false;
	walk->bad = true;
	va_start(args, format);
	vsnprintf(walk->report->text, sizeof(walk->report->text), format, args);
	va_end(args);
	return false;
}

#define walk_check(walk, condition, ...) \
	({ bool __holds = (condition) || walk_fail(walk, __VA_ARGS__); __holds; })

static bool walk_alive(struct walk *walk, u32 no)
{
	return no && no < walk->arena->heap.bump && pymm_object(walk->arena, no)->type;
}

static bool walk_is(struct walk *walk, u32 no, enum pymm_type type)
{
	return walk_alive(walk, no) && pymm_object(walk->arena, no)->type == type;
}

/* A reference that @what of @owner holds. */
static void walk_ref(struct walk *walk, u32 no, const char *what, u32 owner)
{
	if (walk_check(walk, walk_alive(walk, no), "%s of %u refers to %u, which is not alive",
		       what, owner, no))
		walk->refs[no]++;
}

/* Memory that is charged to the arena. False: it is not as large as its owner believes. */
static bool walk_bytes(struct walk *walk, const void *memory, size_t size, const char *what, u32 no)
{
	if (!memory)
		return true;
	walk->bytes += shim_size(memory);
	return walk_check(walk, shim_size(memory) == size,
			  "%s of %u has %zu bytes, but should have %zu", what, no,
			  shim_size(memory), size);
}

static bool walk_arena_dict(struct walk *walk, u32 no)
{
	return no == walk->arena->globals || no == walk->arena->interned ||
	       no == walk->arena->builtins || no == walk->arena->gc.carcass;
}

/* ---- lists of headers ---- */

static void walk_free_list(struct walk *walk)
{
	struct pymm_object *object;
	u32 no;

	for (no = walk->arena->heap.free; no && !walk->bad; no = object->len) {
		if (!walk_check(walk, no < walk->arena->heap.bump,
				"the free list has %u, which was never used", no))
			return;
		object = pymm_object(walk->arena, no);
		walk_check(walk, !object->type, "the free list has %u, which is alive", no);
		walk_check(walk, !(walk->seen[no] & WALK_FREE), "the free list has %u twice", no);
		walk->seen[no] |= WALK_FREE;
	}
}

/* A dying stack of a thread, or with @id 0 of the arena. */
static void walk_dying(struct walk *walk, u32 no, u32 id)
{
	for (; no && !walk->bad; no = pymm_object(walk->arena, no)->refs) {
		if (!walk_check(walk, walk_alive(walk, no),
				"the dying stack of thread %u has %u, which is not alive", id, no))
			return;
		walk_check(walk, !(walk->seen[no] & WALK_DYING), "%u is dying twice", no);
		walk->seen[no] |= WALK_DYING;
	}
}

/* ---- the collector ---- */

static void walk_order_entry(struct walk *walk, u32 pos)
{
	u32 no = walk->arena->gc.order[pos];

	if (!walk_check(walk, walk_alive(walk, no), "order[%u] is %u, which is not alive", pos, no))
		return;
	walk_check(walk, *pymm_pos(walk->arena, no) == pos, "order[%u] is %u, but pos[%u] is %u",
		   pos, no, no, *pymm_pos(walk->arena, no));
	walk_check(walk, pymm_object(walk->arena, no)->flags & PYMM_OBJ_TRACKED,
		   "order[%u] is %u, which is not tracked", pos, no);
	walk->seen[no] |= WALK_ORDER;
}

static void walk_order(struct walk *walk)
{
	const struct pymm_gc *gc = &walk->arena->gc;
	u32 i, pos = 0, live;

	for (i = 0; i < PYMM_SEGMENTS && !walk->bad; i++) {
		const struct pymm_seg *seg = &gc->segs[i];

		if (!walk_check(walk, pos <= seg->start && seg->start <= seg->end &&
				seg->end <= gc->cap, "segment %u lies from %u to %u, after %u, of %u",
				i, seg->start, seg->end, pos, gc->cap))
			return;
		for (; pos < seg->start; pos++)
			walk_check(walk, !gc->order[pos], "order[%u] is %u, outside of segments",
				   pos, gc->order[pos]);
		for (live = 0; pos < seg->end && !walk->bad; pos++)
			if (gc->order[pos]) {
				walk_order_entry(walk, pos);
				live++;
			}
		walk_check(walk, seg->live == live, "segment %u has %u objects, but counts %u", i,
			   live, seg->live);
		if (i == PYMM_SEG_GARBAGE1 || i == PYMM_SEG_GARBAGE2)
			walk_check(walk, !live || gc->collecting, "garbage without a collection");
	}
	for (; pos < gc->cap && !walk->bad; pos++)
		walk_check(walk, !gc->order[pos], "order[%u] is %u, outside of segments", pos,
			   gc->order[pos]);
}

static void walk_collector(struct walk *walk)
{
	const struct pymm_gc *gc = &walk->arena->gc;
	struct pymm_object *carcass;
	u32 ref;

	walk_bytes(walk, gc->order, (size_t)gc->cap * sizeof(u32), "the order", 0);
	walk_order(walk);
	if (gc->collecting && gc->phase == PYMM_GC_LET_GO)
		walk_ref(walk, gc->clearing, "the collection", 0);
	if (gc->info && walk_check(walk, gc->collecting, "a collection that has ended keeps its info"))
		walk_ref(walk, gc->info, "the collection", 0);
	for (ref = gc->callbacks; ref && !walk->bad;
	     ref = ((const struct walk_weakref *)*pymm_payload(walk->arena, ref))->next) {
		if (!walk_check(walk, walk_is(walk, ref, PYMM_TYPE_WEAKREF),
				"the collection is to call %u back", ref))
			return;
		walk_ref(walk, ref, "the collection", 0);
	}
	if (!gc->carcass || walk->bad)
		return;
	carcass = pymm_object(walk->arena, gc->carcass);
	if (!(walk->seen[gc->carcass] & WALK_DYING))
		walk_check(walk, carcass->type == PYMM_TYPE_DICT && !carcass->flags && !carcass->ival &&
			   !*pymm_payload(walk->arena, gc->carcass), "the carcass is not empty");
}

/* ---- objects ---- */

static bool walk_utf8(const char *text, u32 bytes, u32 *chars)
{
	u32 at, part, i;

	*chars = 0;
	for (at = 0; at < bytes; at += part, ++*chars) {
		part = pymm_str_char_bytes(text[at]);
		if (((u8)text[at] & 0xc0) == 0x80 || part > bytes - at)
			return false;
		for (i = 1; i < part; i++)
			if (((u8)text[at + i] & 0xc0) != 0x80)
				return false;
	}
	return true;
}

/* Only the empty str is always shared: CPython makes single characters, and an empty bytes, anew. */
static bool walk_may_be_mortal(const struct pymm_object *object)
{
	return object->type == PYMM_TYPE_BYTES || object->aux;
}

static void walk_inline_str(struct walk *walk, u32 no, const struct pymm_object *object)
{
	u32 i, chars;

	if (!walk_check(walk, object->aux <= sizeof(object->bytes), "the str %u has %u bytes inside",
			no, object->aux))
		return;
	walk_check(walk, object->type == PYMM_TYPE_BYTES ||
		   walk_utf8(object->bytes, object->aux, &chars), "the str %u is not UTF-8", no);
	for (i = object->aux; i < sizeof(object->bytes) && !walk->bad; i++)
		walk_check(walk, !object->bytes[i], "the str %u is not padded with zeros", no);
	walk_check(walk, !*pymm_payload(walk->arena, no), "the short str %u has a payload", no);
	walk_check(walk, no < PYMM_NO_FIRST_MORTAL || walk_may_be_mortal(object),
		   "the str %u should be a shared one", no);
}

static void walk_long_str(struct walk *walk, u32 no, const struct pymm_object *object)
{
	struct walk_str *str = *pymm_payload(walk->arena, no);
	u32 chars;

	if (!walk_check(walk, str && str->bytes > 8, "the long str %u is short", no) ||
	    !walk_bytes(walk, str, sizeof(*str) + str->bytes, "the str", no) ||
	    object->type == PYMM_TYPE_BYTES)
		return;
	walk_check(walk, walk_utf8(str->text, str->bytes, &chars), "the str %u is not UTF-8", no);
	walk_check(walk, str->chars == chars, "the str %u has %u characters, but counts %u", no,
		   chars, str->chars);
}

/* Or bytes. */
static void walk_str(struct walk *walk, u32 no, const struct pymm_object *object)
{
	if (object->flags & PYMM_OBJ_INLINE)
		walk_inline_str(walk, no, object);
	else
		walk_long_str(walk, no, object);
	walk_check(walk, !(object->flags & PYMM_OBJ_INTERNED) == !(walk->seen[no] & WALK_INTERNED),
		   "the str %u is %sin the table of interned strs, against its flag", no,
		   walk->seen[no] & WALK_INTERNED ? "" : "not ");
}

static bool walk_same_key(struct walk *walk, const struct walk_entry *a, const struct walk_entry *b)
{
	const struct pymm_object *x = pymm_object(walk->arena, a->key);
	const struct pymm_object *y = pymm_object(walk->arena, b->key);

	if (a->key == b->key)
		return true;
	if (a->hash != b->hash || x->type != y->type)
		return false;
	if (pymm_is_text(walk->arena, a->key))
		return (x->flags & y->flags & PYMM_OBJ_INLINE) && x->ival == y->ival &&
		       x->aux == y->aux;
	return (x->type == PYMM_TYPE_INT || x->type == PYMM_TYPE_FLOAT) && x->ival == y->ival;
}

/* Where there is no index: no other entry before it has its key. */
static void walk_dict_find_small(struct walk *walk, u32 no, const struct walk_dict *dict, u32 position)
{
	const struct walk_entry *entry = &dict->entries[position];
	u32 i;

	for (i = 0; i < position; i++)
		walk_check(walk, !dict->entries[i].key || !walk_same_key(walk, &dict->entries[i], entry),
			   "the dict %u has a key twice: %u and %u", no, dict->entries[i].key, entry->key);
}

/* An entry is found by its hash, and no other one with its key before it. */
static void walk_dict_find(struct walk *walk, u32 no, const struct walk_dict *dict, u32 position)
{
	const u32 *index = (const u32 *)(dict->entries + dict->cap);
	const struct walk_entry *entry = &dict->entries[position];
	u32 i, step = 0;

	for (i = entry->hash & dict->mask; index[i] && step <= dict->mask;
	     i = (i + ++step) & dict->mask) {
		if (index[i] == position + 1)
			return;
		if (index[i] != WALK_DICT_DELETED &&
		    walk_same_key(walk, &dict->entries[index[i] - 1], entry)) {
			walk_fail(walk, "the dict %u has a key twice: %u and %u", no,
				  dict->entries[index[i] - 1].key, entry->key);
			return;
		}
	}
	walk_fail(walk, "the dict %u does not find its entry %u", no, position);
}

static void walk_dict_entries(struct walk *walk, u32 no, const struct walk_dict *dict)
{
	u32 i, length = 0;

	for (i = 0; i < dict->used && !walk->bad; i++) {
		const struct walk_entry *entry = &dict->entries[i];

		if (!entry->key) {
			walk_check(walk, !entry->value && !entry->hash,
				   "the dict %u has a deleted entry %u that is not empty", no, i);
			continue;
		}
		length++;
		if (!walk_check(walk, walk_alive(walk, entry->key) && walk_alive(walk, entry->value),
				"the dict %u has an entry %u of dead objects", no, i))
			return;
		if (dict->mask)
			walk_dict_find(walk, no, dict, i);
		else
			walk_dict_find_small(walk, no, dict, i);
		if (pymm_is_text(walk->arena, entry->key))
			walk_check(walk, entry->hash == pymm_str_hash(walk->arena, entry->key),
				   "the dict %u has an entry %u with a wrong hash", no, i);
	}
	walk_check(walk, length == pymm_object(walk->arena, no)->len,
		   "the dict %u has %u entries, but its length is %u", no, length,
		   pymm_object(walk->arena, no)->len);
}

static void walk_dict_index(struct walk *walk, u32 no, const struct walk_dict *dict)
{
	const u32 *index = (const u32 *)(dict->entries + dict->cap);
	u32 i, empty = 0, used = 0;

	for (i = 0; i <= dict->mask && !walk->bad; i++) {
		empty += !index[i];
		if (!index[i] || index[i] == WALK_DICT_DELETED)
			continue;
		used++;
		if (walk_check(walk, index[i] <= dict->used, "the index of dict %u leads to %u of %u",
			       no, index[i], dict->used))
			walk_check(walk, dict->entries[index[i] - 1].key,
				   "the index of dict %u leads to a deleted entry", no);
	}
	walk_check(walk, used == pymm_object(walk->arena, no)->len,
		   "the index of dict %u leads to %u entries, but its length is %u", no, used,
		   pymm_object(walk->arena, no)->len);
	walk_check(walk, empty >= (dict->mask + 1) / 3, "the index of dict %u is full", no);
}

static void walk_dict(struct walk *walk, u32 no, const struct pymm_object *object)
{
	struct walk_dict *dict = *pymm_payload(walk->arena, no);
	u32 slots;

	if (!dict) {
		walk_check(walk, !object->len, "the dict %u has no payload, but %u entries", no,
			   object->len);
		return;
	}
	slots = dict->mask ? dict->mask + 1 : 0;
	if (!walk_bytes(walk, dict, sizeof(*dict) + (size_t)dict->cap * sizeof(struct walk_entry) +
			(size_t)slots * sizeof(u32), "the dict", no) ||
	    !walk_check(walk, !(dict->mask & slots) && dict->used <= dict->cap && dict->cap &&
			(slots ? dict->cap == (u64)slots * 2 / 3 : dict->cap <= WALK_DICT_SMALL),
			"the dict %u has %u of %u, mask %x", no, dict->used, dict->cap, dict->mask))
		return;
	/* The entries of a dying one go while its index stays. */
	if (walk->seen[no] & WALK_DYING)
		return;
	if (slots)
		walk_dict_index(walk, no, dict);
	walk_dict_entries(walk, no, dict);
}

static void walk_sequence(struct walk *walk, u32 no, const struct pymm_object *object)
{
	walk_bytes(walk, *pymm_payload(walk->arena, no), (size_t)object->cap * sizeof(u32),
		   "the sequence", no);
	walk_check(walk, object->len <= object->cap, "the sequence %u has %u items in room for %u",
		   no, object->len, object->cap);
	walk_check(walk, !object->cap == !*pymm_payload(walk->arena, no),
		   "the sequence %u has room for %u, but %s payload", no, object->cap,
		   *pymm_payload(walk->arena, no) ? "a" : "no");
	if (object->type == PYMM_TYPE_TUPLE && no >= PYMM_NO_FIRST_MORTAL &&
	    !(walk->seen[no] & WALK_DYING))
		walk_check(walk, object->len, "the empty tuple %u should be the shared one", no);
}

/* A key is found by the probes of CPython's set_lookkey(), and no same one before it. */
static void walk_set_find(struct walk *walk, u32 no, const struct walk_set *set, u32 slot)
{
	const struct walk_set_entry *entry = &set->entries[slot], *at;
	u64 perturb = entry->hash, i = perturb & set->mask;
	u32 rounds, probe, last;

	for (rounds = 0; rounds < 64 + set->mask; rounds++) {
		last = i + 9 <= set->mask ? i + 9 : i;
		for (probe = i; probe <= last; probe++) {
			at = &set->entries[probe];
			if (probe == slot)
				return;
			if (!walk_check(walk, at->key || at->hash, "the set %u does not find its key %u",
					no, entry->key) ||
			    !walk_check(walk, at->key != entry->key, "the set %u has %u twice", no, entry->key))
				return;
		}
		perturb >>= 5;
		i = (i * 5 + 1 + perturb) & set->mask;
	}
	walk_fail(walk, "the set %u does not reach its key %u", no, entry->key);
}

static void walk_set_entries(struct walk *walk, u32 no, const struct walk_set *set, u32 *used, u32 *fill)
{
	u32 i;

	for (i = 0; i <= set->mask && !walk->bad; i++) {
		const struct walk_set_entry *entry = &set->entries[i];

		walk_check(walk, !entry->link, "the set %u has a link left in slot %u", no, i);
		*used += !!entry->key;
		*fill += entry->key || entry->hash;
		walk_check(walk, entry->key ? entry->hash != -1 : !entry->hash || entry->hash == -1,
			   "the set %u has the key %u with the hash %lld", no, entry->key, entry->hash);
		if (!entry->key)
			continue;
		if (walk_is(walk, entry->key, PYMM_TYPE_STR))
			walk_check(walk, entry->hash == pymm_str_hash(walk->arena, entry->key),
				   "the set %u has a slot %u with a wrong hash", no, i);
		walk_set_find(walk, no, set, i);
	}
}

static void walk_set(struct walk *walk, u32 no, const struct pymm_object *object)
{
	const struct walk_set *set = *pymm_payload(walk->arena, no);
	u32 used = 0, fill = 0;

	if (!set) {
		walk_check(walk, !object->len, "the set %u has no payload, but %u keys", no, object->len);
		return;
	}
	if (!walk_check(walk, set->mask >= 7 && !(set->mask & (set->mask + 1)), "the set %u has mask %x", no,
			set->mask) ||
	    !walk_bytes(walk, set, sizeof(*set) + ((size_t)set->mask + 1) * sizeof(*set->entries), "the set", no))
		return;
	/* The keys of a dying one go one by one. */
	if (walk->seen[no] & WALK_DYING)
		return;
	walk_set_entries(walk, no, set, &used, &fill);
	walk_check(walk, used == object->len && fill == set->fill && fill <= set->mask,
		   "the set %u has %u keys in %u slots, but counts %u in %u", no, used, fill, object->len,
		   set->fill);
	walk_check(walk, object->type == PYMM_TYPE_FROZENSET || set->hash == -1, "the set %u has a hash", no);
}

static void walk_function(struct walk *walk, u32 no, const struct pymm_object *object)
{
	const u32 *refs = *pymm_payload(walk->arena, no);

	/* One that the collector has emptied has no globals. */
	walk_check(walk, walk_is(walk, object->len, PYMM_TYPE_CODE) &&
		   (!object->cap || walk_is(walk, object->cap, PYMM_TYPE_DICT)),
		   "the function %u has no code", no);
	if (!walk_bytes(walk, refs, PYMM_FUNCTION_REFS * sizeof(*refs), "the function", no) || !refs)
		return;
	walk_check(walk, refs[PYMM_FUNCTION_REF_CODE] == object->len &&
		   refs[PYMM_FUNCTION_REF_GLOBALS] == object->cap, "the function %u has two codes", no);
}

static void walk_range(struct walk *walk, u32 no, const struct pymm_object *object)
{
	const struct pymm_range *range = pymm_range(walk->arena, no);

	if (!walk_check(walk, range && range->step, "the range %u has no step", no))
		return;
	walk_bytes(walk, range, sizeof(*range), "the range", no);
	if (object->type == PYMM_TYPE_RANGE_ITERATOR)
		walk_check(walk, (u64)object->ival <= range->length, "the iterator %u is at %lld of %llu",
			   no, object->ival, range->length);
}

/* One that iterates over a dict has a payload. */
static void walk_iterator(struct walk *walk, u32 no, const struct pymm_object *object)
{
	enum pymm_iterator_kind kind = pymm_iterator_kind(object);
	bool keys = kind == PYMM_ITERATOR_DICT || kind == PYMM_ITERATOR_SET;

	walk_bytes(walk, *pymm_payload(walk->arena, no), 2 * sizeof(u32), "the iterator", no);
	walk_check(walk, keys == !!*pymm_payload(walk->arena, no), "the iterator %u %s payload", no,
		   keys ? "has no" : "has a");
	walk_check(walk, !object->len || (kind == PYMM_ITERATOR_DICT) ==
		   walk_is(walk, object->len, PYMM_TYPE_DICT),
		   "the iterator %u iterates over another type", no);
}

static void walk_exception(struct walk *walk, u32 no, const struct pymm_object *object)
{
	const struct pymm_exception_state *state = *pymm_payload(walk->arena, no);

	walk_bytes(walk, state, sizeof(*state), "the exception", no);
	if (no == walk->arena->gc.carcass || (walk->seen[no] & WALK_DYING))
		return;
	walk_check(walk, walk_is(walk, object->cap, PYMM_TYPE_TYPE) &&
		   pymm_exception_root(walk->arena, object->cap), "the exception %u has no class", no);
	walk_check(walk, !state || walk_is(walk, state->refs[PYMM_EXCEPTION_ARGS], PYMM_TYPE_TUPLE),
		   "the exception %u has no arguments", no);
}

/* The object of a frame that has ended, and was kept for it, has that to itself. */
static void walk_frame_object(struct walk *walk, u32 no, const struct pymm_object *object)
{
	const struct pymm_frame *frame = *pymm_payload(walk->arena, no);

	if (object->cap)
		walk_bytes(walk, frame, pymm_frame_size(frame->room), "the kept frame", no);
	else
		walk_check(walk, !frame || frame->object == no, "the frame %u is another one's", no);
}

static void walk_value(struct walk *walk, u32 no, const struct pymm_object *object)
{
	struct pymm_bytecode *bytecode;

	switch (object->type) {
	case PYMM_TYPE_STR:
	case PYMM_TYPE_BYTES:
		walk_str(walk, no, object);
		return;
	case PYMM_TYPE_DICT:
		walk_dict(walk, no, object);
		return;
	case PYMM_TYPE_LIST:
	case PYMM_TYPE_TUPLE:
		walk_sequence(walk, no, object);
		return;
	case PYMM_TYPE_CODE:
		bytecode = pymm_bytecode(walk->arena, no);
		walk_bytes(walk, bytecode, bytecode ? bytecode->size : 0, "the code", no);
		return;
	case PYMM_TYPE_LOCK:
	case PYMM_TYPE_RLOCK:
		walk->bytes += shim_size(pymm_lock(walk->arena, no));
		return;
	case PYMM_TYPE_INT:
		walk_check(walk, no < PYMM_NO_FIRST_MORTAL || object->ival < PYMM_SMALL_INT_MIN ||
			   object->ival > PYMM_SMALL_INT_MAX, "the int %u should be a shared one", no);
		break;
	case PYMM_TYPE_FUNCTION:
		walk_function(walk, no, object);
		return;
	case PYMM_TYPE_CELL:
		walk_check(walk, !object->cap, "the cell %u has two values", no);
		break;
	case PYMM_TYPE_TYPE:
		if (*pymm_payload(walk->arena, no))
			walk->bytes += shim_size(*pymm_payload(walk->arena, no));
		else
			walk_check(walk, no < PYMM_NO_FIRST_MORTAL, "the class %u is none", no);
		return;
	case PYMM_TYPE_INSTANCE:
		/* A dying one may be what kept its class alive until a moment ago. */
		if (no != walk->arena->gc.carcass && !(walk->seen[no] & WALK_DYING))
			walk_check(walk, walk_is(walk, object->cap, PYMM_TYPE_TYPE) &&
				   object->cap >= PYMM_NO_FIRST_MORTAL, "the instance %u has no class", no);
		if (object->aux & PYMM_AUX_DICT)
			break;
		walk_dict(walk, no, object);
		return;
	case PYMM_TYPE_METHOD:
	case PYMM_TYPE_FLOAT:
		break;
	case PYMM_TYPE_WEAKREF:
		walk->bytes += shim_size(*pymm_payload(walk->arena, no));
		return;
	case PYMM_TYPE_SET:
	case PYMM_TYPE_FROZENSET:
		walk_set(walk, no, object);
		return;
	case PYMM_TYPE_SLICE:
		walk_bytes(walk, *pymm_payload(walk->arena, no), PYMM_SLICE_PARTS * sizeof(u32), "the slice", no);
		return;
	case PYMM_TYPE_RANGE:
	case PYMM_TYPE_RANGE_ITERATOR:
		walk_range(walk, no, object);
		return;
	case PYMM_TYPE_ITERATOR:
		walk_iterator(walk, no, object);
		return;
	case PYMM_TYPE_MODULE:
		/* Of one that is dying, the dict may be gone. */
		walk_check(walk, !object->len || (walk->seen[no] & WALK_DYING) ||
			   walk_is(walk, object->len, PYMM_TYPE_DICT), "the module %u has no dict", no);
		break;
	case PYMM_TYPE_BUILTIN:
		walk_check(walk, no >= PYMM_NO_BUILTINS && no < PYMM_NO_BUILTINS + PYMM_NR_BUILTINS,
			   "the built-in function %u is none", no);
		break;
	case PYMM_TYPE_EXCEPTION:
		walk_exception(walk, no, object);
		return;
	case PYMM_TYPE_FRAME:
		walk_frame_object(walk, no, object);
		return;
	case PYMM_TYPE_TRACEBACK:
	case PYMM_TYPE_OBJECT:
		break;
	default:
		walk_check(walk, no < PYMM_NO_FIRST_MORTAL, "%u has type %u", no, object->type);
		break;
	}
	walk_check(walk, !*pymm_payload(walk->arena, no), "%u has a payload", no);
}

/* The references of an object; of a dying one those that it has not dropped yet. */
static void walk_references(struct walk *walk, u32 no)
{
	const struct pymm_type_ops *type = pymm_type_of(walk->arena, no);
	struct pymm_span span = { 0 };
	u32 at = 0, group, ref;

	if (!type->span)
		return;
	type->span(walk->arena, no, &span);
	if (walk->seen[no] & WALK_DYING)
		at = *pymm_pos(walk->arena, no);
	for (; at < span.groups * span.width && !walk->bad; at++) {
		group = at / span.width;
		if (span.reverse)
			group = span.groups - 1 - group;
		ref = span.base[(size_t)group * span.stride + span.width - 1 - at % span.width];
		if (ref)
			walk_ref(walk, ref, type->name, no);
		else
			walk_check(walk, type != &pymm_list_type && type != &pymm_tuple_type && type != &pymm_slice_type,
				   "the %s %u has no item %u", type->name, no, at);
		if (type == &pymm_dict_type || type == &pymm_tuple_type)
			walk_check(walk, !ref || (pymm_object(walk->arena, no)->flags & PYMM_OBJ_TRACKED) ||
				   (walk->seen[no] & WALK_DYING) || walk_arena_dict(walk, no) ||
				   !pymm_gc_may_be_tracked(walk->arena, ref),
				   "the %s %u is not tracked, but refers to %u", type->name, no, ref);
	}
	if (span.tail && at == span.groups * span.width)
		walk_ref(walk, span.tail, type->name, no);
}

static void walk_flags(struct walk *walk, u32 no, const struct pymm_object *object)
{
	u8 flags = object->flags, type = pymm_types[object->type]->flags;

	walk_check(walk, !(flags & PYMM_OBJ_PRINTING),
		   "%u has flags %02x after the operation", no, flags);
	walk_check(walk, !(flags & PYMM_OBJ_TRACKED) == !(walk->seen[no] & WALK_ORDER),
		   "%u is %stracked, against the order", no, flags & PYMM_OBJ_TRACKED ? "" : "not ");
	walk_check(walk, !(flags & PYMM_OBJ_DYING) == !(walk->seen[no] & WALK_DYING),
		   "%u is %sdying, against the stacks", no, flags & PYMM_OBJ_DYING ? "" : "not ");
	walk_check(walk, !(flags & PYMM_OBJ_TRACKED) || (type & PYMM_TYPE_GC), "the %s %u is tracked",
		   pymm_types[object->type]->name, no);
	if ((type & PYMM_TYPE_TRACK) && object->type != PYMM_TYPE_TUPLE && no >= PYMM_NO_FIRST_MORTAL &&
	    !(walk->seen[no] & WALK_DYING))
		walk_check(walk, flags & PYMM_OBJ_TRACKED, "the %s %u is not tracked",
			   pymm_types[object->type]->name, no);
}

static void walk_header(struct walk *walk, u32 no, u64 *objects)
{
	struct pymm_object *object = pymm_object(walk->arena, no);

	if (!object->type) {
		walk_check(walk, walk->seen[no] & WALK_FREE, "%u is neither alive nor free", no);
		walk_check(walk, !*pymm_payload(walk->arena, no), "%u is free and has a payload", no);
		return;
	}
	if (!walk_check(walk, object->type < PYMM_NR_TYPES, "%u has type %u", no, object->type))
		return;
	*objects += no >= PYMM_NO_FIRST_MORTAL && !walk_arena_dict(walk, no);
	walk_flags(walk, no, object);
	walk_value(walk, no, object);
	/* The table of interned strs holds no references. */
	if (!walk->bad && no != walk->arena->interned)
		walk_references(walk, no);
}

/* The weak references of an object; where it is dying, those whose callbacks are still to be called. */
static void walk_weakref_list(struct walk *walk, u32 object, u32 no)
{
	bool callbacks = pymm_object(walk->arena, object)->aux & PYMM_AUX_CALLBACKS;
	const struct walk_weakref *ref;
	u32 prev = 0;

	for (; no && !walk->bad; prev = no, no = ref->next) {
		if (!walk_check(walk, walk_is(walk, no, PYMM_TYPE_WEAKREF), "%u has the weak reference %u",
				object, no))
			return;
		ref = *pymm_payload(walk->arena, no);
		walk_check(walk, ref->object == (callbacks ? 0 : object) && (callbacks || ref->prev == prev),
			   "the weak reference %u of %u is of %u, after %u", no, object, ref->object, ref->prev);
		if (callbacks)
			walk_ref(walk, no, "a dying object", object);
	}
}

static void walk_weakrefs(struct walk *walk)
{
	const struct pymm_weakrefs *table = &walk->arena->weakrefs;
	u32 i, used = 0;

	walk_bytes(walk, table->entries, (size_t)table->size * sizeof(*table->entries), "weak references", 0);
	for (i = 0; i < table->size && !walk->bad; i++) {
		u32 object = table->entries[i][0];

		if (!object)
			continue;
		used++;
		if (walk_check(walk, walk_alive(walk, object) &&
			       (pymm_object(walk->arena, object)->aux & PYMM_AUX_WEAKREFS),
			       "%u has weak references and does not know", object))
			walk_weakref_list(walk, object, table->entries[i][1]);
	}
	walk_check(walk, used == table->used, "%u objects have weak references, %u are counted", used,
		   table->used);
}

/* The keys of the table of interned strs; each is its own value. */
static void walk_interned(struct walk *walk)
{
	u32 i, key, value;

	if (!walk->arena->interned)
		return;
	for (i = 0; pymm_dict_entry(walk->arena, walk->arena->interned, i, &key, &value); i++) {
		if (!key)
			continue;
		if (!walk_check(walk, key == value && walk_is(walk, key, PYMM_TYPE_STR),
				"%u is interned as %u", key, value))
			return;
		walk->seen[key] |= WALK_INTERNED;
	}
}

static void walk_objects(struct walk *walk)
{
	const struct pymm_heap *heap = &walk->arena->heap;
	u64 objects = 0;
	u32 no;

	if (!walk_check(walk, heap->bump <= heap->nr_chunks << PYMM_CHUNK_SHIFT,
			"%u headers are in use, but there are %u chunks", heap->bump, heap->nr_chunks))
		return;
	walk_check(walk, !pymm_object(walk->arena, 0)->type, "number 0 is an object");
	for (no = 1; no < heap->bump && !walk->bad; no++)
		walk_header(walk, no, &objects);
	for (; no < heap->nr_chunks << PYMM_CHUNK_SHIFT && !walk->bad; no++)
		walk_check(walk, !pymm_object(walk->arena, no)->type, "%u was never used, but lives", no);
	walk_check(walk, heap->objects == objects, "%llu objects live, but %llu are counted", objects,
		   heap->objects);
	walk_check(walk, heap->allocated >= heap->objects, "more objects than were ever made");
}

static void walk_counts(struct walk *walk)
{
	struct pymm_object *object;
	u32 no;

	for (no = 1; no < walk->arena->heap.bump && !walk->bad; no++) {
		walk_check(walk, !*pymm_gc_refs(walk->arena, no), "%u has %u references left of a collection",
			   no, *pymm_gc_refs(walk->arena, no));
		object = pymm_object(walk->arena, no);
		if (!object->type)
			continue;
		if (walk->seen[no] & WALK_DYING)
			walk_check(walk, !walk->refs[no], "%u is dying with %llu references", no,
				   walk->refs[no]);
		else if (no < PYMM_NO_FIRST_MORTAL || walk_arena_dict(walk, no))
			walk_check(walk, object->refs == PYMM_REFS_IMMORTAL, "%u is mortal", no);
		else if (!pymm_object_immortal(object))
			walk_check(walk, object->refs == walk->refs[no],
				   "%u (a %s) has a count of %u, but %llu references", no,
				   pymm_types[object->type]->name, object->refs, walk->refs[no]);
	}
}

/* ---- threads ---- */

static void walk_raised(struct walk *walk, const struct pymm_raised *raised, u32 id)
{
	u32 i;

	for (i = 0; i < PYMM_RAISED_REFS; i++)
		if (raised->refs[i])
			walk_ref(walk, raised->refs[i], "what was raised", id);
	if (raised->object && walk_check(walk, walk_is(walk, raised->object, PYMM_TYPE_EXCEPTION),
					 "thread %u raised %u", id, raised->object))
		walk_ref(walk, raised->object, "what was raised", id);
	walk_check(walk, raised->exception || (!raised->object && !raised->refs[0] && !raised->refs[1]),
		   "thread %u keeps of an exception what it has forgotten", id);
}

static void walk_frame(struct walk *walk, const struct pymm_thread *thread,
		       const struct pymm_frame *frame)
{
	u32 i;

	if (!walk_bytes(walk, frame, pymm_frame_size(frame->room), "a frame", thread->id) ||
	    !walk_check(walk, frame->nr_slots <= frame->room && walk_is(walk, frame->code, PYMM_TYPE_CODE),
			"a frame of thread %u has no code", thread->id))
		return;
	walk_check(walk, frame->bytecode == pymm_bytecode(walk->arena, frame->code),
		   "a frame of thread %u has another code", thread->id);
	walk_check(walk, frame->pc <= max_t(u32, frame->bytecode->nr_insns, frame->nr_slots),
		   "a frame of thread %u is at %u", thread->id, frame->pc);
	walk_ref(walk, frame->code, "a frame", thread->id);
	if (frame->function)
		walk_ref(walk, frame->function, "a frame", thread->id);
	if (frame->result)
		walk_ref(walk, frame->result, "the result", thread->id);
	if (frame->hold)
		walk_ref(walk, frame->hold, "the hold", thread->id);
	if (frame->value)
		walk_ref(walk, frame->value, "what a frame raises", thread->id);
	if (frame->object) {
		walk_ref(walk, frame->object, "a frame", thread->id);
		walk_check(walk, walk_is(walk, frame->object, PYMM_TYPE_FRAME) &&
			   *pymm_payload(walk->arena, frame->object) == frame,
			   "a frame of thread %u has the object %u", thread->id, frame->object);
	}
	walk_bytes(walk, frame->raised, sizeof(*frame->raised), "the exception of a frame", thread->id);
	if (frame->raised)
		walk_raised(walk, frame->raised, thread->id);
	walk_dying(walk, frame->outer, thread->id);
	for (i = 0; i < frame->nr_slots; i++)
		if (frame->slots[i])
			walk_ref(walk, frame->slots[i], "a slot", thread->id);
}

static void walk_reports(struct walk *walk, const struct pymm_thread *thread)
{
	const struct walk_report *report;

	for (report = (void *)thread->reports; report && !walk->bad; report = report->next)
		walk_bytes(walk, report, struct_size(report, data, report->bytes), "the report",
			   thread->id);
}

static void walk_thread(struct walk *walk, const struct pymm_thread *thread)
{
	const struct pymm_frame *frame;
	u32 depth = 0;

	walk_check(walk, thread->arena == walk->arena, "thread %u is of another arena", thread->id);
	for (frame = thread->frame; frame && !walk->bad; frame = frame->prev) {
		depth += frame->kind == PYMM_FRAME_CODE;
		if (frame->kind != PYMM_FRAME_COLLECT)
			walk_frame(walk, thread, frame);
		else
			walk_check(walk, frame == &walk->arena->gc.frame && walk->arena->gc.collecting,
				   "thread %u has a collection that is none", thread->id);
	}
	walk_check(walk, thread->depth == depth, "thread %u has %u calls, but counts %u", thread->id,
		   depth, thread->depth);
	if (thread->spare)
		walk_bytes(walk, thread->spare, pymm_frame_size(thread->spare->room),
			   "the spare frame", thread->id);
	walk_reports(walk, thread);
	walk_bytes(walk, thread->walk, PYMM_MAX_WALK * sizeof(struct pymm_walk), "the stack",
		   thread->id);
	walk_check(walk, !thread->walk_top && !thread->output && !thread->in_arena && !thread->busy,
		   "thread %u is not at rest", thread->id);
	walk_dying(walk, thread->dying, thread->id);
	walk_raised(walk, &thread->raised, thread->id);
	if (thread->handled)
		walk_ref(walk, thread->handled, "what is handled", thread->id);
}

static void walk_threads(struct walk *walk)
{
	struct pymm_arena *arena = walk->arena;
	u32 threads = 0, waiters = 0;
	struct pymm_thread *thread;
	struct llist_node *orphan;
	struct list_head *waiter;
	bool holder = !arena->gil.holder;

	list_for_each_entry(thread, &arena->threads, node) {
		walk_thread(walk, thread);
		holder |= arena->gil.holder == thread;
		threads++;
	}
	for (orphan = arena->orphans.first; orphan; orphan = orphan->next)
		threads--;
	for (waiter = arena->gil.waiters.next; waiter != &arena->gil.waiters; waiter = waiter->next)
		waiters++;
	walk_check(walk, threads == (u32)atomic_read(&arena->nr_threads),
		   "there are %u threads, but %d are counted", threads, atomic_read(&arena->nr_threads));
	walk_check(walk, holder, "the GIL's holder is no thread");
	walk_check(walk, waiters == arena->gil.nr_waiters, "%u wait for the GIL, but %u are counted",
		   waiters, arena->gil.nr_waiters);
}

/* ---- all of it ---- */

static void walk_memory(struct walk *walk)
{
	const struct pymm_heap *heap = &walk->arena->heap;
	u32 i;

	walk_bytes(walk, heap->chunks, heap->max_chunks * sizeof(*heap->chunks), "the directory", 0);
	for (i = 0; i < heap->nr_chunks; i++)
		walk_bytes(walk, heap->chunks[i], sizeof(struct pymm_chunk), "a chunk", i);
	walk_check(walk, heap->bytes == walk->bytes, "%llu bytes are in use, but %llu are counted",
		   walk->bytes, heap->bytes);
	walk_check(walk, heap->bytes <= heap->bytes_peak, "more bytes than ever");
}

static void walk_all(struct walk *walk)
{
	walk_check(walk, !walk->arena->lock.owner && !walk->arena->pinned && !walk->arena->heap.reserve,
		   "the arena is not at rest");
	walk_threads(walk);
	walk_dying(walk, walk->arena->limbo, 0);
	if (walk->arena->heap.nr_chunks) {
		walk_free_list(walk);
		walk_collector(walk);
		walk_interned(walk);
		walk_weakrefs(walk);
		walk_objects(walk);
		walk_counts(walk);
	}
	walk_memory(walk);
}

bool unit_walk(const struct pymm_arena *arena, struct unit_report *report)
{
	size_t headers = ((size_t)arena->heap.nr_chunks << PYMM_CHUNK_SHIFT) + 1;
	struct walk walk = {
		.arena = (struct pymm_arena *)arena,
		.refs = calloc(headers, sizeof(*walk.refs)),
		.seen = calloc(headers, 1),
		.report = report,
	};

	shim_check(walk.refs && walk.seen, "no memory for the walk");
	*report->text = '\0';
	walk_all(&walk);
	free(walk.refs);
	free(walk.seen);
	return !walk.bad;
}
