/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Quick forms of frequent instructions, for the operands that they usually have; whatever else
 * they meet they leave to the instruction itself, having done nothing. A quick form needs no
 * memory but that of a dead object, cannot fail, and enters no frame; it publishes its result
 * and drops references in the order that the instruction does.
 */
#ifndef _PYMM_QUICK_H
#define _PYMM_QUICK_H

#include "dict.h"
#include "op.h"

/*
 * Marks that a code object's own copy of its instructions has (code.c): of a LOAD_CONST, that the
 * instruction behind it consumes the constant and can be executed with it; of a LOAD_GLOBAL, that
 * it begins "name += constant" or "name = name"; of a LIST_APPEND, that another one to the same
 * slot follows; of a BINARY_OP, that what follows tests its result, and jumps back if it is true.
 */
#define PYMM_INSN_FUSED	BIT(7)
#define PYMM_INSN_LOOP	BIT(6)

/**
 * struct pymm_quick - what quick forms use of a thread and its innermost frame
 * @thread: the running thread
 * @arena: its arena
 * @slots: of the frame
 * @consts: of its code object
 * @globals: payload of its namespace, until an instruction is executed that is not quick
 * @can_bind: a name can be bound there without a thought of tracking the namespace, nor of a
 *	trace of it
 */
struct pymm_quick {
	struct pymm_thread *thread;
	struct pymm_arena *arena;
	u32 *slots;
	const u32 *consts;
	struct pymm_dict *globals;
	bool can_bind;
};

/* Can a dict take any value without a thought of tracking it? */
static __always_inline bool pymm_quick_is_tracked(const struct pymm_object *dict)
{
	return (dict->flags & PYMM_OBJ_TRACKED) || pymm_object_immortal(dict);
}

static __always_inline u32 pymm_quick_get(const struct pymm_quick *q, u32 no)
{
	return no >= PYMM_NO_FIRST_MORTAL ? pymm_get(q->arena, no) : no;
}

/* As pymm_put(). Many are immortal by their number, and most that die are ints. */
static __always_inline void pymm_quick_put(const struct pymm_quick *q, u32 no)
{
	struct pymm_object *object;

	if (no < PYMM_NO_FIRST_MORTAL)
		return;
	object = pymm_object(q->arena, no);
	if (unlikely(pymm_object_immortal(object)) || --object->refs)
		return;
	if (likely(object->type == PYMM_TYPE_INT))
		pymm_header_free(q->arena, no, PYMM_TYPE_INT);
	else
		pymm_object_dead(q->thread, no);
}

static __always_inline void pymm_quick_store(const struct pymm_quick *q, u16 slot, u32 no)
{
	u32 old = q->slots[slot];

	q->slots[slot] = no;
	pymm_quick_put(q, old);
}

/* Is there a dead header, and does the limit allow one object more? */
static __always_inline bool pymm_quick_room(const struct pymm_heap *heap)
{
	return likely(heap->free && heap->objects < heap->max_objects);
}

static __always_inline u32 pymm_quick_take(struct pymm_heap *heap, struct pymm_object *object)
{
	u32 no = heap->free;

	heap->free = object->len;
	heap->objects++;
	heap->allocated++;
	return no;
}

static __always_inline bool pymm_quick_is_small(s64 value)
{
	return value >= PYMM_SMALL_INT_MIN && value <= PYMM_SMALL_INT_MAX;
}

/* As pymm_int_new(); 0: not this time. */
static __always_inline u32 pymm_quick_int(const struct pymm_quick *q, s64 value)
{
	struct pymm_heap *heap = &q->arena->heap;
	struct pymm_object *object;
	u32 no;

	if (pymm_quick_is_small(value))
		return PYMM_NO_SMALL_INTS + (u32)(value - PYMM_SMALL_INT_MIN);
	if (!pymm_quick_room(heap))
		return 0;
	object = pymm_object(q->arena, heap->free);
	no = pymm_quick_take(heap, object);
	*object = (struct pymm_object){ .refs = 1, .type = PYMM_TYPE_INT, .ival = value };
	pymm_object_made(q->arena, no, PYMM_TYPE_INT);
	return no;
}

static inline bool pymm_quick_is_sum(s64 op)
{
	return (op & ~PYMM_BINARY_INPLACE_ADD) <= PYMM_BINARY_SUBTRACT;
}

