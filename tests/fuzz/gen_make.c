// SPDX-License-Identifier: GPL-2.0-only
/*
 * New programs: which blocks and instructions are in them. An exception ends a program, so one
 * that is made blindly ends early: operands are chosen for what they hold, see gen_build.h.
 *
 * Names are few, so that programs in one arena meet; what a name is bound to has always the same
 * type, and none hides a built-in function. In the body of a loop, slots keep their type (they are pinned) or are taken for empty.
 */
#include "gen_build.h"

#include <string.h>

#define GEN_MAX_NESTING	3

static const struct {
	const char *name;
	uint32_t type;
} gen_names[] = {
	{ "list1", GEN_LIST }, { "dict1", GEN_DICT }, { "int1", GEN_INT }, { "str1", GEN_STR },
	{ "tuple1", GEN_TUPLE }, { "function", GEN_FUNCTION }, { "lock", GEN_LOCK }, { "rlock", GEN_RLOCK },
	{ "any", GEN_ANY }, { "float1", GEN_FLOAT }, { "bytes1", GEN_BYTES }, { "list2", GEN_LIST },
	{ "dict2", GEN_DICT }, { "set1", GEN_SET },
};

#define GEN_NR_NAMES	(sizeof(gen_names) / sizeof(*gen_names))

static void gen_block(struct gen_builder *b, uint32_t count);

/* ---- blocks ---- */

/* What holds after a block that may have been left out: what holds with it and without it. */
static void gen_merge(struct gen_builder *b, const struct gen_builder *without)
{
	for (uint32_t i = 0; i < b->code->nr_slots; i++) {
		if (!b->types[i] || !without->types[i])
			gen_set(b, (uint16_t)i, 0, 0);
		else
			gen_set(b, (uint16_t)i, b->types[i] | without->types[i],
				b->callee[i] == without->callee[i] ? b->callee[i] : 0);
	}
	b->bound &= without->bound;
}

/* The jump at @jump comes here, unless there was no room left for it. */
static void gen_land(struct gen_builder *b, uint32_t jump)
{
	if (jump < b->code->nr_insns)
		b->code->insns[jump].imm = b->code->nr_insns;
}

/* A block that is jumped over, always or if a condition holds. */
static void gen_branch(struct gen_builder *b, uint8_t op)
{
	struct gen_builder before;
	uint32_t jump;
	uint16_t condition = 0;

	if (b->nesting == GEN_MAX_NESTING)
		return;
	if (op != PYMM_OP_JUMP_FORWARD)
		condition = gen_want(b, GEN_ANY);
	jump = b->code->nr_insns;
	gen_finish(b, op, 0, condition, 0, 0, 0);
	before = *b;
	b->nesting++;
	gen_block(b, 1 + gen_below(b->source, 5));
	b->nesting--;
	gen_merge(b, &before);
	gen_land(b, jump);
}

/* A loop that counts down. Half of the slots can be relied on in it; the others are empty. */
static void gen_loop(struct gen_builder *b)
{
	struct gen_builder before = *b;
	uint16_t counter, one;
	uint32_t top, exit, i;

	if (b->nesting == GEN_MAX_NESTING || b->code->nr_slots < 4)
		return;
	counter = gen_free_slot(b);
	b->held[counter] = true;
	one = gen_free_slot(b);
	gen_release(b);
	if (b->pinned[counter] || b->pinned[one] || one == counter)
		return;
	gen_load(b, counter, gen_int_const(b, 1 + gen_below(b->source, 40)));
	gen_load(b, one, gen_int_const(b, 1));
	for (i = 0; i < b->code->nr_slots; i++) {
		if (i == counter || i == one || gen_one_in(b->source, 2))
			b->pinned[i] = true;
		else if (!b->pinned[i])
			gen_set(b, (uint16_t)i, 0, 0);
	}
	top = b->code->nr_insns;
	b->nesting++;
	gen_block(b, 2 + gen_below(b->source, 8));
	b->nesting--;
	gen_emit(b, PYMM_OP_BINARY_OP, counter, counter, one, PYMM_BINARY_SUBTRACT);
	exit = b->code->nr_insns;
	gen_emit(b, PYMM_OP_POP_JUMP_IF_FALSE, 0, counter, 0, 0);
	gen_emit(b, PYMM_OP_JUMP_BACKWARD, 0, 0, 0, top);
	gen_land(b, exit);
	memcpy(b->pinned, before.pinned, sizeof(b->pinned));
}

/* A loop over an iterator, in the body of which slots are as in that of gen_loop(). */
static void gen_for(struct gen_builder *b)
{
	struct gen_builder before = *b;
	uint16_t iterator, item;
	uint32_t top, i;

	if (b->nesting == GEN_MAX_NESTING || b->code->nr_slots < 4)
		return;
	iterator = gen_want(b, GEN_ITERATOR);
	item = gen_free_slot(b);
	gen_release(b);
	if (b->pinned[item] || item == iterator)
		return;
	for (i = 0; i < b->code->nr_slots; i++) {
		if (i == iterator || (i != item && gen_one_in(b->source, 2)))
			b->pinned[i] = true;
		else if (!b->pinned[i])
			gen_set(b, (uint16_t)i, 0, 0);
	}
	top = b->code->nr_insns;
	gen_emit(b, PYMM_OP_FOR_ITER, item, iterator, 0, 0);
	gen_set(b, item, GEN_ANY, 0);
	b->nesting++;
	gen_block(b, 1 + gen_below(b->source, 6));
	b->nesting--;
	gen_emit(b, PYMM_OP_JUMP_BACKWARD, 0, 0, 0, top);
	gen_land(b, top);
	/* It may not have run at all. */
	gen_set(b, item, 0, 0);
	memcpy(b->pinned, before.pinned, sizeof(b->pinned));
}

