// SPDX-License-Identifier: GPL-2.0
/*
 * Built-in functions and types, and where their names are found. The Python beside each program
 * gave the text that is expected (CPython 3.13), but where pymm has words of its own.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "kselftest_harness.h"
#include "program_util.h"
#include "pymm_util.h"

PT_FIXTURE(builtins)

/* print(name(...)), of constants, or of what stands in r0, r1 ... */
#define CALL0(name)		"LOAD_GLOBAL r9, " name "\nCALL r20, r9!, ()\nPRINT r20, end\n"
#define CALL_R(name, args)	"LOAD_GLOBAL r9, " name "\nCALL r20, r9!, " args "\nPRINT r20, end\n"
#define CALL1(name, a)		"LOAD_CONST r0, " a "\n" CALL_R(name, "r0")
#define CALL2(name, a, b)	"LOAD_CONST r0, " a "\nLOAD_CONST r1, " b "\n" CALL_R(name, "r0..r1")
#define CALL3(name, a, b, c)	"LOAD_CONST r0, " a "\nLOAD_CONST r1, " b "\nLOAD_CONST r2, " c "\n"	\
				CALL_R(name, "r0..r2")
#define CALL4(name, a)		"LOAD_CONST r0, " a "\nCOPY r1, r0\nCOPY r2, r0\nCOPY r3, r0\n"	\
				CALL_R(name, "r0..r3")
/* name(x=1) */
#define CALL_X(name)		"LOAD_CONST r0, 1\nLOAD_CONST r1, ('x',)\nLOAD_GLOBAL r9, " name "\n"	\
				"CALL_KW r20, r9!, r0..r1\nPRINT r20, end\n"
#define EMPTY_LIST		"BUILD_LIST r0, ()\n"

/* r0 = name(...) */
#define EXCEPTION(name, args)	"LOAD_GLOBAL r0, " name "\nCALL r0, r0!, " args "\n"

/* class C: pass; r0 = C() */
#define CLASS_C	"LOAD_CONST r200, None\nBUILD_MAP r201, ()\nBUILD_CLASS r200, r200, r201!, C\nCALL r0, r200, ()\n"

/* 2.08 */
TEST_F(builtins, the_last_scope)
{
	static const struct pt_row rows[] = {
		{ "len=lambda o:7; print(len([])); del len; print(len([]))",
		  "MAKE_FUNCTION r0, seven\nSTORE_GLOBAL r0!, len\nBUILD_LIST r1, ()\nLOAD_CONST r3, 2\nLOAD_CONST r4, 1\n"
		  "again:\nLOAD_GLOBAL r0, len\nCALL r2, r0!, r1\nPRINT r2, end\nBINARY_OP r3, r3!, r4, -\n"
		  "POP_JUMP_IF_FALSE r3, done\nDELETE_GLOBAL len\nJUMP_BACKWARD again\ndone:\n" END
		  ".code seven o\nLOAD_CONST r1, 7\nRETURN_VALUE r1\n", "7\n0\n" },
		{ "a hint of one namespace does not count in the other",
		  "LOAD_CONST r0, 0\nLOAD_CONST r1, 1\nSTORE_GLOBAL r0, a\nSTORE_GLOBAL r0, b\nagain:\nLOAD_GLOBAL r2, len\n"
		  "PRINT r2, end\nPOP_JUMP_IF_TRUE r0, done\nSTORE_GLOBAL r1, len\nCOPY r0, r1\nJUMP_BACKWARD again\n"
		  "done:\nDELETE_GLOBAL a\nDELETE_GLOBAL b\nDELETE_GLOBAL len\n" END, "<built-in function len>\n1\n" },
		{ "nowhere", "LOAD_GLOBAL r0, nowhere\n" END, "NameError: name 'nowhere' is not defined\n" },
		{ "del len", "DELETE_GLOBAL len\n" END, "NameError: name 'len' is not defined\n" },
		{ "print('len' in globals())", "LOAD_GLOBALS r0\nLOAD_CONST r1, 'len'\nCONTAINS_OP r2, r1, r0, in\n"
		  "PRINT r2, end\n" END, "False\n" },
		{ "print(len, int, type(len), [len])", "LOAD_GLOBAL r0, len\nPRINT r0\nLOAD_GLOBAL r1, int\nPRINT r1\n"
		  "GET_TYPE r1, r0\nPRINT r1\nBUILD_LIST r1, r0\nPRINT r1, end\n" END,
		  "<built-in function len> <class 'int'> <class 'builtin_function_or_method'> [<built-in function len>]\n" },
		{ "print(int is type(1), bool is type(True), object is type(object()), type is type(int))",
		  "LOAD_GLOBAL r0, int\nLOAD_CONST r1, 1\nGET_TYPE r1, r1\nIS_OP r2, r0, r1, is\nPRINT r2\n"
		  "LOAD_GLOBAL r0, bool\nLOAD_CONST r1, True\nGET_TYPE r1, r1\nIS_OP r2, r0, r1, is\nPRINT r2\n"
		  "LOAD_GLOBAL r0, object\nCALL r1, r0, ()\nGET_TYPE r1, r1!\nIS_OP r2, r0, r1, is\nPRINT r2\n"
		  "LOAD_GLOBAL r0, type\nGET_TYPE r1, r0\nIS_OP r2, r0, r1, is\nPRINT r2, end\n" END, "True True True True\n" },
		{ "a local of a function that is named len", "MAKE_FUNCTION r0, f\nCALL r1, r0, ()\n" END
		  ".code f\n.slot len\nCOPY r1, len\n" END,
		  "UnboundLocalError: cannot access local variable 'len' where it is not associated with a value\n" },
		{ "'isinstance' is a constant of its own", "LOAD_CONST r0, 'isinstance'\nPRINT r0\nGET_REFCOUNT r0, r0\n"
		  "PRINT r0, end\n" END, "isinstance 4294967295\n" },
	};

	EXPECT_ROWS(rows);
}

