/* SPDX-License-Identifier: GPL-2.0-only */
/* Frames: what a thread does next. */
#ifndef _PYMM_FRAME_H
#define _PYMM_FRAME_H

#include "core.h"

/**
 * struct pymm_bytecode - payload of a code object
 * @size: bytes of this allocation
 * @index: of the code object in its image
 * @nr_insns: instructions
 * @nr_consts: constants
 * @nr_slots: slots of a frame
 * @nr_params: positional parameters, in the first slots
 * @nr_kwonly: keyword-only parameters, in those behind them
 * @nr_handlers: handlers of exceptions
 * @names: index in @consts plus 1, or 0: the tuple of names, see struct pymm_code
 * @consts: references
 * @handlers: verified handlers
 * @insns: verified instructions
 *
 * Invariant after it was loaded, but that the references in @consts die with it, and that
 * LOAD_GLOBAL and STORE_GLOBAL keep a hint in their src2, BINARY_SUBSCR and STORE_SUBSCR in
 * their imm, which verification found unused. Marks of what is executed together are in quick.h.
 */
struct pymm_bytecode {
	size_t size;
	u32 index;
	u32 nr_insns;
	u32 nr_consts;
	u16 nr_slots;
	u16 nr_params;
	u16 nr_kwonly;
	u16 nr_handlers;
	u32 names;
	u32 *consts;
	struct pymm_handler *handlers;
	struct pymm_insn insns[];
};

/** pymm_frame_size() - bytes of a frame with room for so many slots, and one for its object */
static inline size_t pymm_frame_size(u16 slots)
{
	return struct_size_t(struct pymm_frame, slots, slots + 1);
}

struct pymm_frame *pymm_frame_new(struct pymm_thread *thread, u32 code);
void pymm_frame_discard(struct pymm_thread *thread, struct pymm_frame *frame);
void pymm_frame_enter(struct pymm_thread *thread, struct pymm_frame *frame, u32 code,
		      u32 function, u16 ret);
void pymm_frame_return(struct pymm_thread *thread, u32 result);
int pymm_frame_exit(struct pymm_thread *thread);
void pymm_slot_name(const struct pymm_arena *arena, const struct pymm_bytecode *bytecode, u16 slot,
		    char *name, size_t size);
int pymm_raise_unbound(struct pymm_thread *thread, const struct pymm_frame *frame, u16 slot);
int pymm_frames_unwind(struct pymm_thread *thread);
void pymm_frames_free(struct pymm_thread *thread);

/* The nearest CODE frame, beginning with @frame, which may be NULL. */
static inline struct pymm_frame *pymm_frame_caller(struct pymm_frame *frame)
{
	return !frame || frame->kind == PYMM_FRAME_CODE ? frame : frame->caller;
}

/**
 * pymm_frame_store() - put a reference into a slot, and drop what it held
 * @thread: the running thread
 * @frame: one of its frames
 * @slot: the slot
 * @value: a reference, which the slot takes over; 0 empties it
 */
static inline void pymm_frame_store(struct pymm_thread *thread, struct pymm_frame *frame, u16 slot,
				    u32 value)
{
	u32 old = frame->slots[slot];

	frame->slots[slot] = value;
	if (old)
		pymm_put(thread, old);
}
#endif