/*
 * A block with a handler. In that, what slots below the handler's hold is not known, and those above
 * are empty.
 */
static void gen_try(struct gen_builder *b)
{
	struct gen_builder before = *b;
	struct pymm_handler handler = { .start = b->code->nr_insns };
	uint16_t slot, pushed, i;
	uint32_t jump;

	if (b->nesting == GEN_MAX_NESTING || b->code->nr_handlers == GEN_MAX_HANDLERS ||
	    b->code->nr_slots < 4)
		return;
	for (slot = b->code->nr_slots; slot && !b->pinned[slot - 1]; slot--)
		;
	if (slot + 2 > b->code->nr_slots)
		return;
	slot += (uint16_t)gen_below(b->source, b->code->nr_slots - slot - 1U);
	b->nesting++;
	gen_block(b, 1 + gen_below(b->source, 6));
	handler.end = b->code->nr_insns;
	if (handler.end == handler.start) {
		b->nesting--;
		return;
	}
	jump = b->code->nr_insns;
	gen_emit(b, PYMM_OP_JUMP_FORWARD, 0, 0, 0, 0);
	handler.target = b->code->nr_insns;
	handler.slot = slot;
	b->code->handlers[b->code->nr_handlers++] = handler;
	for (i = 0; i < b->code->nr_slots; i++)
		if (!b->pinned[i])
			gen_set(b, i, 0, 0);
	gen_set(b, slot, GEN_EXCEPTION, 0);
	pushed = slot + 1;
	if (!gen_one_in(b->source, 4)) {
		gen_emit(b, PYMM_OP_PUSH_EXC_INFO, pushed, slot, 0, 0);
		gen_set(b, pushed, GEN_EXCEPTION | GEN_NONE, 0);
	}
	gen_block(b, 1 + gen_below(b->source, 4));
	if (gen_one_in(b->source, 2))
		gen_emit(b, PYMM_OP_POP_EXCEPT, 0, pushed, 0, 0);
	b->nesting--;
	gen_land(b, jump);
	for (i = 0; i < b->code->nr_slots; i++)
		if (!b->pinned[i])
			gen_set(b, i, 0, 0);
	b->bound &= before.bound;
}

/* Where it may be caught, and seldom elsewhere. */
static void gen_raise(struct gen_builder *b, uint8_t op)
{
	uint16_t slot, cause = 0;

	if (!b->nesting || gen_below(b->source, 5))
		return;
	slot = gen_want(b, GEN_EXCEPTION);
	if (op == PYMM_OP_RAISE_FROM)
		cause = gen_want(b, GEN_EXCEPTION | GEN_NONE);
	gen_finish(b, op, 0, slot, cause, 0, 0);
}

static void gen_match(struct gen_builder *b)
{
	uint16_t slot = gen_want(b, GEN_EXCEPTION), class = gen_free_slot(b);

	gen_fill_exception(b, class, false);
	gen_finish(b, PYMM_OP_CHECK_EXC_MATCH, 0, slot, class, 0, GEN_BOOL);
}

/* An instance whose class has the methods, and most often both. */
static void gen_with(struct gen_builder *b)
{
	uint16_t object = gen_free_slot(b), other, enter;

	b->held[object] = true;
	other = gen_free_slot(b);
	b->held[other] = true;
	enter = gen_free_slot(b);
	if (object == other || enter == other || enter == object)
		return;
	gen_emit(b, PYMM_OP_LOAD_GLOBAL, other, 0, 0, gen_str_const(b, "object"));
	gen_emit(b, PYMM_OP_BUILD_MAP, object, 0, 0, 0);
	gen_emit(b, PYMM_OP_BUILD_CLASS, object, other, object, gen_str_const(b, "M"));
	gen_fill_function(b, other);
	gen_emit(b, PYMM_OP_STORE_ATTR, 0, object, other, gen_str_const(b, "__enter__"));
	if (gen_below(b->source, 16))
		gen_emit(b, PYMM_OP_STORE_ATTR, 0, object, other, gen_str_const(b, "__exit__"));
	gen_emit(b, PYMM_OP_CALL, object, object, 0, 0);
	gen_set(b, object, GEN_INSTANCE, 0);
	gen_set(b, enter, GEN_METHOD, 0);
	gen_finish(b, PYMM_OP_BEFORE_WITH, 0, object, enter, 0, GEN_METHOD);
}

/* Back to anywhere: what runs then is not known, nor whether it ends. */
static void gen_wild_loop(struct gen_builder *b)
{
	uint16_t condition = gen_want(b, GEN_ANY);
	uint32_t jump = b->code->nr_insns;

	gen_finish(b, PYMM_OP_POP_JUMP_IF_TRUE, 0, condition, 0, 0, 0);
	gen_emit(b, PYMM_OP_JUMP_BACKWARD, 0, 0, 0, gen_below(b->source, jump + 1));
	gen_land(b, jump);
}

