// SPDX-License-Identifier: GPL-2.0-only
/* Instructions on functions, calls and the variables that closures share. */
#include "builtin.h"
#include "exception.h"
#include "op.h"

int pymm_op_MAKE_FUNCTION(struct pymm_thread *thread, struct pymm_frame *frame,
			  const struct pymm_insn *insn)
{
	return pymm_result_new(thread, frame, insn,
			       pymm_function_new(thread->arena, frame->bytecode->consts[insn->imm],
						 frame->globals));
}

int pymm_op_SET_FUNCTION_ATTRIBUTE(struct pymm_thread *thread, struct pymm_frame *frame,
				   const struct pymm_insn *insn)
{
	static const struct {
		enum pymm_function_ref ref;
		enum pymm_type type;
		const char *what;
	} attributes[] = {
		[PYMM_FUNCTION_DEFAULTS] = { PYMM_FUNCTION_REF_DEFAULTS, PYMM_TYPE_TUPLE,
					     "__defaults__ must be set to a tuple object" },
		[PYMM_FUNCTION_KWDEFAULTS] = { PYMM_FUNCTION_REF_KWDEFAULTS, PYMM_TYPE_DICT,
					       "__kwdefaults__ must be set to a dict object" },
		[PYMM_FUNCTION_CLOSURE] = { PYMM_FUNCTION_REF_CLOSURE, PYMM_TYPE_TUPLE,
					    "arg 5 (closure) must be tuple" },
	};
	u32 which = array_index_nospec(insn->imm, ARRAY_SIZE(attributes));
	u32 function, value;
	int err = pymm_in2(thread, frame, insn, &function, &value);

	if (err)
		return err;
	if (!pymm_is(thread->arena, function, PYMM_TYPE_FUNCTION))
		return pymm_raise(thread, PYMM_EXC_TYPE_ERROR, "expected a function, not '%s'",
				  pymm_type_name(thread->arena, function));
	if (!pymm_is(thread->arena, value, attributes[which].type))
		return pymm_raise(thread, PYMM_EXC_TYPE_ERROR, "%s", attributes[which].what);
	return pymm_function_set(thread, function, attributes[which].ref, value) ?:
	       pymm_done(thread, frame, insn);
}

/* ---- calls ---- */

/* Positional arguments, as many as there are parameters: nothing has to be looked for. */
static bool pymm_call_is_plain(const struct pymm_bytecode *code, const struct pymm_args *args)
{
	return args->count == code->nr_params && !code->nr_kwonly && !args->names && !args->self;
}

static int pymm_call_plain(struct pymm_thread *thread, struct pymm_frame *frame,
			   const struct pymm_insn *insn, u32 function, u32 code,
			   const struct pymm_args *args)
{
	struct pymm_frame *callee = pymm_frame_new(thread, code);

	if (!callee)
		return PYMM_RAISED;
	pymm_range_take(thread, frame, args->args - frame->slots, args->count,
			insn->flags & PYMM_INSN_CONSUME2, callee->slots);
	pymm_frame_enter(thread, callee, code, pymm_get(thread->arena, function), insn->dst);
	pymm_put_if(thread, pymm_consume(frame, insn, PYMM_INSN_CONSUME1, insn->src1));
	return PYMM_CHECK;
}

/* What the instruction was to consume, after the callee has taken what it wants. */
static void pymm_call_consume(struct pymm_thread *thread, struct pymm_frame *frame,
			      const struct pymm_insn *insn)
{
	u32 i;

	pymm_put_if(thread, pymm_consume(frame, insn, PYMM_INSN_CONSUME1, insn->src1));
	for (i = insn->imm; i-- && (insn->flags & PYMM_INSN_CONSUME2);)
		pymm_frame_store(thread, frame, insn->src2 + i, 0);
}

/*
 * Of a call that failed: how many of its operands had a parameter to go to, and how many had none
 * and die before CPython 3.13 complains of them: positional arguments of a function of a program.
 */