TEST_F(builtins, arguments)
{
	static const struct pt_row rows[] = {
		{ "len()", CALL0("len") END, "TypeError: len() takes exactly one argument (0 given)\n" },
		{ "len(1, 2)", CALL2("len", "1", "2") END, "TypeError: len() takes exactly one argument (2 given)\n" },
		{ "len(x=1)", CALL_X("len") END, "TypeError: len() takes no keyword arguments\n" },
		{ "isinstance(1)", CALL1("isinstance", "1") END, "TypeError: isinstance expected 2 arguments, got 1\n" },
		{ "isinstance(1, 1, 1)", CALL3("isinstance", "1", "1", "1") END,
		  "TypeError: isinstance expected 2 arguments, got 3\n" },
		{ "isinstance(x=1)", CALL_X("isinstance") END, "TypeError: isinstance() takes no keyword arguments\n" },
		{ "getattr(1)", CALL1("getattr", "1") END, "TypeError: getattr expected at least 2 arguments, got 1\n" },
		{ "getattr(1, 1, 1, 1)", CALL4("getattr", "1") END,
		  "TypeError: getattr expected at most 3 arguments, got 4\n" },
		{ "setattr(1, 2)", CALL2("setattr", "1", "2") END, "TypeError: setattr expected 3 arguments, got 2\n" },
		{ "iter()", CALL0("iter") END, "TypeError: iter expected at least 1 argument, got 0\n" },
		{ "next(1, 1, 1)", CALL3("next", "1", "1", "1") END,
		  "TypeError: next expected at most 2 arguments, got 3\n" },
		{ "min()", CALL0("min") END, "TypeError: min expected at least 1 argument, got 0\n" },
		{ "max(x=1)", CALL_X("max") END, "TypeError: max() got an unexpected keyword argument 'x'\n" },
		{ "hash()", CALL0("hash") END, "TypeError: hash() takes exactly one argument (0 given)\n" },
		{ "print(f(*(), **{}))", "LOAD_GLOBAL r9, len\nLOAD_CONST r0, 'abc'\nLOAD_CONST r1, ()\n"
		  "CALL_KW r2, r9, r0..r1\nPRINT r2, end\n" END, "3\n" },
		{ "len is not changed by what it consumes", "LOAD_GLOBAL r9, len\nBUILD_LIST r0, ()\nGET_REFCOUNT r1, r0\n"
		  "CALL r2, r9, r0\nGET_REFCOUNT r2, r0\nBINARY_OP r2, r2!, r1, -\nPRINT r2\nCALL r2, r9!, r0!\nPRINT r2, end\n"
		  END, "0 0\n" },
	};

	EXPECT_ROWS(rows);
}

TEST_F(builtins, functions)
{
	static const struct pt_row rows[] = {
		{ "len('abc')", CALL1("len", "'abc'") END, "3\n" },
		{ "len(1)", CALL1("len", "1") END, "TypeError: object of type 'int' has no len()\n" },
		{ "len(object())", "LOAD_GLOBAL r0, object\nCALL r0, r0!, ()\n" CALL_R("len", "r0") END,
		  "TypeError: object of type 'object' has no len()\n" },
		{ "id(x) == id(x)", "BUILD_LIST r0, ()\nGET_ID r1, r0\nLOAD_GLOBAL r9, id\nCALL r2, r9, r0\n"
		  "COMPARE_OP r2, r2!, r1, ==\nPRINT r2, end\n" END, "True\n" },
		{ "abs(-5)", CALL1("abs", "-5") END, "5\n" },
		{ "abs(True) is 1", CALL1("abs", "True") END, "1\n" },
		{ "x = 1000; print(abs(x) is x)", "LOAD_CONST r0, 1000\nLOAD_GLOBAL r9, abs\nCALL r1, r9, r0\n"
		  "IS_OP r1, r1, r0, is\nPRINT r1, end\n" END, "True\n" },
		{ "abs('a')", CALL1("abs", "'a'") END, "TypeError: bad operand type for abs(): 'str'\n" },
		{ "abs(-2**63), of 64 bits", CALL1("abs", "-9223372036854775808") END,
		  "OverflowError: int result does not fit in 64 bits\n" },
		{ "hash(-1), hash(7), hash(2**61-1), hash(2**63-1), hash(-2**63), hash(True), hash(None)",
		  CALL1("hash", "-1") CALL1("hash", "7") CALL1("hash", "2305843009213693951")
		  CALL1("hash", "9223372036854775807") CALL1("hash", "-9223372036854775808") CALL1("hash", "True")
		  CALL1("hash", "None") END, "-2\n7\n0\n3\n-4\n1\n4238894112\n" },
		{ "hash([])", EMPTY_LIST CALL_R("hash", "r0") END, "TypeError: unhashable type: 'list'\n" },
		{ "hash(('a', 1)) == hash(('a', 1))", "LOAD_GLOBAL r9, hash\nLOAD_CONST r0, 'a'\nLOAD_CONST r1, 1\n"
		  "BUILD_TUPLE r2, r0..r1\nBUILD_TUPLE r3, r0..r1\nCALL r2, r9, r2!\nCALL r3, r9, r3!\n"
		  "COMPARE_OP r2, r2!, r3!, ==\nPRINT r2, end\n" END, "True\n" },
		{ "callable(len), callable(int), callable(1), callable([])",
		  "LOAD_GLOBAL r0, len\n" CALL_R("callable", "r0") "LOAD_GLOBAL r0, int\n" CALL_R("callable", "r0")
		  CALL1("callable", "1") EMPTY_LIST CALL_R("callable", "r0") END, "True\nTrue\nFalse\nFalse\n" },
		{ "min(5, 3, 4), max(5, 3, 4)", CALL3("min", "5", "3", "4") CALL3("max", "5", "3", "4") END, "3\n5\n" },
		{ "x = 1000; y = 1000: min and max give the first", "LOAD_CONST r0, 1000\nLOAD_CONST r2, 1\n"
		  "BINARY_OP r1, r0, r2, +\nBINARY_OP r1, r1!, r2, -\nLOAD_GLOBAL r9, max\nCALL r3, r9!, r0..r1\n"
		  "IS_OP r3, r3!, r0, is\nPRINT r3, end\n" END, "True\n" },
		{ "max('abc'), min((3, 1, 2))", CALL1("max", "'abc'") CALL1("min", "(3, 1, 2)") END, "c\n1\n" },
		{ "max(())", CALL1("max", "()") END, "ValueError: max() iterable argument is empty\n" },
		{ "min(1)", CALL1("min", "1") END, "TypeError: 'int' object is not iterable\n" },
		{ "max([1, 'a'])", CALL1("max", "(1, 'a')") END,
		  "TypeError: '>' not supported between instances of 'str' and 'int'\n" },
		{ "min(1, 'a')", CALL2("min", "1", "'a'") END,
		  "TypeError: '<' not supported between instances of 'str' and 'int'\n" },
		{ "print(isinstance([], list), isinstance(len, object))", EMPTY_LIST "LOAD_GLOBAL r1, list\n"
		  CALL_R("isinstance", "r0..r1") "LOAD_GLOBAL r0, len\nLOAD_GLOBAL r1, object\n"
		  CALL_R("isinstance", "r0..r1") END, "True\nTrue\n" },
		{ "print(isinstance(True, int), isinstance(1, bool))", "LOAD_CONST r0, True\nLOAD_GLOBAL r1, int\n"
		  CALL_R("isinstance", "r0..r1") "LOAD_CONST r0, 1\nLOAD_GLOBAL r1, bool\n"
		  CALL_R("isinstance", "r0..r1") END, "True\nFalse\n" },
		{ "isinstance(1, (str, (int, 2)))", "LOAD_GLOBAL r0, int\nLOAD_CONST r1, 2\nBUILD_TUPLE r1, r0..r1\n"
		  "LOAD_GLOBAL r0, str\nBUILD_TUPLE r1, r0..r1\nLOAD_CONST r0, 1\n" CALL_R("isinstance", "r0..r1") END,
		  "True\n" },
		{ "isinstance('a', ((), (int,)))", "LOAD_CONST r0, ()\nLOAD_GLOBAL r1, int\nBUILD_TUPLE r1, r1\n"
		  "BUILD_TUPLE r1, r0..r1\nLOAD_CONST r0, 'a'\n" CALL_R("isinstance", "r0..r1") END, "False\n" },
		{ "isinstance(1, 2)", CALL2("isinstance", "1", "2") END,
		  "TypeError: isinstance() arg 2 must be a type, a tuple of types, or a union\n" },
		{ "isinstance(1, (2,))", CALL2("isinstance", "1", "(2,)") END,
		  "TypeError: isinstance() arg 2 must be a type, a tuple of types, or a union\n" },
		{ "class D(C): isinstance(D(), C), isinstance(C(), D), isinstance(D(), object), issubclass(D, C)",
		  CLASS_C "BUILD_MAP r201, ()\nBUILD_CLASS r201, r200, r201!, D\nCALL r0, r201, ()\nCOPY r1, r200\n"
		  CALL_R("isinstance", "r0..r1") "CALL r0, r200, ()\nCOPY r1, r201\n" CALL_R("isinstance", "r0..r1")
		  "CALL r0, r201, ()\nLOAD_GLOBAL r1, object\n" CALL_R("isinstance", "r0..r1")
		  "COPY r0, r201\nCOPY r1, r200\n" CALL_R("issubclass", "r0..r1") END, "True\nFalse\nTrue\nTrue\n" },
		{ "issubclass(bool, int), issubclass(int, bool), issubclass(object, int)",
		  "LOAD_GLOBAL r0, bool\nLOAD_GLOBAL r1, int\n" CALL_R("issubclass", "r0..r1") "COPY r2, r0\nCOPY r0, r1\n"
		  "COPY r1, r2\n" CALL_R("issubclass", "r0..r1") "LOAD_GLOBAL r0, object\n" CALL_R("issubclass", "r0..r1") END,
		  "True\nFalse\nFalse\n" },
		{ "issubclass(1, int)", "LOAD_CONST r0, 1\nLOAD_GLOBAL r1, int\n" CALL_R("issubclass", "r0..r1") END,
		  "TypeError: issubclass() arg 1 must be a class\n" },
		{ "issubclass(int, 1)", "LOAD_GLOBAL r0, int\nLOAD_CONST r1, 1\n" CALL_R("issubclass", "r0..r1") END,
		  "TypeError: issubclass() arg 2 must be a class, a tuple of classes, or a union\n" },
	};

	EXPECT_ROWS(rows);
}