/* ---- opcodes that want operands that go with each other ---- */

static void gen_binary(struct gen_builder *b)
{
	static const struct {
		uint32_t want1, want2, gives;
		uint8_t first, last;
	} forms[] = {
		{ GEN_INT, GEN_INT, GEN_INT, PYMM_BINARY_ADD, PYMM_BINARY_MULTIPLY },
		{ GEN_INT, GEN_INT, GEN_INT, PYMM_BINARY_ADD, PYMM_BINARY_RSHIFT },
		{ GEN_INT, GEN_INT, GEN_INT, PYMM_BINARY_AND, PYMM_BINARY_XOR },
		{ GEN_INT, GEN_INT, GEN_INT, PYMM_BINARY_INPLACE_ADD,
		  PYMM_BINARY_INPLACE_RSHIFT },
		{ GEN_BOOL, GEN_BOOL, GEN_BOOL, PYMM_BINARY_AND, PYMM_BINARY_XOR },
		{ GEN_FLOAT, GEN_NUMBER, GEN_FLOAT, PYMM_BINARY_ADD, PYMM_BINARY_MULTIPLY },
		{ GEN_NUMBER, GEN_FLOAT, GEN_FLOAT, PYMM_BINARY_INPLACE_ADD,
		  PYMM_BINARY_INPLACE_REMAINDER },
		{ GEN_NUMBER, GEN_NUMBER, GEN_FLOAT, PYMM_BINARY_TRUE_DIVIDE,
		  PYMM_BINARY_TRUE_DIVIDE },
		{ GEN_STR, GEN_STR, GEN_STR, PYMM_BINARY_ADD, PYMM_BINARY_ADD },
		{ GEN_BYTES, GEN_BYTES, GEN_BYTES, PYMM_BINARY_ADD, PYMM_BINARY_ADD },
		{ GEN_BYTES, GEN_INT, GEN_BYTES, PYMM_BINARY_MULTIPLY, PYMM_BINARY_MULTIPLY },
		{ GEN_LIST, GEN_LIST, GEN_LIST, PYMM_BINARY_ADD, PYMM_BINARY_ADD },
		{ GEN_TUPLE, GEN_TUPLE, GEN_TUPLE, PYMM_BINARY_ADD, PYMM_BINARY_ADD },
		{ GEN_SEQUENCE, GEN_INT, GEN_SEQUENCE, PYMM_BINARY_MULTIPLY,
		  PYMM_BINARY_MULTIPLY },
		{ GEN_INT, GEN_SEQUENCE, GEN_SEQUENCE, PYMM_BINARY_MULTIPLY,
		  PYMM_BINARY_MULTIPLY },
		{ GEN_LIST, GEN_ITERABLE, GEN_LIST, PYMM_BINARY_INPLACE_ADD,
		  PYMM_BINARY_INPLACE_ADD },
		{ GEN_LIST, GEN_INT, GEN_LIST, PYMM_BINARY_INPLACE_MULTIPLY,
		  PYMM_BINARY_INPLACE_MULTIPLY },
		{ GEN_SETS, GEN_SETS, GEN_SETS, PYMM_BINARY_AND, PYMM_BINARY_XOR },
		{ GEN_SETS, GEN_SETS, GEN_SETS, PYMM_BINARY_SUBTRACT, PYMM_BINARY_SUBTRACT },
		{ GEN_SETS, GEN_SETS, GEN_SETS, PYMM_BINARY_INPLACE_AND, PYMM_BINARY_INPLACE_XOR },
		{ GEN_SETS, GEN_SETS, GEN_SETS, PYMM_BINARY_INPLACE_SUBTRACT,
		  PYMM_BINARY_INPLACE_SUBTRACT },
		{ GEN_ANY, GEN_ANY, GEN_ANY, PYMM_BINARY_ADD, PYMM_BINARY_INPLACE_TRUE_DIVIDE },
	};
	uint32_t form = gen_below(b->source, sizeof(forms) / sizeof(*forms));
	uint16_t src1, src2;
	uint8_t op;

	if (forms[form].want1 == GEN_ANY && gen_below(b->source, 4))
		form = 0;
	op = forms[form].first +
	     (uint8_t)gen_below(b->source, forms[form].last - forms[form].first + 1U);
	src1 = gen_want(b, forms[form].want1);
	src2 = gen_want(b, forms[form].want2);
	gen_finish(b, PYMM_OP_BINARY_OP, 0, src1, src2, op, forms[form].gives);
}

static void gen_compare(struct gen_builder *b)
{
	static const uint32_t wants[] = {
		GEN_INT, GEN_NUMBER, GEN_STR, GEN_BYTES, GEN_LIST, GEN_TUPLE, GEN_ANY, GEN_DICT,
		GEN_SETS, GEN_SLICE,
	};
	uint32_t want = wants[gen_below(b->source, sizeof(wants) / sizeof(*wants))];
	uint32_t op = gen_below(b->source, PYMM_COMPARE_GE + 1);
	uint16_t src1, src2;

	if (want == GEN_ANY || want == GEN_DICT || want == GEN_SLICE)
		op = PYMM_COMPARE_EQ + op % 2;
	src1 = gen_want(b, want);
	src2 = gen_want(b, want);
	gen_finish(b, PYMM_OP_COMPARE_OP, 0, src1, src2, op, GEN_BOOL);
}