static void pymm_call_failed(struct pymm_thread *thread, const struct pymm_frame *frame,
			     const struct pymm_insn *insn)
{
	const struct pymm_arena *arena = thread->arena;
	bool method = insn->op == PYMM_OP_CALL_METHOD || insn->op == PYMM_OP_CALL_METHOD_KW;
	bool keywords = insn->op == PYMM_OP_CALL_KW || insn->op == PYMM_OP_CALL_METHOD_KW;
	u32 no = frame->slots[insn->src1], given = insn->imm, wanted, self = 0, names;
	struct pymm_raised *raised = &thread->raised;
	const struct pymm_bytecode *code;

	if (no && pymm_is(arena, no, PYMM_TYPE_METHOD)) {
		no = pymm_method_function(arena, no);
		self = 1;
	}
	raised->function = no && pymm_is(arena, no, PYMM_TYPE_FUNCTION);
	if (!raised->function)
		return;
	code = *pymm_payload(arena, pymm_object(arena, no)->len);
	wanted = max_t(u32, code->nr_params, self) - self;
	/* What LOAD_METHOD left empty is not an argument. */
	if (method && given && !frame->slots[insn->src2])
		wanted++;
	raised->wanted = min(wanted, given);
	if (keywords && given) {
		names = frame->slots[insn->src2 + --given];
		if (names && pymm_is(arena, names, PYMM_TYPE_TUPLE))
			given -= min(given, pymm_object(arena, names)->len);
	}
	raised->early = given > wanted ? given - wanted : 0;
}

/* Drop the operand of a call that dies as number @n. */
static void pymm_call_drop(struct pymm_thread *thread, struct pymm_frame *frame,
			   const struct pymm_insn *insn, u32 n)
{
	u32 wanted = thread->raised.wanted, extra = insn->imm - wanted;
	u32 callee = thread->raised.function ? insn->imm : 0;

	if (n == callee) {
		pymm_put_if(thread, pymm_consume(frame, insn, PYMM_INSN_CONSUME1, insn->src1));
		return;
	}
	if (!thread->raised.function)
		n--;
	else
		n = n < extra ? wanted + n : n - extra;
	pymm_put_if(thread, pymm_consume(frame, insn, PYMM_INSN_CONSUME2, insn->src2 + n));
}

static void pymm_slot_drop(struct pymm_thread *thread, struct pymm_frame *frame,
			   const struct pymm_insn *insn, u32 n)
{
	const struct {
		u8 flag;
		u16 slot;
	} operands[] = {
		{ PYMM_INSN_CONSUME1, insn->src1 },
		{ PYMM_INSN_CONSUME2, insn->src2 },
		{ PYMM_INSN_CONSUME3, insn->dst },
	};

	pymm_put_if(thread, pymm_consume(frame, insn, operands[n].flag, operands[n].slot));
}

/**
 * pymm_operands_begin() - an instruction has raised: what it was to consume is to be dropped
 * @thread: the running thread
 * @frame: its innermost frame, which stands behind the instruction
 */
void pymm_operands_begin(struct pymm_thread *thread, const struct pymm_frame *frame)
{
	const struct pymm_insn *insn = frame->bytecode->insns + frame->pc - 1;
	struct pymm_raised *raised = &thread->raised;

	raised->operands = true;
	raised->cursor = 0;
	raised->early = 0;
	if (pymm_op_takes(insn->op) == PYMM_TAKES_ARGS)
		pymm_call_failed(thread, frame, insn);
}

/**
 * pymm_operands_drop() - an instruction that raised is done with what it was to consume
 * @thread: the running thread; raised.cursor has how many operands were dropped
 * @frame: its innermost frame
 * @insn: the instruction
 * @count: how many to drop at most, with those that were
 *
 * As CPython 3.13, which drops what an instruction has from its stack before it looks for a
 * handler, but after what the instruction itself had made: the first operand dies first, and before
 * all others what a function has no parameter for. What is no function of a program, and may be
 * nothing that can be called, dies before its arguments. What was to become a container dies from
 * its end: it is left to the frame.
 *
 * Return: whether all are gone. If not, something is dying, which may have a finalizer that sees
 * those that are left.
 */