static __always_inline struct pymm_dict_entry *pymm_quick_name(const struct pymm_quick *q,
							       const struct pymm_insn *insn)
{
	return pymm_dict_hinted(q->globals, q->consts[insn->imm], *pymm_name_hint(insn));
}

/* @value = an int plus or minus a number, if it is one and that fits. */
static __always_inline bool pymm_quick_add(const struct pymm_object *x, s64 y, s64 op, s64 *value)
{
	if (x->type != PYMM_TYPE_INT)
		return false;
	return !(op & 1 ? check_sub_overflow(x->ival, y, value) :
			  check_add_overflow(x->ival, y, value));
}

static __always_inline bool pymm_quick_BINARY_OP(const struct pymm_quick *q,
						 const struct pymm_insn *insn)
{
	u32 a = q->slots[insn->src1], b = q->slots[insn->src2], result;
	const struct pymm_object *y;
	s64 value;

	if (!a || !b || insn->src1 == insn->src2 || !pymm_quick_is_sum(insn->imm))
		return false;
	y = pymm_object(q->arena, b);
	if (y->type != PYMM_TYPE_INT ||
	    !pymm_quick_add(pymm_object(q->arena, a), y->ival, insn->imm, &value))
		return false;
	result = pymm_quick_int(q, value);
	if (!result)
		return false;
	if (insn->flags & PYMM_INSN_CONSUME1)
		q->slots[insn->src1] = 0;
	if (insn->flags & PYMM_INSN_CONSUME2)
		q->slots[insn->src2] = 0;
	pymm_quick_store(q, insn->dst, result);
	if (insn->flags & PYMM_INSN_CONSUME2)
		pymm_quick_put(q, b);
	if (insn->flags & PYMM_INSN_CONSUME1)
		pymm_quick_put(q, a);
	return true;
}

/*
 * The number of a new object in place of one that dies of it: the header that was freed last, so
 * that this one is the next. The caller fills *@object in before it looks at @dead again.
 */
static __always_inline u32 pymm_quick_swap(struct pymm_heap *heap, struct pymm_object *object,
					   struct pymm_object *dead, u32 dead_no)
{
	u32 no = heap->free, next = object->len;

	heap->allocated++;
	heap->free = dead_no;
	*dead = (struct pymm_object){ .len = next };
	return no;
}

/* *@slot = an int, in place of another one, which dies. */
static __always_inline bool pymm_quick_int_swap(const struct pymm_quick *q, u32 *slot, s64 value,
						struct pymm_object *dead, u32 dead_no)
{
	struct pymm_heap *heap = &q->arena->heap;
	struct pymm_object *object;

	if (dead->refs != 1 || !pymm_quick_room(heap))
		return false;
	object = pymm_object(q->arena, heap->free);
	*slot = pymm_quick_swap(heap, object, dead, dead_no);
	*object = (struct pymm_object){ .refs = 1, .type = PYMM_TYPE_INT, .ival = value };
	pymm_object_made(q->arena, *slot, PYMM_TYPE_INT);
	pymm_object_freed(q->arena, dead_no, PYMM_TYPE_INT);
	return true;
}

static inline s64 pymm_quick_constant(u32 no)
{
	return (s64)no - PYMM_NO_SMALL_INTS + PYMM_SMALL_INT_MIN;
}

/* A BINARY_OP behind a LOAD_CONST of a small int. */
static __always_inline bool pymm_quick_const_BINARY_OP(const struct pymm_quick *q, u32 constant,
						       const struct pymm_insn *insn, s64 *value)
{
	u32 a = q->slots[insn->src1], result;
	struct pymm_object *x;

	if (!a)
		return false;
	x = pymm_object(q->arena, a);
	if (!pymm_quick_add(x, pymm_quick_constant(constant), insn->imm, value))
		return false;
	if ((insn->flags & PYMM_INSN_CONSUME1) && insn->src1 == insn->dst &&
	    !pymm_quick_is_small(*value) &&
	    pymm_quick_int_swap(q, &q->slots[insn->dst], *value, x, a))
		return true;
	result = pymm_quick_int(q, *value);
	if (!result)
		return false;
	if (insn->flags & PYMM_INSN_CONSUME1)
		q->slots[insn->src1] = 0;
	pymm_quick_store(q, insn->dst, result);
	if (insn->flags & PYMM_INSN_CONSUME1)
		pymm_quick_put(q, a);
	return true;
}