/* An access that is jumped over where it would raise: the key or the item is not there. */
static void gen_guarded(struct gen_builder *b, uint8_t op)
{
	bool dict = gen_one_in(b->source, 2);
	uint16_t container = gen_want(b, dict ? GEN_DICT : GEN_LIST), key, test, value = 0;
	struct gen_builder before;
	uint32_t jump;

	if (dict) {
		key = gen_want(b, GEN_KEY);
	} else {
		key = gen_free_slot(b);
		gen_load(b, key, gen_int_const(b, -(int64_t)gen_below(b->source, 2)));
		b->held[key] = true;
	}
	if (gen_ops[op].dst == PYMM_OPERAND_IN)
		value = gen_want(b, GEN_ANY);
	test = gen_free_slot(b);
	if (dict)
		gen_emit(b, PYMM_OP_CONTAINS_OP, test, key, container, 0);
	else
		gen_emit(b, PYMM_OP_GET_LEN, test, container, 0, 0);
	gen_set(b, test, dict ? GEN_BOOL : GEN_INT, 0);
	before = *b;
	jump = b->code->nr_insns;
	gen_emit(b, PYMM_OP_POP_JUMP_IF_FALSE, 0, test, 0, 0);
	gen_finish(b, op, value, container, key, 0, gen_ops[op].gives);
	gen_land(b, jump);
	gen_merge(b, &before);
}

static void gen_store_subscr(struct gen_builder *b)
{
	uint16_t value, container, key;

	if (gen_one_in(b->source, 3)) {
		gen_guarded(b, PYMM_OP_STORE_SUBSCR);
		return;
	}
	value = gen_want(b, GEN_ANY);
	container = gen_want(b, GEN_DICT);
	key = gen_want(b, gen_one_in(b->source, 6) ? GEN_KEY | GEN_TUPLE : GEN_KEY);
	gen_finish(b, PYMM_OP_STORE_SUBSCR, value, container, key, 0, 0);
}

static uint32_t gen_random_name(struct gen_builder *b, uint32_t among)
{
	uint32_t i, name = gen_below(b->source, GEN_NR_NAMES);

	for (i = 0; i < GEN_NR_NAMES && !(among & 1U << name); i++)
		name = (name + 1) % GEN_NR_NAMES;
	return name;
}

static void gen_store_global(struct gen_builder *b)
{
	uint32_t name = gen_random_name(b, ~0U);
	uint16_t slot = gen_want(b, gen_names[name].type);

	/* Who calls it does not know what it takes, see gen_call(). */
	if (b->callee[slot] && b->program->codes[b->callee[slot]].nr_params != 1)
		name = 7;
	gen_finish(b, PYMM_OP_STORE_GLOBAL, 0, slot, 0, gen_str_const(b, gen_names[name].name), 0);
	b->bound |= 1U << name;
}

/* Of a name that this program bound, or another one may have. */
static void gen_use_global(struct gen_builder *b, uint8_t op)
{
	uint32_t name;

	if (!b->bound && gen_below(b->source, 16))
		gen_store_global(b);
	name = gen_random_name(b, gen_one_in(b->source, 16) ? ~0U : b->bound);
	gen_finish(b, op, 0, 0, 0, gen_str_const(b, gen_names[name].name), gen_names[name].type);
	if (op == PYMM_OP_DELETE_GLOBAL)
		b->bound &= ~(1U << name);
}

/* Those that raise depending on values, and are called less often, are the last ones. */
#define GEN_SAFE_BUILTINS	17