bool pymm_operands_drop(struct pymm_thread *thread, struct pymm_frame *frame,
			const struct pymm_insn *insn, u32 count)
{
	enum pymm_takes takes = pymm_op_takes(insn->op);
	u32 *n = &thread->raised.cursor;

	while (!thread->dying) {
		if (*n >= count)
			return true;
		if (takes == PYMM_TAKES_ARGS && *n <= insn->imm)
			pymm_call_drop(thread, frame, insn, (*n)++);
		else if (takes == PYMM_TAKES_SLOTS && *n < 3)
			pymm_slot_drop(thread, frame, insn, (*n)++);
		else
			return true;
	}
	return false;
}

static int pymm_call_any(struct pymm_thread *thread, struct pymm_frame *frame,
			 const struct pymm_insn *insn, u32 function, struct pymm_args *args)
{
	int err = pymm_call_function(thread, function, args, insn->dst);

	if (err)
		return err;
	pymm_call_consume(thread, frame, insn);
	return PYMM_CHECK;
}

/* The result of a call that entered no frame. */
static int pymm_call_result(struct pymm_thread *thread, struct pymm_frame *frame,
			    const struct pymm_insn *insn, u32 result)
{
	pymm_call_consume(thread, frame, insn);
	pymm_frame_store(thread, frame, insn->dst, result);
	return PYMM_CHECK;
}

static int pymm_call_type(struct pymm_thread *thread, struct pymm_frame *frame,
			  const struct pymm_insn *insn, u32 no, struct pymm_args *args)
{
	u32 result;
	int err = pymm_type_construct(thread, no, args, &result);

	return err ?: pymm_call_result(thread, frame, insn, result);
}

/* A new instance or exception, a reference. */
static int pymm_call_new(struct pymm_thread *thread, u32 class, const struct pymm_args *args,
			 u32 *result)
{
	if (pymm_exception_root(thread->arena, class))
		return pymm_exception_new(thread, class, args->args,
					  args->count - pymm_args_names(thread->arena, args),
					  result);
	*result = pymm_instance_new(thread->arena, class);
	return *result ? 0 : pymm_raise_nomem(thread);
}

/**
 * pymm_call_init() - enter the __init__ of a new instance
 * @thread: the running thread
 * @class: its class
 * @init: what __init__ is
 * @args: arguments; the instance is put before them
 * @ret: slot of the calling frame that receives the instance
 *
 * Return: 0, PYMM_RAISED or -EINTR, having changed nothing.
 */
int pymm_call_init(struct pymm_thread *thread, u32 class, u32 init, struct pymm_args *args, u16 ret)
{
	int err;

	if (!pymm_is(thread->arena, init, PYMM_TYPE_FUNCTION))
		return pymm_raise(thread, PYMM_EXC_TYPE_ERROR, "'%s' object is not callable",
				  pymm_type_name(thread->arena, init));
	err = pymm_call_new(thread, class, args, &args->self);
	if (err)
		return err;
	err = pymm_call_function(thread, init, args, ret);
	if (err) {
		/* Killed: nothing has happened, so nothing is to be finalized. */
		if (err == -EINTR)
			pymm_object(thread->arena, args->self)->aux |= PYMM_AUX_FINALIZED;
		pymm_put(thread, args->self);
		return err;
	}
	thread->frame->role = PYMM_ROLE_INIT;
	thread->frame->hold = args->self;
	return 0;
}

/* A new instance, which __init__, if there is one, gets first. */
static int pymm_call_class(struct pymm_thread *thread, struct pymm_frame *frame,
			   const struct pymm_insn *insn, u32 class, struct pymm_args *args)
{
	u32 init, bytes;
	const char *name = pymm_class_name(thread->arena, class, &bytes);
	int ret;

	if (pymm_class_is_builtin(thread->arena, class))
		return pymm_call_type(thread, frame, insn, class, args);
	ret = pymm_class_lookup(thread, class, PYMM_NO_NAME_INIT, &init);
	if (ret < 0)
		return ret;
	if (!ret && pymm_exception_root(thread->arena, class)) {
		ret = pymm_exception_construct(thread, class, args, &args->self);
		return ret ?: pymm_call_result(thread, frame, insn, args->self);
	}
	if (!ret && args->count)
		return pymm_raise(thread, PYMM_EXC_TYPE_ERROR, "%.*s() takes no arguments",
				  (int)bytes, name);
	if (!ret) {
		ret = pymm_call_new(thread, class, args, &args->self);
		return ret ?: pymm_call_result(thread, frame, insn, args->self);
	}
	ret = pymm_call_init(thread, class, init, args, insn->dst);
	if (ret)
		return ret;
	pymm_call_consume(thread, frame, insn);
	return PYMM_CHECK;
}