/*
 * name += constant: LOAD_GLOBAL, LOAD_CONST, BINARY_OP and STORE_GLOBAL, without the slots in
 * between.
 */
static __always_inline bool pymm_quick_global_op(const struct pymm_quick *q,
						 const struct pymm_insn *insn)
{
	struct pymm_dict_entry *entry;
	struct pymm_object *x;
	s64 value;

	/* They are to stay empty. */
	if (q->slots[insn->dst] || q->slots[insn[1].dst] || !q->can_bind)
		return false;
	entry = pymm_quick_name(q, insn);
	if (unlikely(!entry))
		return false;
	x = pymm_object(q->arena, entry->value);
	return pymm_quick_add(x, pymm_quick_constant(q->consts[insn[1].imm]), insn[2].imm,
			      &value) && !pymm_quick_is_small(value) &&
	       pymm_quick_int_swap(q, &entry->value, value, x, entry->value);
}

static __always_inline void pymm_quick_LOAD_CONST(const struct pymm_quick *q,
						  const struct pymm_insn *insn)
{
	pymm_quick_store(q, insn->dst, pymm_quick_get(q, q->consts[insn->imm]));
}

static __always_inline bool pymm_quick_COPY(const struct pymm_quick *q,
					    const struct pymm_insn *insn)
{
	u32 no = q->slots[insn->src1];

	if (!no)
		return false;
	if (insn->flags & PYMM_INSN_CONSUME1)
		q->slots[insn->src1] = 0;
	else
		pymm_quick_get(q, no);
	pymm_quick_store(q, insn->dst, no);
	return true;
}

static __always_inline bool pymm_quick_LOAD_GLOBAL(const struct pymm_quick *q,
						   const struct pymm_insn *insn)
{
	struct pymm_dict_entry *entry;

	entry = pymm_quick_name(q, insn);
	if (unlikely(!entry))
		return false;
	pymm_quick_store(q, insn->dst, pymm_quick_get(q, entry->value));
	return true;
}

static __always_inline bool pymm_quick_STORE_GLOBAL(const struct pymm_quick *q,
						    const struct pymm_insn *insn)
{
	u32 value = q->slots[insn->src1], old;
	struct pymm_dict_entry *entry;

	if (!value || !q->can_bind)
		return false;
	entry = pymm_quick_name(q, insn);
	if (unlikely(!entry))
		return false;
	if (insn->flags & PYMM_INSN_CONSUME1)
		q->slots[insn->src1] = 0;
	else
		pymm_quick_get(q, value);
	old = entry->value;
	entry->value = value;
	pymm_quick_put(q, old);
	return true;
}

/* name = value: a STORE_GLOBAL behind what loads the value. */
static __always_inline bool pymm_quick_bind(const struct pymm_quick *q,
					    const struct pymm_insn *insn, u32 value)
{
	struct pymm_dict_entry *entry;
	u32 old;

	if (!q->can_bind)
		return false;
	entry = pymm_quick_name(q, insn);
	if (unlikely(!entry))
		return false;
	pymm_quick_get(q, value);
	old = entry->value;
	entry->value = value;
	pymm_quick_put(q, old);
	return true;
}

/* name = name */
static __always_inline bool pymm_quick_rebind(const struct pymm_quick *q,
					      const struct pymm_insn *insn)
{
	struct pymm_dict_entry *entry;

	if (q->slots[insn->dst])
		return false;
	entry = pymm_quick_name(q, insn);
	return likely(entry) && pymm_quick_bind(q, insn + 1, entry->value);
}

/* dict[key] = value, where the key stood before; its reference is not dropped. */
static __always_inline bool pymm_quick_set(const struct pymm_quick *q,
					   const struct pymm_insn *insn, u32 key)
{
	u32 no = q->slots[insn->src1], value = q->slots[insn->dst], old;
	const struct pymm_object *dict;
	struct pymm_dict_entry *entry;
	struct pymm_object *object;

	if (!no || !value || (insn->flags & ~PYMM_INSN_CONSUME2))
		return false;
	dict = pymm_object(q->arena, no);
	object = pymm_object(q->arena, value);
	/* Ints and strs make no dict tracked. */
	if (dict->type != PYMM_TYPE_DICT ||
	    (object->type > PYMM_TYPE_STR && !pymm_quick_is_tracked(dict)))
		return false;
	entry = pymm_dict_hinted(pymm_dict(q->arena, no), key, *pymm_key_hint(insn));
	if (unlikely(!entry))
		return false;
	if (!pymm_object_immortal(object))
		object->refs++;
	old = entry->value;
	entry->value = value;
	pymm_quick_put(q, old);
	return true;
}