/* t = (); for _ in range(1100): t = (t,); isinstance(1, t) */
TEST_F(builtins, isinstance_of_a_deep_tuple)
{
	EXPECT_EXEC("RecursionError: maximum recursion depth exceeded in __instancecheck__\n",
		    "LOAD_CONST r1, ()\nLOAD_CONST r2, 1100\nLOAD_CONST r3, 1\nagain:\nBUILD_TUPLE r1, r1!\n"
		    "BINARY_OP r2, r2!, r3, -\nPOP_JUMP_IF_FALSE r2, done\nJUMP_BACKWARD again\ndone:\n"
		    "LOAD_CONST r0, 1\n" CALL_R("isinstance", "r0..r1") END);
}

TEST_F(builtins, attributes)
{
	static const struct pt_row rows[] = {
		{ "setattr(c, 'x', 5); print(getattr(c, 'x'), hasattr(c, 'x')); delattr(c, 'x'); print(hasattr(c, 'x'))",
		  CLASS_C "LOAD_CONST r1, 'x'\nLOAD_CONST r2, 5\n" CALL_R("setattr", "r0..r2") CALL_R("getattr", "r0..r1")
		  CALL_R("hasattr", "r0..r1") CALL_R("delattr", "r0..r1") CALL_R("hasattr", "r0..r1")
		  CALL_R("getattr", "r0..r2") CALL_R("getattr", "r0..r1") END,
		  "None\n5\nTrue\nNone\nFalse\n5\nAttributeError: 'C' object has no attribute 'x'\n" },
		{ "getattr(1, 2)", CALL2("getattr", "1", "2") END, "TypeError: attribute name must be string, not 'int'\n" },
		{ "hasattr(1, 2)", CALL2("hasattr", "1", "2") END, "TypeError: attribute name must be string, not 'int'\n" },
		{ "setattr(1, 2, 3)", CALL3("setattr", "1", "2", "3") END,
		  "TypeError: attribute name must be string, not 'int'\n" },
		{ "delattr(1, 2)", CALL2("delattr", "1", "2") END, "TypeError: attribute name must be string, not 'int'\n" },
		{ "getattr(1, 'x')", CALL2("getattr", "1", "'x'") END,
		  "AttributeError: 'int' object has no attribute 'x'\n" },
		{ "getattr(1, 'x', 5)", CALL3("getattr", "1", "'x'", "5") END, "5\n" },
		{ "setattr(1, 'x', 3)", CALL3("setattr", "1", "'x'", "3") END,
		  "AttributeError: 'int' object has no attribute 'x' and no __dict__ for setting new attributes\n" },
		{ "delattr(1, 'x')", CALL2("delattr", "1", "'x'") END,
		  "AttributeError: 'int' object has no attribute 'x' and no __dict__ for setting new attributes\n" },
		{ "setattr(int, 'x', 1)", "LOAD_GLOBAL r0, int\nLOAD_CONST r1, 'x'\nCOPY r2, r1\n"
		  CALL_R("setattr", "r0..r2") END, "TypeError: cannot set 'x' attribute of immutable type 'int'\n" },
		{ "len.x = 1", "LOAD_GLOBAL r0, len\nSTORE_ATTR r0, r0, x\n" END,
		  "AttributeError: 'builtin_function_or_method' object has no attribute 'x' and no __dict__ for setting new attributes\n" },
		{ "getattr(int, '__name__')", "LOAD_GLOBAL r0, int\nLOAD_CONST r1, '__name__'\n" CALL_R("getattr", "r0..r1") END,
		  "int\n" },
		{ "setattr drops the old value", CLASS_C "LOAD_CONST r1, 'x'\nBUILD_LIST r2, ()\n" CALL_R("setattr", "r0..r2")
		  "COPY r3, r2\nLOAD_CONST r2, 1\n" CALL_R("setattr", "r0..r2") "GET_REFCOUNT r4, r3\nPRINT r4, end\n" END,
		  "None\nNone\n1\n" },
	};

	EXPECT_ROWS(rows);
}