/* The most slots that the arguments of gc.collect() take: no self, the generation, its name. */
#define PYMM_COLLECT_SLOTS	3

/*
 * gc.collect(): what it is to consume goes first, as the result may come to the same place; and
 * comes back if the task is being killed.
 */
static int pymm_call_collect(struct pymm_thread *thread, struct pymm_frame *frame,
			     const struct pymm_insn *insn, const struct pymm_args *args)
{
	u32 callee = frame->slots[insn->src1], held[PYMM_COLLECT_SLOTS], generation, i;
	int err = pymm_gc_collect_args(thread, args, &generation);

	if (err)
		return err;
	for (i = 0; i < insn->imm; i++) {
		held[i] = frame->slots[insn->src2 + i];
		if (held[i])
			pymm_get(thread->arena, held[i]);
	}
	pymm_call_consume(thread, frame, insn);
	err = pymm_gc_collect(thread, generation, insn->dst);
	if (err == -EINTR)
		frame->slots[insn->src1] = callee;
	for (i = 0; i < insn->imm; i++) {
		if (err == -EINTR && (insn->flags & PYMM_INSN_CONSUME2))
			frame->slots[insn->src2 + i] = held[i];
		else
			pymm_put_if(thread, held[i]);
	}
	return err ?: PYMM_LEAVE;
}

static int pymm_call_builtin(struct pymm_thread *thread, struct pymm_frame *frame,
			     const struct pymm_insn *insn, u32 builtin, struct pymm_args *args)
{
	u32 result;
	int err;

	if (pymm_builtin_which(thread->arena, builtin) == PYMM_BUILTIN_GC_COLLECT)
		return pymm_call_collect(thread, frame, insn, args);
	err = pymm_builtin_call(thread, builtin, args, &result);
	return err ?: pymm_call_result(thread, frame, insn, result);
}

static int pymm_call_weakref(struct pymm_thread *thread, struct pymm_frame *frame,
			     const struct pymm_insn *insn, u32 ref, struct pymm_args *args)
{
	if (args->count)
		return pymm_raise(thread, PYMM_EXC_TYPE_ERROR,
				  "weakref expected 0 arguments, got %u", args->count);
	return pymm_call_result(thread, frame, insn,
				pymm_get(thread->arena, pymm_weakref_get(thread->arena, ref)));
}

static int pymm_call(struct pymm_thread *thread, struct pymm_frame *frame,
		     const struct pymm_insn *insn, u32 callable, struct pymm_args *args)
{
	struct pymm_arena *arena = thread->arena;
	u32 code;

	switch (pymm_object(arena, callable)->type) {
	case PYMM_TYPE_FUNCTION:
		code = pymm_function_code(arena, callable);
		if (likely(pymm_call_is_plain(pymm_bytecode(arena, code), args)))
			return pymm_call_plain(thread, frame, insn, callable, code, args);
		return pymm_call_any(thread, frame, insn, callable, args);
	case PYMM_TYPE_METHOD:
		args->self = pymm_method_self(arena, callable);
		return pymm_call_any(thread, frame, insn, pymm_method_function(arena, callable),
				     args);
	case PYMM_TYPE_TYPE:
		return pymm_call_class(thread, frame, insn, callable, args);
	case PYMM_TYPE_WEAKREF:
		return pymm_call_weakref(thread, frame, insn, callable, args);
	case PYMM_TYPE_BUILTIN:
		return pymm_call_builtin(thread, frame, insn, callable, args);
	default:
		return pymm_raise(thread, PYMM_EXC_TYPE_ERROR, "'%s' object is not callable",
				  pymm_type_name(arena, callable));
	}
}