static __always_inline bool pymm_quick_STORE_SUBSCR(const struct pymm_quick *q,
						    const struct pymm_insn *insn)
{
	u32 key = q->slots[insn->src2];

	if (!key || !pymm_quick_set(q, insn, key))
		return false;
	if (insn->flags & PYMM_INSN_CONSUME2)
		pymm_quick_store(q, insn->src2, 0);
	return true;
}

/*
 * And those that follow: all are executed with one look at the list, which nothing of them can
 * free or move. Returns how many were, at most @left.
 */
static __always_inline u32 pymm_quick_LIST_APPEND(const struct pymm_quick *q,
						  const struct pymm_insn *insn, u32 left)
{
	u32 no = q->slots[insn->src1], item, last = 0, count = 0;
	struct pymm_object *list, *object = NULL;
	u32 *at, *end;

	if (!no || (insn->flags & PYMM_INSN_CONSUME1))
		return 0;
	list = pymm_object(q->arena, no);
	if (list->type != PYMM_TYPE_LIST)
		return 0;
	at = *pymm_payload(q->arena, no);
	end = at + list->cap;
	at += list->len;
	do {
		item = q->slots[insn->src2];
		if (!item || unlikely(at == end))
			break;
		if (insn->flags & PYMM_INSN_CONSUME2) {
			q->slots[insn->src2] = 0;
		} else {
			/* Often the same again. */
			if (item != last) {
				last = item;
				object = pymm_object(q->arena, item);
			}
			if (!pymm_object_immortal(object))
				object->refs++;
		}
		*at++ = item;
		count++;
	} while ((insn++->flags & PYMM_INSN_FUSED) && count < left);
	list->len += count;
	return count;
}

/*
 * An empty list in place of an empty list that dies of it and was the last one tracked: one place
 * in the youngest generation and in the counts is enough for the two.
 */
static __always_inline bool pymm_quick_BUILD_LIST(const struct pymm_quick *q,
						  const struct pymm_insn *insn)
{
	static const struct pymm_object empty = {
		.refs = 1, .type = PYMM_TYPE_LIST, .flags = PYMM_OBJ_TRACKED,
	};
	u32 no, at, pos, old = q->slots[insn->dst];
	struct pymm_heap *heap = &q->arena->heap;
	struct pymm_gc *gc = &q->arena->gc;
	struct pymm_chunk *chunk, *taken;
	struct pymm_object *list, *dead;

	if (insn->imm || !old || !pymm_quick_room(heap) || gc->counts[0] >= gc->thresholds[0])
		return false;
	chunk = heap->chunks[old >> PYMM_CHUNK_SHIFT];
	at = old & (PYMM_CHUNK_OBJECTS - 1);
	dead = &chunk->objects[at];
	pos = chunk->pos[at];
	/* Headers are not padded. */
	if (memcmp(dead, &empty, sizeof(empty)) ||
	    pos + 1 != gc->segs[PYMM_SEG_GEN0].end || pos < gc->segs[PYMM_SEG_GEN0].start)
		return false;
	no = heap->free;
	taken = heap->chunks[no >> PYMM_CHUNK_SHIFT];
	at = no & (PYMM_CHUNK_OBJECTS - 1);
	list = &taken->objects[at];
	taken->pos[at] = pos;
	gc->order[pos] = no;
	q->slots[insn->dst] = no;
	pymm_quick_swap(heap, list, dead, old);
	memcpy(list, &empty, sizeof(empty));
	pymm_object_made(q->arena, no, PYMM_TYPE_LIST);
	pymm_object_freed(q->arena, old, PYMM_TYPE_LIST);
	return true;
}

/* Is @truth of the operand known at once? None, False and 0 have the value 0. */
static __always_inline bool pymm_quick_POP_JUMP(const struct pymm_quick *q,
						const struct pymm_insn *insn, bool *truth)
{
	u32 no = q->slots[insn->src1];
	const struct pymm_object *object;

	if (!no)
		return false;
	object = pymm_object(q->arena, no);
	if (object->type > PYMM_TYPE_INT)
		return false;
	*truth = object->ival;
	if (insn->flags & PYMM_INSN_CONSUME1)
		pymm_quick_store(q, insn->src1, 0);
	return true;
}

#endif