/* A built-in function or type, with arguments that it takes. */
static void gen_call_builtin(struct gen_builder *b)
{
	static const struct {
		const char *name;
		uint32_t count;
		uint32_t want[3];
		uint32_t gives;
	} builtins[] = {
		{ "list", 1, { GEN_ITERABLE }, GEN_LIST },
		{ "tuple", 1, { GEN_ITERABLE }, GEN_TUPLE },
		{ "dict", 1, { GEN_DICT }, GEN_DICT },
		{ "int", 1, { GEN_INT | GEN_BOOL }, GEN_INT },
		{ "str", 1, { GEN_ANY }, GEN_STR },
		{ "bool", 1, { GEN_ANY }, GEN_BOOL },
		{ "type", 1, { GEN_ANY }, GEN_CLASS },
		{ "object", 0, { 0 }, GEN_OBJECT },
		{ "range", 2, { GEN_INT, GEN_INT }, GEN_RANGE },
		{ "iter", 1, { GEN_ITERABLE }, GEN_ITERATOR },
		{ "next", 2, { GEN_ITERATOR, GEN_ANY }, GEN_ANY },
		{ "hash", 1, { GEN_KEY | GEN_RANGE | GEN_OBJECT }, GEN_INT },
		{ "isinstance", 2, { GEN_ANY, GEN_CLASS }, GEN_BOOL },
		{ "issubclass", 2, { GEN_CLASS, GEN_CLASS }, GEN_BOOL },
		{ "min", 2, { GEN_INT, GEN_INT }, GEN_INT },
		{ "getattr", 3, { GEN_ANY, GEN_STR, GEN_ANY }, GEN_ANY },
		{ "hasattr", 2, { GEN_ANY, GEN_STR }, GEN_BOOL },
		{ "setattr", 3, { GEN_INSTANCE | GEN_CLASS | GEN_MODULE, GEN_STR, GEN_ANY }, GEN_NONE },
		{ "delattr", 2, { GEN_INSTANCE | GEN_CLASS | GEN_MODULE, GEN_STR }, GEN_NONE },
		{ "len", 1, { GEN_CONTAINER | GEN_RANGE }, GEN_INT },
		{ "dict", 1, { GEN_ITERABLE }, GEN_DICT },
		{ "set", 1, { GEN_ITERABLE }, GEN_SET },
		{ "bytes", 1, { GEN_ITERABLE }, GEN_BYTES },
		{ "float", 1, { GEN_STR }, GEN_FLOAT },
		{ "int", 1, { GEN_STR }, GEN_INT },
		{ "next", 1, { GEN_ITERATOR }, GEN_ANY },
		{ "range", 3, { GEN_INT, GEN_INT, GEN_INT }, GEN_RANGE },
		{ "max", 1, { GEN_ITERABLE }, GEN_ANY },
		{ "isinstance", 2, { GEN_ANY, GEN_TUPLE }, GEN_BOOL },
		{ "type", 3, { GEN_STR, GEN_TUPLE, GEN_DICT }, GEN_CLASS },
	};
	uint32_t all = sizeof(builtins) / sizeof(*builtins);
	uint32_t which = gen_below(b->source, gen_one_in(b->source, 16) ? all : GEN_SAFE_BUILTINS);
	uint32_t count = builtins[which].count;
	uint16_t function, first;

	if (count >= b->code->nr_slots)
		return;
	first = gen_want_range(b, count, 3, builtins[which].want);
	function = gen_free_slot(b);
	if (b->held[function] || b->pinned[function])
		return;
	gen_emit(b, PYMM_OP_LOAD_GLOBAL, function, 0, 0, gen_str_const(b, builtins[which].name));
	gen_set(b, function, GEN_BUILTIN | GEN_CLASS, 0);
	b->held[function] = true;
	gen_finish(b, PYMM_OP_CALL, 0, function, first, count, builtins[which].gives);
}

static bool gen_can_call(const struct gen_builder *b)
{
	for (uint16_t i = 0; i < b->code->nr_slots; i++)
		if (gen_fits(b, i, GEN_FUNCTION))
			return true;
	return b->index + 1 < b->program->nr_codes;
}

static void gen_call(struct gen_builder *b)
{
	uint32_t params = 1, any = GEN_ANY;
	uint16_t function, first;
	uint8_t callee;

	if (gen_one_in(b->source, 2)) {
		gen_call_builtin(b);
		return;
	}
	if (!gen_can_call(b) && gen_below(b->source, 32))
		return;
	function = gen_want(b, GEN_FUNCTION);
	callee = b->callee[function];
	if (callee)
		params = b->program->codes[callee].nr_params;
	if (gen_one_in(b->source, 64))
		params = gen_below(b->source, 4);
	if (params > b->code->nr_slots)
		return;
	first = gen_want_range(b, params, callee ? GEN_MAX_PARAMS : 1,
			       callee ? b->params[callee] : &any);
	gen_finish(b, PYMM_OP_CALL, 0, function, first, params, GEN_ANY);
}

/* With a tuple of names at the end, which is empty: the code objects here have no names. */
static void gen_call_kw(struct gen_builder *b)
{
	uint16_t function, slot;

	if (!gen_can_call(b) && gen_below(b->source, 32))
		return;
	function = gen_want(b, GEN_FUNCTION);
	if (b->callee[function] && b->program->codes[b->callee[function]].nr_params)
		return;
	slot = gen_free_slot(b);
	gen_emit(b, PYMM_OP_BUILD_TUPLE, slot, 0, 0, 0);
	gen_set(b, slot, GEN_TUPLE, 0);
	gen_finish(b, PYMM_OP_CALL_KW, 0, function, slot, 1, GEN_ANY);
}

/* Of a function of an instance's class: a call with the instance alone, or with no names. */
static void gen_call_method(struct gen_builder *b, bool names)
{
	static const uint32_t any = GEN_ANY;
	uint16_t object, function, method, first, type;
	int64_t name = gen_str_const(b, "m");
	uint8_t callee;

	if (b->code->nr_slots < 2 || (!gen_can_call(b) && gen_below(b->source, 32)))
		return;
	function = gen_want(b, GEN_FUNCTION);
	callee = b->callee[function];
	if (!callee || b->program->codes[callee].nr_params != 1 ||
	    !(b->params[callee][0] & GEN_INSTANCE))
		return;
	object = gen_want(b, GEN_INSTANCE);
	first = gen_want_range(b, 1 + names, 1, &any);
	type = gen_free_slot(b);
	gen_emit(b, PYMM_OP_GET_TYPE, type, object, 0, 0);
	gen_set(b, type, GEN_CLASS, 0);
	gen_emit(b, PYMM_OP_STORE_ATTR, 0, type, function, name);
	method = gen_free_slot(b);
	gen_emit(b, PYMM_OP_LOAD_METHOD, method, object, first, name);
	gen_set(b, method, GEN_FUNCTION, 0);
	gen_set(b, first, GEN_ANY, 0);
	if (names)
		gen_emit(b, PYMM_OP_BUILD_TUPLE, first + 1, 0, 0, 0);
	gen_finish(b, names ? PYMM_OP_CALL_METHOD_KW : PYMM_OP_CALL_METHOD, 0, method, first,
		   1 + names, GEN_ANY);
}