/* The callable and the arguments of a call; with @method the first one may be missing. */
static int pymm_in_call(struct pymm_thread *thread, struct pymm_frame *frame,
			const struct pymm_insn *insn, bool method, u32 *callable,
			struct pymm_args *args)
{
	u32 missing = method && insn->imm && !frame->slots[insn->src2];

	*args = (struct pymm_args){ .args = frame->slots + insn->src2 + missing,
				    .count = insn->imm - missing };
	return pymm_in(thread, frame, insn->src1, callable) ?:
	       pymm_range_check(thread, frame, insn->src2 + missing, args->count);
}

int pymm_op_CALL(struct pymm_thread *thread, struct pymm_frame *frame,
		 const struct pymm_insn *insn)
{
	struct pymm_args args;
	u32 callable;
	int err = pymm_in_call(thread, frame, insn, false, &callable, &args);

	return err ?: pymm_call(thread, frame, insn, callable, &args);
}

/* As CALL, of what LOAD_METHOD gave. */
int pymm_op_CALL_METHOD(struct pymm_thread *thread, struct pymm_frame *frame,
			const struct pymm_insn *insn)
{
	struct pymm_args args;
	u32 callable;
	int err = pymm_in_call(thread, frame, insn, true, &callable, &args);

	return err ?: pymm_call(thread, frame, insn, callable, &args);
}

/* The last of the arguments is a tuple with the names of those before it. */
static int pymm_call_kw(struct pymm_thread *thread, struct pymm_frame *frame,
			const struct pymm_insn *insn, bool method)
{
	struct pymm_arena *arena = thread->arena;
	struct pymm_args args;
	u32 callable, i;
	int err = pymm_in_call(thread, frame, insn, method, &callable, &args);

	if (err)
		return err;
	if (args.count)
		args.names = args.args[--args.count];
	if (!args.names || !pymm_is(arena, args.names, PYMM_TYPE_TUPLE) ||
	    pymm_object(arena, args.names)->len > args.count)
		return pymm_raise(thread, PYMM_EXC_TYPE_ERROR,
				  "the last argument must be a tuple of the names of others");
	for (i = 0; i < pymm_object(arena, args.names)->len; i++)
		if (!pymm_is(arena, pymm_items(arena, args.names)[i], PYMM_TYPE_STR))
			return pymm_raise(thread, PYMM_EXC_TYPE_ERROR, "keywords must be strings");
	return pymm_call(thread, frame, insn, callable, &args);
}

int pymm_op_CALL_KW(struct pymm_thread *thread, struct pymm_frame *frame,
		    const struct pymm_insn *insn)
{
	return pymm_call_kw(thread, frame, insn, false);
}

int pymm_op_CALL_METHOD_KW(struct pymm_thread *thread, struct pymm_frame *frame,
			   const struct pymm_insn *insn)
{
	return pymm_call_kw(thread, frame, insn, true);
}

int pymm_op_RETURN_VALUE(struct pymm_thread *thread, struct pymm_frame *frame,
			 const struct pymm_insn *insn)
{
	u32 no;
	int err = pymm_in(thread, frame, insn->src1, &no);

	if (err)
		return err;
	if (insn->flags & PYMM_INSN_CONSUME1)
		frame->slots[insn->src1] = 0;
	else
		pymm_get(thread->arena, no);
	pymm_frame_return(thread, no);
	return PYMM_LEAVE;
}

/* ---- variables that closures share ---- */

static int pymm_in_cell(struct pymm_thread *thread, struct pymm_frame *frame, u16 slot, u32 *cell)
{
	int err = pymm_in(thread, frame, slot, cell);

	if (err || pymm_is(thread->arena, *cell, PYMM_TYPE_CELL))
		return err;
	return pymm_raise(thread, PYMM_EXC_TYPE_ERROR, "expected a cell, not '%s'",
			  pymm_type_name(thread->arena, *cell));
}