TEST_F(builtins, types_are_called)
{
	static const struct pt_row rows[] = {
		{ "int(), int(True), int('12'), int(' -1_0\\n'), int('+7')", CALL0("int") CALL1("int", "True")
		  CALL1("int", "'12'") CALL1("int", "' -1_0\\n'") CALL1("int", "'+7'") END, "0\n1\n12\n-10\n7\n" },
		{ "int('9223372036854775807'), int('-9223372036854775808')", CALL1("int", "'9223372036854775807'")
		  CALL1("int", "'-9223372036854775808'") END, "9223372036854775807\n-9223372036854775808\n" },
		{ "int('9223372036854775808'), of 64 bits", CALL1("int", "'9223372036854775808'") END,
		  "OverflowError: int result does not fit in 64 bits\n" },
		{ "int('-9223372036854775809'), of 64 bits", CALL1("int", "'-9223372036854775809'") END,
		  "OverflowError: int result does not fit in 64 bits\n" },
		{ "int('99999999999999999999'), of 64 bits", CALL1("int", "'99999999999999999999'") END,
		  "OverflowError: int result does not fit in 64 bits\n" },
		{ "int('')", CALL1("int", "''") END, "ValueError: invalid literal for int() with base 10: ''\n" },
		{ "int('1__0')", CALL1("int", "'1__0'") END, "ValueError: invalid literal for int() with base 10: '1__0'\n" },
		{ "int('_1')", CALL1("int", "'_1'") END, "ValueError: invalid literal for int() with base 10: '_1'\n" },
		{ "int('1_')", CALL1("int", "'1_'") END, "ValueError: invalid literal for int() with base 10: '1_'\n" },
		{ "int('--7')", CALL1("int", "'--7'") END, "ValueError: invalid literal for int() with base 10: '--7'\n" },
		{ "int('- 7')", CALL1("int", "'- 7'") END, "ValueError: invalid literal for int() with base 10: '- 7'\n" },
		{ "int('x')", CALL1("int", "'x'") END, "ValueError: invalid literal for int() with base 10: 'x'\n" },
		{ "int(' ' * 100000 + '7' + ' ' * 100000), int('0' * 4000)", "LOAD_CONST r1, ' '\nLOAD_CONST r2, 100000\n"
		  "BINARY_OP r1, r1!, r2, *\nLOAD_CONST r0, '7'\nBINARY_OP r0, r1, r0!, +\nBINARY_OP r0, r0!, r1!, +\n"
		  CALL_R("int", "r0") "LOAD_CONST r0, '0'\nLOAD_CONST r1, 4000\nBINARY_OP r0, r0!, r1, *\n"
		  CALL_R("int", "r0") END, "7\n0\n" },
		{ "int([])", EMPTY_LIST CALL_R("int", "r0") END,
		  "TypeError: int() argument must be a string, a bytes-like object or a real number, not 'list'\n" },
		{ "int(1, 2, 3)", CALL3("int", "1", "2", "3") END, "TypeError: int expected at most 2 arguments, got 3\n" },
		{ "int('12', 10): a base is refused here", CALL2("int", "'12'", "10") END,
		  "TypeError: pymm's int() has no base but 10\n" },
		{ "int(x=1)", CALL_X("int") END, "TypeError: int() got an unexpected keyword argument 'x'\n" },
		{ "x = 1000; int(x) is x", "LOAD_CONST r0, 1000\nLOAD_GLOBAL r9, int\nCALL r1, r9, r0\nIS_OP r1, r1, r0, is\n"
		  "PRINT r1, end\n" END, "True\n" },
		{ "bool(), bool([]), bool('a')", CALL0("bool") EMPTY_LIST CALL_R("bool", "r0") CALL1("bool", "'a'") END,
		  "False\nFalse\nTrue\n" },
		{ "bool(1, 2)", CALL2("bool", "1", "2") END, "TypeError: bool expected at most 1 argument, got 2\n" },
		{ "bool(x=1)", CALL_X("bool") END, "TypeError: bool() takes no keyword arguments\n" },
		{ "[str(), str(-12), str(True), str(False), str(None), str('ab')]", "LOAD_GLOBAL r9, str\nCALL r0, r9, ()\n"
		  "LOAD_CONST r1, -12\nCALL r1, r9, r1\nLOAD_CONST r2, True\nCALL r2, r9, r2\nLOAD_CONST r3, False\n"
		  "CALL r3, r9, r3\nLOAD_CONST r4, None\nCALL r4, r9, r4\nLOAD_CONST r5, 'ab'\nCALL r5, r9, r5\n"
		  "BUILD_LIST r0, r0..r5\nPRINT r0, end\n" END, "['', '-12', 'True', 'False', 'None', 'ab']\n" },
		{ "str([]), str((1, 'a', {2: b'x'}))", EMPTY_LIST CALL_R("str", "r0") "LOAD_CONST r1, 2\nLOAD_CONST r2, b'x'\nBUILD_MAP r2, r1..r2\n"
		  "LOAD_CONST r0, 1\nLOAD_CONST r1, 'a'\nBUILD_TUPLE r0, r0..r2\n" CALL_R("str", "r0") END, "[]\n(1, 'a', {2: b'x'})\n" },
		{ "str(0.1), str(1e16), str(-0.0), str(float('nan')), str(5e-324)", CALL1("str", "0.1") CALL1("str", "1e16") CALL1("str", "-0.0")
		  CALL1("str", "nan") CALL1("str", "5e-324") END, "0.1\n1e+16\n-0.0\nnan\n5e-324\n" },
		{ "str(ValueError()), str(ValueError(1)), str(ValueError(1, 'a')), str(ValueError('a long text')), str(ValueError(ValueError('x')))",
		  EXCEPTION("ValueError", "()") CALL_R("str", "r0") "LOAD_CONST r1, 1\n" EXCEPTION("ValueError", "r1") CALL_R("str", "r0")
		  "LOAD_CONST r2, 'a'\n" EXCEPTION("ValueError", "r1..r2") CALL_R("str", "r0") "LOAD_CONST r1, 'a long text'\n"
		  EXCEPTION("ValueError", "r1") CALL_R("str", "r0") "LOAD_CONST r1, 'x'\n" EXCEPTION("ValueError", "r1") "COPY r1, r0!\n"
		  EXCEPTION("ValueError", "r1") CALL_R("str", "r0") END, "\n1\n(1, 'a')\na long text\nx\n" },
		{ "str(KeyError('k')), str(KeyError()), str(KeyError(1, 2))",
		  "LOAD_CONST r1, 'k'\n" EXCEPTION("KeyError", "r1") CALL_R("str", "r0") EXCEPTION("KeyError", "()") CALL_R("str", "r0")
		  "LOAD_CONST r1, 1\nLOAD_CONST r2, 2\n" EXCEPTION("KeyError", "r1..r2") CALL_R("str", "r0") END, "'k'\n\n(1, 2)\n" },
		{ "str([ValueError(), ValueError(1), ValueError(1, 'a'), KeyError([2])])",
		  EXCEPTION("ValueError", "()") "COPY r3, r0!\nLOAD_CONST r1, 1\n" EXCEPTION("ValueError", "r1") "COPY r4, r0!\n"
		  "LOAD_CONST r2, 'a'\n" EXCEPTION("ValueError", "r1..r2") "COPY r5, r0!\nLOAD_CONST r1, 2\nBUILD_LIST r1, r1\n"
		  EXCEPTION("KeyError", "r1") "COPY r6, r0!\nBUILD_LIST r0, r3..r6\n" CALL_R("str", "r0") END,
		  "[ValueError(), ValueError(1), ValueError(1, 'a'), KeyError([2])]\n" },
		/* CPython's own stack has room for more of them. */
		{ "e = ValueError('x')\nfor i in range(30000): e = ValueError(e)\nstr(e)",
		  "LOAD_CONST r1, 'x'\nLOAD_CONST r2, 2000\nLOAD_CONST r3, 1\nmore:\n" EXCEPTION("ValueError", "r1") "COPY r1, r0!\n"
		  "BINARY_OP r2, r2!, r3, -\nPOP_JUMP_IF_FALSE r2, done\nJUMP_BACKWARD more\ndone:\n" CALL_R("str", "r1") END,
		  "RecursionError: maximum recursion depth exceeded while getting the str of an object\n" },
		{ "str(range(3)), str(range(1, 9, 2)), str(slice(1, None)), str(len), str(int)",
		  CALL1("range", "3") "COPY r0, r20!\n" CALL_R("str", "r0") CALL3("range", "1", "9", "2") "COPY r0, r20!\n" CALL_R("str", "r0")
		  CALL2("slice", "1", "None") "COPY r0, r20!\n" CALL_R("str", "r0") "LOAD_GLOBAL r0, len\n" CALL_R("str", "r0")
		  "LOAD_GLOBAL r0, int\n" CALL_R("str", "r0") END,
		  "range(0, 3)\nrange(0, 3)\nrange(1, 9, 2)\nrange(1, 9, 2)\nslice(1, None, None)\nslice(1, None, None)\n"
		  "<built-in function len>\n<class 'int'>\n" },
		{ "str(x=1)", CALL_X("str") END, "TypeError: str() got an unexpected keyword argument 'x'\n" },
		{ "list(), list('ab'), list((1, 2))", CALL0("list") CALL1("list", "'ab'") CALL1("list", "(1, 2)") END,
		  "[]\n['a', 'b']\n[1, 2]\n" },
		{ "list({1: 2})", "LOAD_CONST r0, 1\nLOAD_CONST r1, 2\nBUILD_MAP r0, r0..r1\n" CALL_R("list", "r0") END, "[1]\n" },
		{ "list(1)", CALL1("list", "1") END, "TypeError: 'int' object is not iterable\n" },
		{ "list(1, 2)", CALL2("list", "1", "2") END, "TypeError: list expected at most 1 argument, got 2\n" },
		{ "list(x=1)", CALL_X("list") END, "TypeError: list() takes no keyword arguments\n" },
		{ "print(list(l) is l, list(l) == l)", "LOAD_CONST r0, 1\nBUILD_LIST r0, r0\nLOAD_GLOBAL r9, list\nCALL r1, r9, r0\n"
		  "IS_OP r2, r1, r0, is\nPRINT r2\nCOMPARE_OP r2, r1, r0, ==\nPRINT r2, end\n" END, "False True\n" },
		/* 1.11, 1.12 */
		{ "tuple(), tuple([1]), tuple('') is ()", CALL0("tuple") "LOAD_CONST r0, 1\nBUILD_LIST r0, r0\n"
		  CALL_R("tuple", "r0") "LOAD_CONST r0, ''\nLOAD_GLOBAL r9, tuple\nCALL r1, r9!, r0\nLOAD_CONST r0, ()\n"
		  "IS_OP r1, r1, r0, is\nPRINT r1, end\n" END, "()\n(1,)\nTrue\n" },
		{ "t = (1,); tuple(t) is t", "LOAD_CONST r0, (1,)\nLOAD_GLOBAL r9, tuple\nCALL r1, r9!, r0\nIS_OP r1, r1, r0, is\n"
		  "PRINT r1, end\n" END, "True\n" },
		{ "tuple(5)", CALL1("tuple", "5") END, "TypeError: 'int' object is not iterable\n" },
		{ "tuple(1, 2)", CALL2("tuple", "1", "2") END, "TypeError: tuple expected at most 1 argument, got 2\n" },
		{ "tuple(x=1)", CALL_X("tuple") END, "TypeError: tuple() takes no keyword arguments\n" },
		{ "dict(), dict(x=1)", CALL0("dict") CALL_X("dict") END, "{}\n{'x': 1}\n" },
		{ "d = {1: 2}; print(dict(d), dict(d) is d)", "LOAD_CONST r0, 1\nLOAD_CONST r1, 2\nBUILD_MAP r0, r0..r1\n"
		  "LOAD_GLOBAL r9, dict\nCALL r1, r9, r0\nPRINT r1\nIS_OP r1, r1, r0, is\nPRINT r1, end\n" END, "{1: 2} False\n" },
		{ "dict(((1, 2), 'ab', (1, 3)), x=7)", "LOAD_CONST r0, ((1, 2), 'ab', (1, 3))\nLOAD_CONST r1, 7\n"
		  "LOAD_CONST r2, ('x',)\nLOAD_GLOBAL r9, dict\nCALL_KW r1, r9, r0..r2\nPRINT r1, end\n" END,
		  "{1: 3, 'a': 'b', 'x': 7}\n" },
		{ "l = [(5, 6)]; i = iter(l); l += [i, 1, 2]; dict(i, a=7)", "LOAD_CONST r0, ((5, 6),)\nBUILD_LIST r1, ()\n"
		  "LIST_EXTEND r1, r0\nGET_ITER r0, r1\nLIST_APPEND r1, r0\nLOAD_CONST r2, (1, 2)\nLIST_EXTEND r1, r2\n"
		  "LOAD_CONST r1, 7\nLOAD_CONST r2, ('a',)\nLOAD_GLOBAL r9, dict\nCALL_KW r1, r9, r0..r2\nPRINT r1, end\n" END,
		  "{5: 6, 1: 2, 'a': 7}\n" },
		{ "dict((1,))", CALL1("dict", "(1,)") END,
		  "TypeError: cannot convert dictionary update sequence element #0 to a sequence\n" },
		{ "dict(((1, 2), (1,)))", CALL1("dict", "((1, 2), (1,))") END,
		  "ValueError: dictionary update sequence element #1 has length 1; 2 is required\n" },
		{ "dict(('abc',))", CALL1("dict", "('abc',)") END,
		  "ValueError: dictionary update sequence element #0 has length 3; 2 is required\n" },
		{ "dict(1)", CALL1("dict", "1") END, "TypeError: 'int' object is not iterable\n" },
		{ "dict(1, 2)", CALL2("dict", "1", "2") END, "TypeError: dict expected at most 1 argument, got 2\n" },
		{ "dict((([], 1),))", EMPTY_LIST "LOAD_CONST r1, 1\nBUILD_TUPLE r0, r0..r1\nBUILD_TUPLE r0, r0\n"
		  CALL_R("dict", "r0") END, "TypeError: unhashable type: 'list'\n" },
		{ "type(1), type(type)", CALL1("type", "1") "LOAD_GLOBAL r0, type\n" CALL_R("type", "r0") END,
		  "<class 'int'>\n<class 'type'>\n" },
		{ "type()", CALL0("type") END, "TypeError: type() takes 1 or 3 arguments\n" },
		{ "type(1, 2)", CALL2("type", "1", "2") END, "TypeError: type() takes 1 or 3 arguments\n" },
		{ "type(x=1)", CALL_X("type") END, "TypeError: type() takes 1 or 3 arguments\n" },
		{ "type(1, 2, 3)", CALL3("type", "1", "2", "3") END,
		  "TypeError: type.__new__() argument 1 must be str, not int\n" },
		{ "type('a', 2, 3)", CALL3("type", "'a'", "2", "3") END,
		  "TypeError: type.__new__() argument 2 must be tuple, not int\n" },
		{ "type('a', (), 3)", CALL3("type", "'a'", "()", "3") END,
		  "TypeError: type.__new__() argument 3 must be dict, not int\n" },
		{ "C = type('C', (), {'x': 5}); print(C, C().x)", "LOAD_CONST r0, 'x'\nLOAD_CONST r1, 5\nBUILD_MAP r2, r0..r1\n"
		  "LOAD_CONST r0, 'C'\nLOAD_CONST r1, ()\nLOAD_GLOBAL r9, type\nCALL r0, r9!, r0..r2\nPRINT r0\nCALL r1, r0, ()\n"
		  "LOAD_ATTR r1, r1!, x\nPRINT r1, end\n" END, "<class 'C'> 5\n" },
		{ "type('D', (object,), {}); type('D', (C,), {}).__name__", "LOAD_CONST r0, 'D'\nLOAD_GLOBAL r1, object\n"
		  "BUILD_TUPLE r1, r1\nBUILD_MAP r2, ()\n" CALL_R("type", "r0..r2") CLASS_C "LOAD_CONST r0, 'D'\n"
		  "BUILD_TUPLE r1, r200\nBUILD_MAP r2, ()\n" CALL_R("type", "r0..r2") END, "<class 'D'>\n<class 'D'>\n" },
		{ "class D(object): pass", "LOAD_GLOBAL r0, object\nBUILD_MAP r1, ()\nBUILD_CLASS r0, r0, r1!, D\nPRINT r0, end\n" END,
		  "<class 'D'>\n" },
		{ "type('C', (1,), {})", "LOAD_CONST r0, 'C'\nLOAD_CONST r1, (1,)\nBUILD_MAP r2, ()\n" CALL_R("type", "r0..r2") END,
		  "TypeError: metaclass conflict: the metaclass of a derived class must be a (non-strict) subclass of the metaclasses of all its bases\n" },
		{ "type('C', (A, B), {}): refused here", "LOAD_CONST r0, 'C'\nLOAD_CONST r1, (1, 2)\nBUILD_MAP r2, ()\n"
		  CALL_R("type", "r0..r2") END, "TypeError: pymm has no classes with more than one base\n" },
		{ "object(1)", CALL1("object", "1") END, "TypeError: object() takes no arguments\n" },
		{ "object() == object(), o == o, bool(o)", "LOAD_GLOBAL r9, object\nCALL r0, r9, ()\nCALL r1, r9, ()\n"
		  "COMPARE_OP r2, r0, r1, ==\nPRINT r2\nCOMPARE_OP r2, r0, r0, ==\nPRINT r2\nUNARY_NOT r2, r0\nPRINT r2, end\n" END,
		  "False True False\n" },
		{ "{object(): 1}", "LOAD_GLOBAL r9, object\nCALL r0, r9, ()\nLOAD_CONST r1, 1\nBUILD_MAP r2, r0..r1\n"
		  "BINARY_SUBSCR r2, r2, r0\nPRINT r2, end\n" END, "1\n" },
		{ "object().x = 1", "LOAD_GLOBAL r9, object\nCALL r0, r9, ()\nSTORE_ATTR r0, r0, x\n" END,
		  "AttributeError: 'object' object has no attribute 'x' and no __dict__ for setting new attributes\n" },
		{ "type(None)(), type(None)(1)", "LOAD_CONST r0, None\nGET_TYPE r9, r0\nCALL r1, r9, ()\nPRINT r1, end\n"
		  "CALL r1, r9, r0\n" END, "None\nTypeError: NoneType takes no arguments\n" },
		{ "type(len)()", "LOAD_GLOBAL r0, len\nGET_TYPE r0, r0\nCALL r1, r0, ()\n" END,
		  "TypeError: cannot create 'builtin_function_or_method' instances\n" },
	};

	EXPECT_ROWS(rows);
}