/* Of an attribute that is there. */
static void gen_attribute(struct gen_builder *b, uint8_t op)
{
	uint16_t object = gen_want(b, GEN_INSTANCE | GEN_CLASS | GEN_MODULE), value = gen_want(b, GEN_ANY);
	int64_t name = gen_str_const(b, gen_one_in(b->source, 2) ? "x" : "y");

	gen_emit(b, PYMM_OP_STORE_ATTR, 0, object, value, name);
	gen_finish(b, op, 0, object, 0, name, GEN_ANY);
}

/* Of a cell that is not empty. */
static void gen_cell(struct gen_builder *b, uint8_t op)
{
	uint16_t cell = gen_want(b, GEN_CELL), value = gen_want(b, GEN_ANY);

	gen_emit(b, PYMM_OP_STORE_DEREF, 0, value, cell, 0);
	gen_finish(b, op, 0, cell, 0, 0, GEN_ANY);
}

static void gen_function_attribute(struct gen_builder *b)
{
	int64_t which = gen_below(b->source, 3);
	uint16_t function = gen_want(b, GEN_FUNCTION);
	uint16_t value = gen_want(b, which == PYMM_FUNCTION_KWDEFAULTS ? GEN_DICT : GEN_TUPLE);

	gen_finish(b, PYMM_OP_SET_FUNCTION_ATTRIBUTE, 0, function, value, which, 0);
}

/* What may stand in the slots that something is built of. */
static const uint32_t *gen_parts(uint8_t op)
{
	static const uint32_t any[] = { GEN_ANY, GEN_ANY }, pairs[] = { GEN_KEY, GEN_ANY };
	static const uint32_t keys[] = { GEN_KEY | GEN_FROZENSET };
	static const uint32_t indices[] = { GEN_NONE | GEN_BOOL | GEN_INT };

	switch (op) {
	case PYMM_OP_BUILD_MAP:
		return pairs;
	case PYMM_OP_BUILD_SET:
		return keys;
	case PYMM_OP_BUILD_SLICE:
		return indices;
	default:
		return any;
	}
}

static void gen_build(struct gen_builder *b, uint8_t op)
{
	bool map = gen_ops[op].src1 == PYMM_OPERAND_PAIRS;
	uint32_t width = map ? 2 : 1, room = b->code->nr_slots / width;
	uint32_t count = gen_below(b->source, gen_one_in(b->source, 16) ? room + 1 : 4);
	uint16_t first;

	if (count > room)
		count = room;
	if (op == PYMM_OP_BUILD_SLICE && gen_below(b->source, 16))
		count = 1 + gen_below(b->source, 3);
	first = gen_want_range(b, count * width, width, gen_parts(op));
	gen_finish(b, op, 0, first, 0, count, gen_ops[op].gives);
}

/* Items in a row, or apart; what is assigned to them has mostly another length. */
static void gen_slice_access(struct gen_builder *b, uint8_t op)
{
	uint16_t container = gen_want(b, op == PYMM_OP_BINARY_SUBSCR ? GEN_SEQUENCE : GEN_LIST);
	uint16_t slice = gen_want(b, GEN_SLICE), value = 0;

	if (op == PYMM_OP_STORE_SUBSCR)
		value = gen_want(b, GEN_CONTAINER);
	gen_finish(b, op, value, container, slice, 0, op == PYMM_OP_BINARY_SUBSCR ? GEN_SEQUENCE : 0);
}

/* Of a key that is there. */
static void gen_take_key(struct gen_builder *b, uint8_t op)
{
	uint16_t set = gen_want(b, GEN_SET), key = gen_want(b, GEN_KEY | GEN_FROZENSET);

	gen_emit(b, PYMM_OP_SET_ADD, 0, set, key, 0);
	gen_finish(b, op, 0, set, gen_ops[op].src2 == PYMM_OPERAND_NO ? 0 : key, 0, gen_ops[op].gives);
}

/* It is taken for certain then, so that it can be released, unless another thread does. */
static void gen_lock_cycle(struct gen_builder *b)
{
	static const int64_t timeouts[] = { 0, 0, 1, 1000, 100000, -1, INT64_MAX };
	uint16_t lock = gen_want(b, GEN_LOCKS), result = gen_free_slot(b);
	bool was_pinned = b->pinned[lock];

	gen_emit(b, PYMM_OP_LOCK_ACQUIRE, result, lock, 0,
		 timeouts[gen_below(b->source, sizeof(timeouts) / sizeof(*timeouts))]);
	gen_set(b, result, GEN_BOOL, 0);
	gen_release(b);
	if (gen_one_in(b->source, 6) || result == lock || b->nesting == GEN_MAX_NESTING)
		return;
	b->pinned[lock] = true;
	b->nesting++;
	gen_block(b, gen_below(b->source, 4));
	b->nesting--;
	b->pinned[lock] = was_pinned;
	gen_finish(b, PYMM_OP_LOCK_RELEASE, 0, lock, 0, 0, 0);
}