/* Is it one of the cells of the function's closure? 1, 0 or -EINTR. */
static int pymm_cell_is_free(struct pymm_thread *thread, struct pymm_frame *frame, u32 cell)
{
	u32 i, closure = frame->function ? pymm_function_get(thread->arena, frame->function,
							     PYMM_FUNCTION_REF_CLOSURE) : 0;
	int err = 0;

	for (i = 0; !err && closure && i < pymm_object(thread->arena, closure)->len; i++) {
		if (pymm_items(thread->arena, closure)[i] == cell)
			return 1;
		err = pymm_tick(thread, 1);
	}
	return err;
}

static int pymm_raise_empty_cell(struct pymm_thread *thread, struct pymm_frame *frame, u16 slot,
				 u32 cell)
{
	char name[PYMM_MESSAGE_SIZE / 2];
	int ret = pymm_cell_is_free(thread, frame, cell);

	if (ret <= 0)
		return ret ?: pymm_raise_unbound(thread, frame, slot);
	pymm_slot_name(thread->arena, frame->bytecode, slot, name, sizeof(name));
	return pymm_raise(thread, PYMM_EXC_NAME_ERROR,
			  "cannot access free variable '%s' where it is not associated with a value in enclosing scope",
			  name);
}

/* The slot's value, if it has one, moves into the cell. */
int pymm_op_MAKE_CELL(struct pymm_thread *thread, struct pymm_frame *frame,
		      const struct pymm_insn *insn)
{
	u32 cell = pymm_cell_new(thread->arena, frame->slots[insn->dst]);

	if (!cell)
		return pymm_raise_nomem(thread);
	frame->slots[insn->dst] = cell;
	return PYMM_NEXT;
}

int pymm_op_LOAD_DEREF(struct pymm_thread *thread, struct pymm_frame *frame,
		       const struct pymm_insn *insn)
{
	u32 cell, value;
	int err = pymm_in_cell(thread, frame, insn->src1, &cell);

	if (err)
		return err;
	value = pymm_cell_get(thread->arena, cell);
	if (!value)
		return pymm_raise_empty_cell(thread, frame, insn->src1, cell);
	return pymm_result(thread, frame, insn, pymm_get(thread->arena, value));
}

int pymm_op_STORE_DEREF(struct pymm_thread *thread, struct pymm_frame *frame,
			const struct pymm_insn *insn)
{
	u32 value, cell, old;
	int err = pymm_in(thread, frame, insn->src1, &value) ?:
		  pymm_in_cell(thread, frame, insn->src2, &cell);

	if (err)
		return err;
	old = pymm_cell_set(thread->arena, cell, pymm_get(thread->arena, value));
	pymm_put_if(thread, old);
	return pymm_done(thread, frame, insn);
}

int pymm_op_DELETE_DEREF(struct pymm_thread *thread, struct pymm_frame *frame,
			 const struct pymm_insn *insn)
{
	u32 cell;
	int err = pymm_in_cell(thread, frame, insn->src1, &cell);

	if (err)
		return err;
	if (!pymm_cell_get(thread->arena, cell))
		return pymm_raise_empty_cell(thread, frame, insn->src1, cell);
	pymm_put(thread, pymm_cell_set(thread->arena, cell, 0));
	return PYMM_NEXT;
}

/* The cells of the function's closure. */
int pymm_op_COPY_FREE_VARS(struct pymm_thread *thread, struct pymm_frame *frame,
			   const struct pymm_insn *insn)
{
	struct pymm_arena *arena = thread->arena;
	u32 i, closure = frame->function ? pymm_function_get(arena, frame->function,
							     PYMM_FUNCTION_REF_CLOSURE) : 0;
	u32 length = closure ? pymm_object(arena, closure)->len : 0;

	if (length != insn->imm)
		return pymm_raise(thread, PYMM_EXC_VALUE_ERROR,
				  "requires closure of length %lld, not %u", insn->imm, length);
	for (i = 0; i < length; i++)
		pymm_frame_store(thread, frame, insn->dst + i,
				 pymm_get(arena, pymm_items(arena, closure)[i]));
	return PYMM_NEXT;
}