#define IN_RANGE(value)	"LOAD_GLOBAL r9, range\nLOAD_CONST r0, 3\nCALL r1, r9, r0\nLOAD_CONST r0, " value "\n"	\
			"CONTAINS_OP r2, r0, r1, in\nPRINT r2, end\n"
#define TYPE_OF_ITER(value)	"LOAD_CONST r0, " value "\nGET_ITER r0, r0!\nGET_TYPE r0, r0!\nPRINT r0, end\n"
/* r0 = {1, 2, 3}, r1 = iter(r0), next(r1) */
#define SET_ITER	"LOAD_CONST r2, (1, 2, 3)\nBUILD_SET r0, ()\nSET_UPDATE r0, r2\nGET_ITER r1, r0\nLOAD_GLOBAL r9, next\n"	\
			"CALL r2, r9, r1\n"

TEST_F(builtins, numbers_bytes_and_sets)
{
	static const struct pt_row rows[] = {
		{ "float(), float(True), float(3), float(-0.0)", CALL0("float") CALL1("float", "True") CALL1("float", "3")
		  CALL1("float", "-0.0") END, "0.0\n1.0\n3.0\n-0.0\n" },
		{ "float([])", EMPTY_LIST CALL_R("float", "r0") END,
		  "TypeError: float() argument must be a string or a real number, not 'list'\n" },
		{ "float('1.5'), float(' -1_0.5e-3\\n'), float(b'2'), float('-inf'), float('NaN')", CALL1("float", "'1.5'")
		  CALL1("float", "' -1_0.5e-3\\n'") CALL1("float", "b'2'") CALL1("float", "'-inf'") CALL1("float", "'NaN'") END,
		  "1.5\n-0.0105\n2.0\n-inf\nnan\n" },
		{ "float('1__0')", CALL1("float", "'1__0'") END, "ValueError: could not convert string to float: '1__0'\n" },
		{ "float(\"a'b\")", CALL1("float", "'a\\x27b'") END, "ValueError: could not convert string to float: \"a'b\"\n" },
		{ "float(b'x')", CALL1("float", "b'x'") END, "ValueError: could not convert string to float: b'x'\n" },
		{ "float('')", CALL1("float", "''") END, "ValueError: could not convert string to float: ''\n" },
		{ "int(b' 12 ')", CALL1("int", "b' 12 '") END, "12\n" },
		{ "int('1\\n2')", CALL1("int", "'1\\n2'") END, "ValueError: invalid literal for int() with base 10: '1\\n2'\n" },
		{ "float(1, 2)", CALL2("float", "1", "2") END, "TypeError: float expected at most 1 argument, got 2\n" },
		{ "float(x=1)", CALL_X("float") END, "TypeError: float() takes no keyword arguments\n" },
		{ "int(-1.9), int(1.9)", CALL1("int", "-1.9") CALL1("int", "1.9") END, "-1\n1\n" },
		{ "int(float('nan'))", CALL1("int", "nan") END, "ValueError: cannot convert float NaN to integer\n" },
		{ "int(float('inf'))", CALL1("int", "-inf") END, "OverflowError: cannot convert float infinity to integer\n" },
		{ "int(1e19), where ints have 64 bits", CALL1("int", "1e19") END,
		  "OverflowError: int result does not fit in 64 bits\n" },
		{ "abs(-1.5), abs(-0.0)", CALL1("abs", "-1.5") CALL1("abs", "-0.0") END, "1.5\n0.0\n" },
		{ "hash(1.5), hash(-1.5), hash(0.1), hash(float('-inf'))", CALL1("hash", "1.5") CALL1("hash", "-1.5")
		  CALL1("hash", "0.1") CALL1("hash", "-inf") END,
		  "1152921504606846977\n-1152921504606846977\n230584300921369408\n-314159\n" },
		{ "hash(-1.0), hash(2.0 ** 70), hash(5e-324)", CALL1("hash", "-1.0") CALL1("hash", "1180591620717411303424.0")
		  CALL1("hash", "5e-324") END, "-2\n512\n16777216\n" },
		{ "bytes(), bytes(3), bytes(True), bytes((1, 2, 255)), bytes(b'ab')", CALL0("bytes") CALL1("bytes", "3")
		  CALL1("bytes", "True") CALL1("bytes", "(1, 2, 255)") CALL1("bytes", "b'ab'") END,
		  "b''\nb'\\x00\\x00\\x00'\nb'\\x00'\nb'\\x01\\x02\\xff'\nb'ab'\n" },
		{ "bytes(0)", CALL1("bytes", "0") END, "b''\n" },
		{ "bytes(-1)", CALL1("bytes", "-1") END, "ValueError: negative count\n" },
		{ "bytes([256])", CALL1("bytes", "(256,)") END, "ValueError: bytes must be in range(0, 256)\n" },
		{ "bytes([1, 'a'])", CALL1("bytes", "(1, 'a')") END,
		  "TypeError: 'str' object cannot be interpreted as an integer\n" },
		{ "bytes('a')", CALL1("bytes", "'a'") END, "TypeError: string argument without an encoding\n" },
		{ "bytes(1.5)", CALL1("bytes", "1.5") END, "TypeError: cannot convert 'float' object to bytes\n" },
		{ "bytes(1, 2, 3, 4)", CALL4("bytes", "1") END, "TypeError: bytes() takes at most 3 arguments (4 given)\n" },
		{ "bytes(x=1)", CALL_X("bytes") END, "TypeError: bytes() got an unexpected keyword argument 'x'\n" },
		{ "bytes(2 ** 62), with pymm's own words", CALL1("bytes", "4611686018427387904") END,
		  "MemoryError: longer than 67108863\n" },
		{ "bytes('\\xe9', 'utf-8'), bytes('a', 'UTF8')", CALL2("bytes", "'\\u00e9'", "'utf-8'") CALL2("bytes", "'a'", "'UTF8'") END,
		  "b'\\xc3\\xa9'\nb'a'\n" },
		{ "bytes('a', 5)", CALL2("bytes", "'a'", "5") END, "TypeError: bytes() argument 'encoding' must be str, not int\n" },
		{ "bytes(b'a', 'utf-8')", CALL2("bytes", "b'a'", "'utf-8'") END, "TypeError: encoding without a string argument\n" },
		{ "bytes('a', 'U8', 'strict'), bytes('a', 'utf_8', 'nonsense')", CALL3("bytes", "'a'", "'U8'", "'strict'")
		  CALL3("bytes", "'a'", "'utf_8'", "'nonsense'") END, "b'a'\nb'a'\n" },
		{ "bytes('a', 'utf-8', 3)", CALL3("bytes", "'a'", "'utf-8'", "3") END,
		  "TypeError: bytes() argument 'errors' must be str, not int\n" },
		{ "bytes(1, 'latin-1')", CALL2("bytes", "1", "'latin-1'") END, "TypeError: encoding without a string argument\n" },
		{ "bytes(1) is bytes(1)", "LOAD_GLOBAL r9, bytes\nLOAD_CONST r0, 1\nCALL r1, r9, r0\nCALL r2, r9, r0\n"
		  "PRINT r1\nIS_OP r1, r1, r2, is\nPRINT r1, end\n" END, "b'\\x00' False\n" },
		{ "int('\\x1c1')", CALL1("int", "'\\x1c1'") END, "ValueError: invalid literal for int() with base 10: '\\x1c1'\n" },
		{ "float('\\x1c1')", CALL1("float", "'\\x1c1'") END, "ValueError: could not convert string to float: '\\x1c1'\n" },
		{ "float(b'1\\x1f')", CALL1("float", "b'1\\x1f'") END, "ValueError: could not convert string to float: b'1\\x1f'\n" },
		{ "bytes('a', 'ascii'), which pymm does not know", CALL2("bytes", "'a'", "'ascii'") END,
		  "TypeError: pymm's bytes() has no encoding but UTF-8\n" },
		{ "set(), set((3, 1)), frozenset(), frozenset('a')", CALL0("set") CALL1("set", "(3, 1)") CALL0("frozenset")
		  CALL1("frozenset", "'a'") END, "set()\n{1, 3}\nfrozenset()\nfrozenset({'a'})\n" },
		{ "set(1)", CALL1("set", "1") END, "TypeError: 'int' object is not iterable\n" },
		{ "set(1, 2)", CALL2("set", "1", "2") END, "TypeError: set expected at most 1 argument, got 2\n" },
		{ "set(x=1)", CALL_X("set") END, "TypeError: set() takes no keyword arguments\n" },
		{ "frozenset(x=1)", CALL_X("frozenset") END, "TypeError: frozenset() takes no keyword arguments\n" },
		{ "slice(1), slice(1, 2), slice(1, 2, 3)", CALL1("slice", "1") CALL2("slice", "1", "2")
		  CALL3("slice", "1", "2", "3") END, "slice(None, 1, None)\nslice(1, 2, None)\nslice(1, 2, 3)\n" },
		{ "slice()", CALL0("slice") END, "TypeError: slice expected at least 1 argument, got 0\n" },
		{ "slice(1, 1, 1, 1)", CALL4("slice", "1") END, "TypeError: slice expected at most 3 arguments, got 4\n" },
		{ "slice(x=1)", CALL_X("slice") END, "TypeError: slice() takes no keyword arguments\n" },
		{ "list(b'ab'), tuple({3, 1})", CALL1("list", "b'ab'") "LOAD_CONST r1, (3, 1)\nBUILD_SET r0, ()\nSET_UPDATE r0, r1\n"
		  CALL_R("tuple", "r0") END, "[97, 98]\n(1, 3)\n" },
		{ "type(iter(b'a')), type(iter({1}))", TYPE_OF_ITER("b'a'") "LOAD_CONST r0, 1\nBUILD_SET r0, r0\nGET_ITER r0, r0!\n"
		  "GET_TYPE r0, r0!\nPRINT r0, end\n" END, "<class 'bytes_iterator'>\n<class 'set_iterator'>\n" },
		{ "1.0 in range(3), 1.5 in range(3), float('inf') in range(3)", IN_RANGE("1.0") IN_RANGE("1.5") IN_RANGE("inf") END,
		  "True\nFalse\nFalse\n" },
		{ "s = {1, 2, 3}; i = iter(s); next(i); s.add(9); next(i)", SET_ITER "LOAD_CONST r3, 9\nSET_ADD r0, r3\n"
		  "CALL r2, r9, r1\n" END, "RuntimeError: Set changed size during iteration\n" },
		{ "s.add(9); s.remove(9); next(i); s.add(9); list(i)", SET_ITER "LOAD_CONST r3, 9\nSET_ADD r0, r3\nCOPY r4, r3\nLOAD_GLOBAL r5, list\n"
		  "SET_REMOVE r0, r3\nCALL r2, r9, r1\nPRINT r2, end\nSET_ADD r0, r3\nCALL r2, r5, r1\n" END,
		  "2\nRuntimeError: Set changed size during iteration\n" },
		{ "s.remove(2); s.add(50); list(i)", SET_ITER "LOAD_CONST r3, 2\nSET_REMOVE r0, r3\nLOAD_CONST r3, 50\nSET_ADD r0, r3\n"
		  "LOAD_GLOBAL r5, list\nCALL r2, r5, r1\nPRINT r2, end\n" END, "[50, 3]\n" },
	};

	EXPECT_ROWS(rows);
}