/* A tuple that was just made, into slots that nothing relies on. */
static void gen_unpack(struct gen_builder *b)
{
	uint32_t count = gen_below(b->source, 4), first, i;
	uint16_t items, tuple;
	static const uint32_t any[] = { GEN_ANY };

	if (count > b->code->nr_slots)
		return;
	items = gen_want_range(b, count, 1, any);
	tuple = gen_finish(b, PYMM_OP_BUILD_TUPLE, 0, items, 0, count, GEN_TUPLE)->dst;
	first = count ? gen_below(b->source, b->code->nr_slots - count + 1) : 0;
	for (i = first; i < first + count; i++)
		if (b->held[i] || b->pinned[i])
			return;
	gen_emit(b, PYMM_OP_UNPACK_SEQUENCE, (uint16_t)first, tuple, 0, count);
	for (i = first; i < first + count; i++)
		gen_set(b, (uint16_t)i, GEN_ANY, 0);
}

static void gen_copy(struct gen_builder *b)
{
	uint16_t slot = gen_want(b, GEN_ANY);
	uint32_t types = b->types[slot];
	uint8_t callee = b->callee[slot];
	struct pymm_insn *insn = gen_finish(b, PYMM_OP_COPY, 0, slot, 0, 0, types);

	b->callee[insn->dst] = callee;
}

static void gen_load_any(struct gen_builder *b)
{
	uint16_t slot = gen_free_slot(b);

	gen_load(b, slot, gen_want_const(b, GEN_ANY));
}

static void gen_delete_fast(struct gen_builder *b)
{
	uint16_t slot = gen_want(b, GEN_ANY);

	if (!b->pinned[slot]) {
		gen_finish(b, PYMM_OP_DELETE_FAST, 0, slot, 0, 0, 0);
		gen_set(b, slot, 0, 0);
	}
	gen_release(b);
}

/* ---- any opcode ---- */

static int64_t gen_imm(struct gen_builder *b, uint8_t op)
{
	/* Any number: those that have few values are cut to them when the program is repaired. */
	switch (gen_ops[op].imm) {
	case PYMM_IMM_COUNT:
		return gen_below(b->source, 4);
	case PYMM_IMM_TIMEOUT:
		return gen_below(b->source, 2000);
	default:
		return gen_below(b->source, 64);
	}
}

/* An opcode that nothing more is known of than what the table says. */
static void gen_plain(struct gen_builder *b, uint8_t opcode)
{
	const struct gen_op *op = &gen_ops[opcode];
	int64_t imm = gen_imm(b, opcode);
	uint16_t dst = 0, src1 = 0, src2 = 0;

	if (op->src1 != PYMM_OPERAND_NO)
		src1 = gen_want(b, op->want1);
	if (op->src2 != PYMM_OPERAND_NO)
		src2 = gen_want(b, op->want2);
	if (op->dst == PYMM_OPERAND_IN)
		dst = gen_want(b, op->want_dst);
	gen_finish(b, opcode, dst, src1, src2, imm, op->gives);
}

