/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
/*
 * The opcodes of pymm programs, one line each. This file has no include guard:
 * it is included wherever a table of opcodes is needed, after PYMM_OP() has been
 * defined to make of a line what the table wants.
 *
 * PYMM_OP(number, NAME, dst, src1, src2, imm, flags)
 *
 * dst, src1, src2 are operand kinds (PYMM_OPERAND_x):
 *   NO     unused, must be 0
 *   OUT    a slot that receives a new reference; what it held is dropped
 *   IN     a slot that is read; it must hold an object
 *   ARGS   the first of imm consecutive slots that are read
 *   PAIRS  the first of 2 * imm consecutive slots that are read: key, value, ...
 * imm is an immediate kind (PYMM_IMM_x):
 *   NONE   unused, must be 0
 *   CONST  index of a constant
 *   NAME   index of a constant that is a str
 *   CODE   index of a constant that is a code object
 *   COUNT  a number of consecutive slots, see ARGS and PAIRS
 *   FORWARD, BACKWARD  the index of the instruction to go on with
 *   BINARY enum pymm_binary     COMPARE enum pymm_compare
 *   INVERT 0 or 1               GENERATION 0, 1 or 2
 *   TIMEOUT nanoseconds, 0 not to wait, -1 for ever
 * flags are the PYMM_INSN_ flags that the opcode takes.
 *
 * The numbers are ABI. Names are those of CPython's dis module where the
 * meaning is the same.
 */
PYMM_OP(1, NOP, NO, NO, NO, NONE, 0)
PYMM_OP(2, LOAD_CONST, OUT, NO, NO, CONST, 0)
PYMM_OP(3, COPY, OUT, IN, NO, NONE, PYMM_INSN_CONSUME1)
PYMM_OP(4, DELETE_FAST, NO, IN, NO, NONE, 0)
PYMM_OP(5, LOAD_GLOBAL, OUT, NO, NO, NAME, 0)
PYMM_OP(6, STORE_GLOBAL, NO, IN, NO, NAME, PYMM_INSN_CONSUME1)
PYMM_OP(7, DELETE_GLOBAL, NO, NO, NO, NAME, 0)
PYMM_OP(8, LOAD_GLOBALS, OUT, NO, NO, NONE, 0)
PYMM_OP(9, BUILD_LIST, OUT, ARGS, NO, COUNT, PYMM_INSN_CONSUME1)
PYMM_OP(10, BUILD_TUPLE, OUT, ARGS, NO, COUNT, PYMM_INSN_CONSUME1)
PYMM_OP(11, BUILD_MAP, OUT, PAIRS, NO, COUNT, PYMM_INSN_CONSUME1)
PYMM_OP(12, LIST_APPEND, NO, IN, IN, NONE, PYMM_INSN_CONSUME1 | PYMM_INSN_CONSUME2)
PYMM_OP(13, LIST_EXTEND, NO, IN, IN, NONE, PYMM_INSN_CONSUME1 | PYMM_INSN_CONSUME2)
PYMM_OP(14, BINARY_OP, OUT, IN, IN, BINARY, PYMM_INSN_CONSUME1 | PYMM_INSN_CONSUME2)
PYMM_OP(15, COMPARE_OP, OUT, IN, IN, COMPARE, PYMM_INSN_CONSUME1 | PYMM_INSN_CONSUME2)
PYMM_OP(16, IS_OP, OUT, IN, IN, INVERT, PYMM_INSN_CONSUME1 | PYMM_INSN_CONSUME2)
PYMM_OP(17, CONTAINS_OP, OUT, IN, IN, INVERT, PYMM_INSN_CONSUME1 | PYMM_INSN_CONSUME2)
PYMM_OP(18, UNARY_NOT, OUT, IN, NO, NONE, PYMM_INSN_CONSUME1)
PYMM_OP(19, UNARY_NEGATIVE, OUT, IN, NO, NONE, PYMM_INSN_CONSUME1)
PYMM_OP(20, BINARY_SUBSCR, OUT, IN, IN, NONE, PYMM_INSN_CONSUME1 | PYMM_INSN_CONSUME2)
PYMM_OP(21, STORE_SUBSCR, IN, IN, IN, NONE,
	PYMM_INSN_CONSUME1 | PYMM_INSN_CONSUME2 | PYMM_INSN_CONSUME3)
PYMM_OP(22, DELETE_SUBSCR, NO, IN, IN, NONE, PYMM_INSN_CONSUME1 | PYMM_INSN_CONSUME2)
PYMM_OP(23, GET_LEN, OUT, IN, NO, NONE, PYMM_INSN_CONSUME1)
PYMM_OP(24, GET_ID, OUT, IN, NO, NONE, PYMM_INSN_CONSUME1)
PYMM_OP(25, GET_REFCOUNT, OUT, IN, NO, NONE, PYMM_INSN_CONSUME1)
PYMM_OP(26, PRINT, NO, IN, NO, NONE, PYMM_INSN_CONSUME1 | PYMM_INSN_END)
PYMM_OP(27, JUMP_FORWARD, NO, NO, NO, FORWARD, 0)
PYMM_OP(28, JUMP_BACKWARD, NO, NO, NO, BACKWARD, 0)
PYMM_OP(29, POP_JUMP_IF_FALSE, NO, IN, NO, FORWARD, PYMM_INSN_CONSUME1)
PYMM_OP(30, POP_JUMP_IF_TRUE, NO, IN, NO, FORWARD, PYMM_INSN_CONSUME1)
PYMM_OP(31, MAKE_FUNCTION, OUT, NO, NO, CODE, 0)
PYMM_OP(32, CALL, OUT, IN, ARGS, COUNT, PYMM_INSN_CONSUME1 | PYMM_INSN_CONSUME2)
PYMM_OP(33, RETURN_VALUE, NO, IN, NO, NONE, PYMM_INSN_CONSUME1)
PYMM_OP(34, GC_COLLECT, OUT, NO, NO, GENERATION, 0)
PYMM_OP(35, LOCK_NEW, OUT, NO, NO, NONE, 0)
PYMM_OP(36, LOCK_ACQUIRE, OUT, IN, NO, TIMEOUT, 0)
PYMM_OP(37, LOCK_RELEASE, NO, IN, NO, NONE, PYMM_INSN_CONSUME1)