TEST_F(builtins, functions_of_a_namespace)
{
#define FUNCTION_TYPE	"MAKE_FUNCTION r9, f\nGET_TYPE r9, r9!\n"
	static const struct pt_row rows[] = {
		{ "types.FunctionType(f.__code__, {'x': 5})()", FUNCTION_TYPE "MAKE_FUNCTION r0, f\nLOAD_ATTR r0, r0!, __code__\nLOAD_CONST r1, 'x'\n"
		  "LOAD_CONST r2, 5\nBUILD_MAP r1, r1..r2\nCALL r3, r9, r0..r1\nCALL r4, r3, ()\nPRINT r4, end\n" END
		  ".code f\nLOAD_GLOBAL r0, x\nSTORE_GLOBAL r0, y\nRETURN_VALUE r0\n", "5\n" },
		{ "types.FunctionType()", FUNCTION_TYPE "CALL r0, r9, ()\n" END ".code f\n" END,
		  "TypeError: function() missing required argument 'code' (pos 1)\n" },
		{ "types.FunctionType(1)", FUNCTION_TYPE "LOAD_CONST r0, 1\nCALL r0, r9, r0\n" END ".code f\n" END,
		  "TypeError: function() missing required argument 'globals' (pos 2)\n" },
		{ "types.FunctionType(1, 2)", FUNCTION_TYPE "LOAD_CONST r0, 1\nCOPY r1, r0\nCALL r0, r9, r0..r1\n" END
		  ".code f\n" END, "TypeError: function() argument 'code' must be code, not int\n" },
		{ "types.FunctionType(f.__code__, 2)", FUNCTION_TYPE "MAKE_FUNCTION r0, f\nLOAD_ATTR r0, r0!, __code__\nLOAD_CONST r1, 1\nCALL r0, r9, r0..r1\n" END
		  ".code f\n" END, "TypeError: function() argument 'globals' must be dict, not int\n" },
	};

	EXPECT_ROWS(rows);
}