static void gen_insn(struct gen_builder *b, uint8_t op)
{
	switch (op) {
	case PYMM_OP_LOAD_CONST:
		return gen_load_any(b);
	case PYMM_OP_COPY:
		return gen_copy(b);
	case PYMM_OP_DELETE_FAST:
		return gen_delete_fast(b);
	case PYMM_OP_BINARY_OP:
		return gen_binary(b);
	case PYMM_OP_COMPARE_OP:
		return gen_compare(b);
	case PYMM_OP_BINARY_SUBSCR:
	case PYMM_OP_DELETE_SUBSCR:
		if (gen_one_in(b->source, 4))
			return gen_slice_access(b, op);
		return gen_guarded(b, op);
	case PYMM_OP_STORE_SUBSCR:
		if (gen_one_in(b->source, 8))
			return gen_slice_access(b, op);
		return gen_store_subscr(b);
	case PYMM_OP_SET_REMOVE:
	case PYMM_OP_SET_POP:
		return gen_take_key(b, op);
	case PYMM_OP_STORE_GLOBAL:
		return gen_store_global(b);
	case PYMM_OP_LOAD_GLOBAL:
	case PYMM_OP_DELETE_GLOBAL:
		return gen_use_global(b, op);
	case PYMM_OP_BUILD_LIST:
	case PYMM_OP_BUILD_TUPLE:
	case PYMM_OP_BUILD_MAP:
	case PYMM_OP_BUILD_SET:
	case PYMM_OP_BUILD_SLICE:
		return gen_build(b, op);
	case PYMM_OP_UNPACK_SEQUENCE:
		return gen_unpack(b);
	case PYMM_OP_LOAD_ATTR:
	case PYMM_OP_DELETE_ATTR:
		return gen_attribute(b, op);
	case PYMM_OP_LOAD_DEREF:
	case PYMM_OP_DELETE_DEREF:
		return gen_cell(b, op);
	case PYMM_OP_SET_FUNCTION_ATTRIBUTE:
		return gen_function_attribute(b);
	case PYMM_OP_COPY_FREE_VARS:
		gen_emit(b, op, 0, 0, 0, gen_one_in(b->source, 32));
		return;
	case PYMM_OP_MAKE_FUNCTION:
		return gen_fill_function(b, gen_free_slot(b));
	case PYMM_OP_CALL:
		return gen_call(b);
	case PYMM_OP_CALL_KW:
		return gen_call_kw(b);
	case PYMM_OP_LOAD_METHOD:
	case PYMM_OP_CALL_METHOD:
	case PYMM_OP_CALL_METHOD_KW:
		return gen_call_method(b, op == PYMM_OP_CALL_METHOD_KW);
	case PYMM_OP_LOCK_ACQUIRE:
		return gen_lock_cycle(b);
	case PYMM_OP_LOCK_RELEASE:
		if (gen_below(b->source, 8))
			return;
		return gen_plain(b, op);
	case PYMM_OP_PUSH_EXC_INFO:
		return gen_try(b);
	case PYMM_OP_CHECK_EXC_MATCH:
		return gen_match(b);
	case PYMM_OP_BEFORE_WITH:
		return gen_with(b);
	case PYMM_OP_RAISE:
	case PYMM_OP_RAISE_FROM:
	case PYMM_OP_RERAISE:
		return gen_raise(b, op);
	case PYMM_OP_RETURN_VALUE:
		if (!b->nesting || gen_below(b->source, 8))
			return;
		return gen_plain(b, op);
	case PYMM_OP_JUMP_FORWARD:
	case PYMM_OP_POP_JUMP_IF_FALSE:
	case PYMM_OP_POP_JUMP_IF_TRUE:
		return gen_branch(b, op);
	case PYMM_OP_FOR_ITER:
		return gen_for(b);
	case PYMM_OP_JUMP_BACKWARD:
		return gen_one_in(b->source, 8) ? gen_wild_loop(b) : gen_loop(b);
	default:
		return gen_plain(b, op);
	}
}

static uint8_t gen_weighted_op(struct gen_source *source)
{
	uint32_t i, at, total = 0;

	for (i = 0; i < GEN_NR_OPS; i++)
		total += gen_ops[i].weight;
	at = gen_below(source, total);
	for (i = 0; at >= gen_ops[i].weight; i++)
		at -= gen_ops[i].weight;
	return (uint8_t)i;
}

static void gen_block(struct gen_builder *b, uint32_t count)
{
	while (count-- && !gen_full(b)) {
		gen_insn(b, gen_weighted_op(b->source));
		gen_release(b);
	}
}

/* ---- code objects ---- */

static void gen_make_code(struct gen_builder *b, uint32_t index)
{
	uint32_t count = 3 + gen_below(b->source, gen_one_in(b->source, 8) ? 60 : 24);
	uint16_t result;

	b->code = &b->program->codes[index];
	b->index = index;
	b->bound = 0;
	b->nesting = 0;
	memset(b->types, 0, sizeof(b->types));
	memset(b->callee, 0, sizeof(b->callee));
	memset(b->pinned, 0, sizeof(b->pinned));
	gen_release(b);
	for (uint32_t i = 0; i < b->code->nr_params; i++)
		b->types[i] = b->params[index][i];
	gen_block(b, count);
	result = gen_want(b, GEN_ANY);
	gen_emit(b, PYMM_OP_RETURN_VALUE, 0, result, 0, 0);
}

/* What code objects take is known before one is made that calls them. */
static void gen_make_head(struct gen_builder *b, uint32_t index)
{
	static const uint32_t types[] = {
		GEN_ANY, GEN_INT, GEN_LIST, GEN_DICT, GEN_STR, GEN_TUPLE, GEN_FLOAT, GEN_BYTES,
		GEN_SET,
	};
	struct gen_code *code = &b->program->codes[index];

	code->nr_insns = 0;
	code->nr_consts = 0;
	code->nr_handlers = 0;
	code->nr_slots = (uint16_t)(4 + gen_below(b->source, 9));
	if (gen_one_in(b->source, 32))
		code->nr_slots = (uint16_t)(4 + gen_below(b->source, GEN_MAX_SLOTS - 3));
	code->nr_params = index ? (uint16_t)gen_below(b->source, GEN_MAX_PARAMS + 1) : 0;
	for (uint32_t i = 0; i < GEN_MAX_PARAMS; i++)
		b->params[index][i] =
			types[gen_below(b->source, sizeof(types) / sizeof(*types))];
}

void gen_program_make(struct gen_program *program, struct gen_source *source)
{
	struct gen_builder builder = { .program = program, .source = source };
	uint32_t i;

	program->nr_codes = 1 + gen_below(source, gen_one_in(source, 4) ? GEN_MAX_CODES : 3);
	for (i = 0; i < program->nr_codes; i++)
		gen_make_head(&builder, i);
	for (i = 0; i < program->nr_codes; i++)
		gen_make_code(&builder, i);
	gen_program_repair(program);
}
