// SPDX-License-Identifier: GPL-2.0-only
/*
 * instance: an object of a class that a program made. Its attributes lie in the instance itself,
 * as CPython 3.13 has them, in the payload that a dict has; once somebody asks for __dict__, a
 * dict object takes the payload over, and the instance refers to that.
 */
#include <linux/string.h>

#include "core.h"

/** pymm_instance_class() - the class of an instance, borrowed */
u32 pymm_instance_class(const struct pymm_arena *arena, u32 no)
{
	return pymm_object(arena, no)->cap;
}

/* What the functions of dicts work on: the instance, or its dict. */
static u32 pymm_instance_dict(const struct pymm_arena *arena, u32 no)
{
	const struct pymm_object *object = pymm_object(arena, no);

	return object->aux & PYMM_AUX_DICT ? object->len : no;
}

static void pymm_instance_span(struct pymm_arena *arena, u32 no, struct pymm_span *span)
{
	struct pymm_object *object = pymm_object(arena, no);

	if (object->aux & PYMM_AUX_DICT) {
		span->base = &object->len;
		span->groups = 1;
		span->width = 1;
		span->stride = 1;
	} else {
		pymm_dict_span(arena, no, span);
	}
	span->tail = object->cap;
}

/**
 * pymm_instance_new() - an instance without attributes
 * @arena: the arena
 * @class: its class, made by a program; the instance takes a reference
 *
 * Return: a reference, or 0 when there is no memory.
 */
u32 pymm_instance_new(struct pymm_arena *arena, u32 class)
{
	u32 no = pymm_object_alloc(arena, PYMM_TYPE_INSTANCE);

	if (no)
		pymm_object(arena, no)->cap = pymm_get(arena, class);
	return no;
}

/* Would a dict with its attributes be tracked? 1, 0 or -EINTR. */
static int pymm_instance_may_track(struct pymm_thread *thread, u32 no)
{
	u32 i, name, value;
	int err = 0;

	for (i = 0; !err && pymm_dict_entry(thread->arena, no, i, &name, &value); i++) {
		if (name && pymm_gc_may_be_tracked(thread->arena, value))
			return 1;
		err = pymm_tick(thread, 1);
	}
	return err;
}

/**
 * pymm_instance_make_dict() - x.__dict__
 * @thread: the running thread
 * @no: an instance
 * @dict: receives it: not a new reference
 *
 * Return: 0, PYMM_RAISED or -EINTR.
 */
int pymm_instance_make_dict(struct pymm_thread *thread, u32 no, u32 *dict)
{
	struct pymm_arena *arena = thread->arena;
	struct pymm_object *object = pymm_object(arena, no);
	int tracked;

	if (!(object->aux & PYMM_AUX_DICT)) {
		tracked = pymm_instance_may_track(thread, no);
		if (tracked < 0)
			return tracked;
		if (pymm_gc_reserve(arena))
			return pymm_raise_nomem(thread);
		*dict = pymm_dict_new(arena);
		if (!*dict)
			return pymm_raise_nomem(thread);
		if (tracked)
			pymm_gc_track(arena, *dict);
		pymm_object(arena, *dict)->len = object->len;
		*pymm_payload(arena, *dict) = *pymm_payload(arena, no);
		*pymm_payload(arena, no) = NULL;
		object->len = *dict;
		object->aux |= PYMM_AUX_DICT;
	}
	*dict = object->len;
	return 0;
}

/** pymm_instance_get() - an attribute in the instance: 1 with @value borrowed, 0 or -EINTR */
int pymm_instance_get(struct pymm_thread *thread, u32 no, u32 name, u32 *value)
{
	return pymm_dict_get(thread, pymm_instance_dict(thread->arena, no), name, value);
}

/** pymm_instance_set() - set one; as pymm_dict_set() */
int pymm_instance_set(struct pymm_thread *thread, u32 no, u32 name, u32 value, u32 *old)
{
	return pymm_dict_set(thread, pymm_instance_dict(thread->arena, no), name, value, old);
}

/** pymm_instance_del() - delete one; as pymm_dict_del() */
int pymm_instance_del(struct pymm_thread *thread, u32 no, u32 name, u32 *old_name, u32 *old)
{
	return pymm_dict_del(thread, pymm_instance_dict(thread->arena, no), name, old_name, old);
}

const struct pymm_type_ops pymm_instance_type = {
	.name = "instance",
	.flags = PYMM_TYPE_GC | PYMM_TYPE_TRACK | PYMM_TYPE_CLEAR | PYMM_TYPE_WEAK,
	.span = pymm_instance_span,
	.free = pymm_dict_free,
};
