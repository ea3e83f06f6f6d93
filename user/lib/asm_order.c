// SPDX-License-Identifier: LGPL-2.1-only OR MIT
/*
 * The order of code objects in the image: a constant refers to a later one, so
 * each must stand before all that it refers to. The order of the text is kept
 * where it can be.
 */
#include <errno.h>
#include <stdlib.h>

#include "asm.h"

enum state {
	UNSEEN = 0,
	OPEN,		/* it, or something it refers to, is being visited */
	DONE,
};

/* A code object that is being visited. */
struct visit {
	uint32_t code;
	size_t next_ref;
};

struct order {
	struct assembler *as;
	unsigned char *states;
	struct vec visits;	/* struct visit: the path from the first to the current one */
	uint32_t *out;
	size_t left;		/* places in out, which is filled from its end */
};

static int find_target(struct order *order, const struct ref *ref, uint32_t *target)
{
	const uint32_t *defined = order->as->defined.data;
	struct word word = { .place = ref->place };

	word.text = table_get(&order->as->names, ref->name, &word.len);
	if (!defined[ref->name])
		return asm_fail(order->as, ref->place, "code object '%.*s' is not defined: add '.code %.*s'",
				WORD(word), WORD(word));
	*target = defined[ref->name] - 1;
	if (!*target)
		return asm_fail(order->as, ref->place,
				"'%.*s' is the program itself: put what is to be called into another .code",
				WORD(word));
	if (order->states[*target] == OPEN)
		return asm_fail(order->as, ref->place,
				"'%.*s' would contain itself: bind the function to a global name and use LOAD_GLOBAL",
				WORD(word));
	return 0;
}

static int begin_visit(struct order *order, uint32_t code)
{
	struct visit *visit;

	if (order->states[code] != UNSEEN)
		return 0;
	visit = vec_push(&order->visits, 1, sizeof(*visit));
	if (!visit)
		return -ENOMEM;
	visit->code = code;
	order->states[code] = OPEN;
	return 0;
}

/* Goes to the next one that the current one refers to, or is done with the current one. */
static int step(struct order *order)
{
	struct visit *visit = (struct visit *)order->visits.data + order->visits.count - 1;
	const struct code *code = (struct code *)order->as->codes.data + visit->code;
	uint32_t target = 0;
	int ret;

	if (visit->next_ref == code->refs.count) {
		order->states[visit->code] = DONE;
		order->out[--order->left] = visit->code;
		order->visits.count--;
		return 0;
	}
	/* The last one first, so that the first one comes to stand before it. */
	visit->next_ref++;
	ret = find_target(order, (struct ref *)code->refs.data + code->refs.count - visit->next_ref,
			  &target);
	return ret ? ret : begin_visit(order, target);
}

int asm_order(struct assembler *as, uint32_t *out)
{
	struct order order = { .as = as, .out = out, .left = as->codes.count };
	int ret = 0;

	order.states = calloc(as->codes.count, 1);
	if (!order.states)
		return -ENOMEM;
	/* The program is visited last, so it stands first: nothing may refer to it. */
	for (size_t code = as->codes.count; !ret && code > 0; code--) {
		ret = begin_visit(&order, (uint32_t)code - 1);
		while (!ret && order.visits.count)
			ret = step(&order);
	}
	vec_free(&order.visits);
	free(order.states);
	return ret;
}