/* 3.01: what a call drops dies before the next instruction */
TEST_F(builtins, what_dies)
{
	const char *text = "BUILD_LIST r0, ()\nBUILD_LIST r1, ()\nBUILD_TUPLE r0, r0..r1!\nLOAD_GLOBAL r9, list\n"
			   "CALL r2, r9!, r0!\nPRINT r2, end\n" END;
	struct pymm_stat before, after;

	/* The first print of a container makes what stays. */
	EXPECT_EXEC("[[], []]\n", text);
	before = pt_stat(self->arena);
	EXPECT_EXEC("[[], []]\n", text);
	after = pt_stat(self->arena);
	EXPECT_EQ(before.objects, after.objects);
	EXPECT_EQ(before.bytes, after.bytes);
}

/* What has no text in Python but that with an address: str() makes the same of it as print() does, alone and in a list. */
TEST_F(builtins, str_of_each_type)
{
	static const struct {
		const char *made;	/* in r0 */
		const char *begin;	/* of its text, up to its id */
	} cases[] = {
		{ CLASS_C, "<C object at id " },
		{ "LOAD_GLOBAL r0, object\nCALL r0, r0, ()\n", "<object object at id " },
		{ EMPTY_LIST "GET_ITER r0, r0\n", "<list_iterator object at id " },
		{ "LOAD_CONST r1, 3\nLOAD_GLOBAL r0, range\nCALL r0, r0, r1\nGET_ITER r0, r0\n", "<range_iterator object at id " },
		{ "MAKE_FUNCTION r0, f\n", "<function at id " },
		{ "MAKE_FUNCTION r0, f\nLOAD_ATTR r0, r0, __code__\n", "<code at id " },
		{ "LOCK_NEW r0\n", "<lock at id " },
		{ "LOAD_CONST r1, 'm'\nMAKE_FUNCTION r2, f\nBUILD_MAP r1, r1..r2\nLOAD_CONST r2, None\n"
		  "BUILD_CLASS r1, r2, r1, M\nCALL r1, r1, ()\nLOAD_ATTR r0, r1, m\n", "<method at id " },
		{ CLASS_C "COPY r4, r0\nLOAD_CONST r1, None\nWEAKREF_NEW r0, r0, r1\n", "<weakref at id " },
		{ "a:\nLOAD_GLOBAL r0, nothing\nb:\n.handler a, b, b, r0\nLOAD_ATTR r0, r0, __traceback__\n",
		  "<traceback at id " },
		{ "a:\nLOAD_GLOBAL r0, nothing\nb:\n.handler a, b, b, r0\nLOAD_ATTR r0, r0, __traceback__\n"
		  "LOAD_ATTR r0, r0, tb_frame\n", "<frame at id " },
	};
	static const char print[] =
		"BUILD_LIST r1, r0\nGET_ID r2, r0\nPRINT r2, end\nPRINT r0, end\nPRINT r1, end\nLOAD_GLOBAL r2, str\n"
		"CALL r3, r2, r0\nPRINT r3, end\nCALL r3, r2, r1\nPRINT r3, end\n" END ".code f\n" END;
	char text[64], expected[512];
	const char *seen;
	unsigned long id;

	for (unsigned int i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		seen = pt_execf(self->thread, "%s%s", cases[i].made, print);
		id = strtoul(seen, NULL, 10);
		snprintf(text, sizeof(text), "%s%lu>", cases[i].begin, id);
		snprintf(expected, sizeof(expected), "%lu\n%s\n[%s]\n%s\n[%s]\n", id, text, text, text, text);
		EXPECT_STREQ(expected, seen);
	}
}

TEST_HARNESS_MAIN
