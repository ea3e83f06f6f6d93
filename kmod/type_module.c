// SPDX-License-Identifier: GPL-2.0-only
/* module: a namespace that can be passed around; its dict has all of it, its name too. */
#include "core.h"

static void pymm_module_span(struct pymm_arena *arena, u32 no, struct pymm_span *span)
{
	span->base = &pymm_object(arena, no)->len;
	span->groups = 1;
	span->width = 1;
	span->stride = 1;
}

/** pymm_module_dict() - the namespace of a module, borrowed; 0 after the collector emptied it */
u32 pymm_module_dict(const struct pymm_arena *arena, u32 no)
{
	return pymm_object(arena, no)->len;
}

/* What a module has from the beginning, in this order: its name, and None four times. */
static int pymm_module_fill(struct pymm_thread *thread, u32 dict, u32 name)
{
	u32 key, old;
	int err = pymm_dict_set(thread, dict, PYMM_NO_NAME_NAME, name, &old);

	for (key = PYMM_NO_NAME_DOC; key <= PYMM_NO_NAME_SPEC && !err; key++)
		err = pymm_dict_set(thread, dict, key, PYMM_NO_NONE, &old);
	return err;
}

/**
 * pymm_module_new() - types.ModuleType(name)
 * @thread: the running thread
 * @name: a str
 * @result: receives a reference
 *
 * Context: may sleep; the GIL and arena->lock held.
 *
 * Return: 0, PYMM_RAISED or -EINTR.
 */
int pymm_module_new(struct pymm_thread *thread, u32 name, u32 *result)
{
	struct pymm_arena *arena = thread->arena;
	u32 dict = pymm_dict_new(arena);
	int err = dict ? pymm_module_fill(thread, dict, name) ?: pymm_dict_track(thread, dict) :
			 pymm_raise_nomem(thread);

	*result = err ? 0 : pymm_object_alloc(arena, PYMM_TYPE_MODULE);
	if (*result) {
		pymm_object(arena, *result)->len = dict;
		return 0;
	}
	if (dict)
		pymm_put(thread, dict);
	return err ?: pymm_raise_nomem(thread);
}

/** pymm_module_name() - its __name__: 1 with @name, a str, borrowed; 0 if it has none; -EINTR */
int pymm_module_name(struct pymm_thread *thread, u32 no, u32 *name)
{
	u32 dict = pymm_module_dict(thread->arena, no);
	int ret = dict ? pymm_dict_get(thread, dict, PYMM_NO_NAME_NAME, name) : 0;

	return ret > 0 ? pymm_is(thread->arena, *name, PYMM_TYPE_STR) : ret;
}

const struct pymm_type_ops pymm_module_type = {
	.name = "module",
	.flags = PYMM_TYPE_GC | PYMM_TYPE_TRACK | PYMM_TYPE_CLEAR | PYMM_TYPE_WEAK,
	.span = pymm_module_span,
};
