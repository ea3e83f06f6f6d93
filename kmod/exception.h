/* SPDX-License-Identifier: GPL-2.0-only */
/* Exceptions: the objects, and the way of one through the frames. */
#ifndef _PYMM_EXCEPTION_H
#define _PYMM_EXCEPTION_H

#include "call.h"

/*
 * References of an exception, in the order in which BaseException_clear() of CPython 3.13 and
 * those of its subclasses drop them.
 */
enum pymm_exception_ref {
	PYMM_EXCEPTION_OBJ,	/* obj, value or code, as its class calls it */
	PYMM_EXCEPTION_NAME,	/* of an AttributeError or NameError */
	PYMM_EXCEPTION_DICT,
	PYMM_EXCEPTION_ARGS,
	PYMM_EXCEPTION_TRACEBACK,
	PYMM_EXCEPTION_CAUSE,
	PYMM_EXCEPTION_CONTEXT,
	PYMM_EXCEPTION_REFS,
};

/**
 * struct pymm_exception_state - payload of an exception
 * @refs: references, or 0
 * @suppress: __suppress_context__
 * @code: index in its image of the code object that raised it first, if there is a traceback
 * @pos: instruction that did
 */
struct pymm_exception_state {
	u32 refs[PYMM_EXCEPTION_REFS];
	bool suppress;
	u32 code;
	u32 pos;
};

/* type_exception.c */
const char *pymm_exception_class_name(u32 exception);
u32 pymm_exception_class_base(u32 exception);
u32 pymm_exception_root(const struct pymm_arena *arena, u32 class);
enum pymm_exception pymm_exception_kind(const struct pymm_arena *arena, u32 no);
u32 pymm_exception_get(const struct pymm_arena *arena, u32 no, enum pymm_exception_ref ref);
void pymm_exception_set(struct pymm_thread *thread, u32 no, enum pymm_exception_ref ref, u32 value);
struct pymm_exception_state *pymm_exception_state(struct pymm_thread *thread, u32 no);
int pymm_exception_new(struct pymm_thread *thread, u32 class, const u32 *args, u32 count,
		       u32 *result);
int pymm_exception_construct(struct pymm_thread *thread, u32 class, const struct pymm_args *args,
			     u32 *result);
int pymm_exception_getattr(struct pymm_thread *thread, u32 no, u32 name, u32 *result,
			   bool *method);
int pymm_exception_setattr(struct pymm_thread *thread, u32 no, u32 name, u32 value);
int pymm_exception_delattr(struct pymm_thread *thread, u32 no, u32 name);
u32 pymm_exception_item(const struct pymm_arena *arena, u32 no);
bool pymm_exception_is(const struct pymm_arena *arena, u32 no, u32 exception);
void pymm_exception_describe(struct pymm_thread *thread, u32 no, struct pymm_raised *told);

/* exception.c */
int pymm_exception_raise(struct pymm_thread *thread, u32 no);
void pymm_exception_forget(struct pymm_thread *thread, struct pymm_raised *raised);
int pymm_exception_unwind(struct pymm_thread *thread);
void pymm_exception_tell(struct pymm_thread *thread, struct pymm_raised *told);
bool pymm_exception_end(struct pymm_thread *thread);

/* op_exception.c */
int pymm_raise_instance(struct pymm_thread *thread, struct pymm_frame *ended);

/* finalize.c */
void pymm_unraisable(struct pymm_thread *thread, u32 id);

/* trail.c */
void pymm_trail_of_frames(struct pymm_thread *thread);
void pymm_trail_of_object(struct pymm_thread *thread, u32 no);
void pymm_trail_free(struct pymm_thread *thread);
void pymm_trail_write(struct pymm_thread *thread, struct pymm_run *run);

/* type_frame.c */
u32 pymm_frame_object(struct pymm_thread *thread, struct pymm_frame *frame);
u32 pymm_frame_keep(struct pymm_thread *thread, struct pymm_frame *frame);
void pymm_traceback_add(struct pymm_thread *thread, struct pymm_frame *frame, u32 pos);
const struct pymm_bytecode *pymm_traceback_code(const struct pymm_arena *arena, u32 no, u32 *pos);
int pymm_frame_getattr(struct pymm_thread *thread, u32 no, u32 name, u32 *result);
int pymm_traceback_getattr(struct pymm_thread *thread, u32 no, u32 name, u32 *result);
#endif
