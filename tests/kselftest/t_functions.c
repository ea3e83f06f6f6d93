// SPDX-License-Identifier: GPL-2.0
/*
 * Functions: how arguments are bound, defaults, keywords, closures; and unpacking. The Python
 * beside each program gave the text that is expected (CPython 3.13).
 */
#include <stdlib.h>
#include <unistd.h>

#include "kselftest_harness.h"
#include "program_util.h"
#include "pymm_util.h"
#include "snapshot_util.h"

PT_FIXTURE(functions)

#define F_XY	".code f x y\nBUILD_TUPLE r2, x..y\nRETURN_VALUE r2!\n"
#define F_X	".code f x\nRETURN_VALUE x\n"
#define F_XYZ	".code f x y z\nBUILD_TUPLE r3, x..z\nRETURN_VALUE r3!\n"
#define F_KW	".code f x * k l\nBUILD_TUPLE r3, x..l\nRETURN_VALUE r3!\n"
#define MAKE	"MAKE_FUNCTION r0, f\n"
#define SHOW	"PRINT r1, end\n" END

TEST_F(functions, arguments)
{
	static const struct pt_row rows[] = {
		{ "f(1, 2)", MAKE "LOAD_CONST r2, 1\nLOAD_CONST r3, 2\nCALL r1, r0, r2..r3\n" SHOW F_XY,
		  "(1, 2)\n" },
		{ "f(y=1, x=2)", MAKE "LOAD_CONST r2, 1\nLOAD_CONST r3, 2\nLOAD_CONST r4, ('y', 'x')\n"
		  "CALL_KW r1, r0, r2..r4\n" SHOW F_XY, "(2, 1)\n" },
		{ "f(1, y=2)", MAKE "LOAD_CONST r2, 1\nLOAD_CONST r3, 2\nLOAD_CONST r4, ('y',)\n"
		  "CALL_KW r1, r0, r2..r4!\n" SHOW F_XY, "(1, 2)\n" },
		{ "f(**{'lo' + 'ng name': 1})", MAKE "LOAD_CONST r2, 1\nLOAD_CONST r3, 'lo'\nLOAD_CONST r4, 'ng'\n"
		  "BINARY_OP r3, r3, r4, +\nBUILD_TUPLE r3, r3!\nCALL_KW r1, r0, r2..r3\n" SHOW
		  ".code f long\nRETURN_VALUE long\n", "1\n" },
		{ "f(1, k=2, l=3)", MAKE "LOAD_CONST r2, 1\nLOAD_CONST r3, 2\nLOAD_CONST r4, 3\n"
		  "LOAD_CONST r5, ('k', 'l')\nCALL_KW r1, r0, r2..r5\n" SHOW F_KW, "(1, 2, 3)\n" },
	};

	EXPECT_ROWS(rows);
}

#define ONE	"LOAD_CONST r2, 1\nCALL r1, r0, r2\n" END
#define NONE	"CALL r1, r0, ()\n" END
#define KW(names) "LOAD_CONST r2, 1\nLOAD_CONST r3, (" names ")\nCALL_KW r1, r0, r2..r3\n" END
#define KW2(names) "LOAD_CONST r2, 1\nLOAD_CONST r3, 2\nLOAD_CONST r4, (" names ")\n"	\
	"CALL_KW r1, r0, r2..r4\n" END
#define DEFAULTS(tuple)	"LOAD_CONST r9, " tuple "\nSET_FUNCTION_ATTRIBUTE r0, r9!, defaults\n"

TEST_F(functions, wrong_arguments)
{
	static const struct pt_row rows[] = {
		{ "f()", MAKE NONE F_X,
		  "TypeError: f() missing 1 required positional argument: 'x'\n" },
		{ "f()", MAKE NONE F_XY,
		  "TypeError: f() missing 2 required positional arguments: 'x' and 'y'\n" },
		{ "f()", MAKE NONE F_XYZ,
		  "TypeError: f() missing 3 required positional arguments: 'x', 'y', and 'z'\n" },
		{ "f(1)", MAKE ONE ".code f\n" END,
		  "TypeError: f() takes 0 positional arguments but 1 was given\n" },
		{ "f(1, 2)", MAKE "LOAD_CONST r2, 1\nLOAD_CONST r3, 2\nCALL r1, r0, r2..r3\n" END F_X,
		  "TypeError: f() takes 1 positional argument but 2 were given\n" },
		{ "f(1, 2, k=2, l=2)", MAKE "LOAD_CONST r2, 1\nLOAD_CONST r3, 2\nLOAD_CONST r4, 2\n"
		  "LOAD_CONST r5, 2\nLOAD_CONST r6, ('k', 'l')\nCALL_KW r1, r0, r2..r6\n" END F_KW,
		  "TypeError: f() takes 1 positional argument but 2 positional arguments "
		  "(and 2 keyword-only arguments) were given\n" },
		{ "f(1)", MAKE ONE F_KW,
		  "TypeError: f() missing 2 required keyword-only arguments: 'k' and 'l'\n" },
		{ "f(1, k=2)", MAKE KW2("'k',") F_KW,
		  "TypeError: f() missing 1 required keyword-only argument: 'l'\n" },
		{ "f(other=1)", MAKE KW("'other',") F_X,
		  "TypeError: f() got an unexpected keyword argument 'other'\n" },
		{ "f(1, x=2)", MAKE KW2("'x',") F_X,
		  "TypeError: f() got multiple values for argument 'x'\n" },
		{ "f(x=1, **{'x': 2}), in bytecode", MAKE KW2("'x', 'x'") F_X,
		  "TypeError: f() got multiple values for argument 'x'\n" },
		{ "f.__defaults__ = (7,); f(1, 2, 3)", MAKE DEFAULTS("(7,)")
		  "LOAD_CONST r2, 1\nLOAD_CONST r3, 2\nLOAD_CONST r4, 3\nCALL r1, r0, r2..r4\n" END F_XY,
		  "TypeError: f() takes from 1 to 2 positional arguments but 3 were given\n" },
		{ "f.__defaults__ = (7,); f()", MAKE DEFAULTS("(7,)") NONE F_XY,
		  "TypeError: f() missing 1 required positional argument: 'x'\n" },
		{ "(1)(1)", "LOAD_CONST r0, 1\n" ONE, "TypeError: 'int' object is not callable\n" },
		{ "f.__defaults__ = []", MAKE "BUILD_LIST r1, ()\nSET_FUNCTION_ATTRIBUTE r0, r1, defaults\n"
		  END F_X, "TypeError: __defaults__ must be set to a tuple object\n" },
		{ "f.__kwdefaults__ = []", MAKE "BUILD_LIST r1, ()\n"
		  "SET_FUNCTION_ATTRIBUTE r0, r1, kwdefaults\n" END F_X,
		  "TypeError: __kwdefaults__ must be set to a dict object\n" },
		{ "the defaults of what is no function", "LOAD_CONST r0, 1\n" DEFAULTS("(7,)") END,
		  "TypeError: expected a function, not 'int'\n" },
		{ "names of arguments that are no tuple", MAKE "LOAD_CONST r2, 1\nCALL_KW r1, r0, r2\n" END F_X,
		  "TypeError: the last argument must be a tuple of the names of others\n" },
		{ "more names than arguments", MAKE "LOAD_CONST r2, ('x',)\nCALL_KW r1, r0, r2\n" END F_X,
		  "TypeError: the last argument must be a tuple of the names of others\n" },
	};

	EXPECT_ROWS(rows);
}

TEST_F(functions, defaults)
{
	static const struct pt_row rows[] = {
		{ "f.__defaults__ = (8, 9); f(1)", MAKE DEFAULTS("(8, 9)")
		  "LOAD_CONST r2, 1\nCALL r1, r0, r2\n" SHOW F_XYZ, "(1, 8, 9)\n" },
		{ "f.__defaults__ = (8, 9); f(1, z=2)", MAKE DEFAULTS("(8, 9)")
		  "LOAD_CONST r2, 1\nLOAD_CONST r3, 2\nLOAD_CONST r4, ('z',)\nCALL_KW r1, r0, r2..r4\n"
		  SHOW F_XYZ, "(1, 8, 2)\n" },
		{ "f.__defaults__ = (5, 6, 7); f()  # of one parameter", MAKE DEFAULTS("(5, 6, 7)")
		  "CALL r1, r0, ()\n" SHOW F_X, "7\n" },
		{ "f.__kwdefaults__ = {'l': 5}; f(1, k=2)", MAKE
		  "LOAD_CONST r2, 'l'\nLOAD_CONST r3, 5\nBUILD_MAP r2, r2..r3\n"
		  "SET_FUNCTION_ATTRIBUTE r0, r2!, kwdefaults\n"
		  "LOAD_CONST r2, 1\nLOAD_CONST r3, 2\nLOAD_CONST r4, ('k',)\nCALL_KW r1, r0, r2..r4\n"
		  SHOW F_KW, "(1, 2, 5)\n" },
		/* 2.10 */
		{ "def f(item, l=[]): l.append(item); return l\na = f(1); print(a); b = f(2); print(b, a is b)",
		  MAKE "BUILD_LIST r1, ()\nBUILD_TUPLE r1, r1!\nSET_FUNCTION_ATTRIBUTE r0, r1!, defaults\n"
		  "LOAD_CONST r2, 1\nCALL r1, r0, r2\nPRINT r1, end\n"
		  "LOAD_CONST r2, 2\nCALL r3, r0, r2\nPRINT r3\nIS_OP r4, r1, r3, is\nPRINT r4, end\n" END
		  ".code f item l\nLIST_APPEND l, item\nRETURN_VALUE l\n", "[1]\n[1, 2] True\n" },
	};

	EXPECT_ROWS(rows);
}

/* def c(): n = 0; def inc(): nonlocal n; n += 1; return n; return inc */
#define COUNTER										\
	".code c\n.slot n closure inc one\nLOAD_CONST n, 0\nMAKE_CELL n\n"		\
	"BUILD_TUPLE closure, n\nMAKE_FUNCTION inc, inc\n"				\
	"SET_FUNCTION_ATTRIBUTE inc, closure!, closure\nRETURN_VALUE inc!\n"		\
	".code inc\n.slot n value one\nCOPY_FREE_VARS n\nLOAD_CONST one, 1\n"		\
	"LOAD_DEREF value, n\nBINARY_OP value, value!, one, +=\nSTORE_DEREF value, n\n"	\
	"RETURN_VALUE value!\n"

TEST_F(functions, closures)
{
	static const struct pt_row rows[] = {
		/* 2.09 */
		{ "f = c(); f(); print(f()); g = c(); print(g())", "MAKE_FUNCTION r0, c\n"
		  "CALL r1, r0, ()\nCALL r2, r1, ()\nCALL r2, r1, ()\nPRINT r2, end\n"
		  "CALL r1, r0, ()\nCALL r2, r1, ()\nPRINT r2, end\n" END COUNTER, "2\n1\n" },
		{ "def f():\n def g(): return n\n g()\n n = 1",
		  ".slot n closure\nMAKE_CELL n\nBUILD_TUPLE closure, n\nMAKE_FUNCTION r3, g\n"
		  "SET_FUNCTION_ATTRIBUTE r3, closure!, closure\nCALL r4, r3, ()\n" END
		  ".code g\n.slot n\nCOPY_FREE_VARS n\nLOAD_DEREF r1, n\nRETURN_VALUE r1!\n",
		  "NameError: cannot access free variable 'n' where it is not associated with a "
		  "value in enclosing scope\n" },
		{ "def f():\n def g(): n\n n", ".slot n\nMAKE_CELL n\nLOAD_DEREF r1, n\n" END,
		  "UnboundLocalError: cannot access local variable 'n' where it is not associated "
		  "with a value\n" },
		{ "def f():\n def g(): n\n del n", ".slot n\nMAKE_CELL n\nDELETE_DEREF n\n" END,
		  "UnboundLocalError: cannot access local variable 'n' where it is not associated "
		  "with a value\n" },
		{ "n = 1; del n; n", ".slot n\nLOAD_CONST n, 1\nMAKE_CELL n\nDELETE_DEREF n\n"
		  "LOAD_DEREF r1, n\n" END,
		  "UnboundLocalError: cannot access local variable 'n' where it is not associated "
		  "with a value\n" },
		{ "def f(): print(x); x = 2", ".slot x\nPRINT x, end\n" END,
		  "UnboundLocalError: cannot access local variable 'x' where it is not associated "
		  "with a value\n" },
		{ "a closure that is too short", MAKE "CALL r1, r0, ()\n" END
		  ".code f\nCOPY_FREE_VARS r0\n" END,
		  "ValueError: requires closure of length 1, not 0\n" },
		{ "not a cell", "LOAD_CONST r0, 1\nLOAD_DEREF r1, r0\n" END,
		  "TypeError: expected a cell, not 'int'\n" },
	};

	EXPECT_ROWS(rows);
}

TEST_F(functions, unpacking)
{
	static const struct pt_row rows[] = {
		{ "a, b = (1, 2)", "LOAD_CONST r0, (1, 2)\nUNPACK_SEQUENCE r1..r2, r0\nPRINT r1\n"
		  "PRINT r2, end\n" END, "1 2\n" },
		{ "a, b = [b, a]", "LOAD_CONST r0, 1\nLOAD_CONST r1, 2\nBUILD_LIST r2, r0..r1\n"
		  "UNPACK_SEQUENCE r0..r1, r2!\nPRINT r0\nPRINT r1, end\n" END, "1 2\n" },
		{ "a, b = (1,)", "LOAD_CONST r0, (1,)\nUNPACK_SEQUENCE r1..r2, r0\n" END,
		  "ValueError: not enough values to unpack (expected 2, got 1)\n" },
		{ "a, b = (1, 2, 3)", "LOAD_CONST r0, (1, 2, 3)\nUNPACK_SEQUENCE r1..r2, r0\n" END,
		  "ValueError: too many values to unpack (expected 2)\n" },
		{ "a, b = 5", "LOAD_CONST r0, 5\nUNPACK_SEQUENCE r1..r2, r0\n" END,
		  "TypeError: cannot unpack non-iterable int object\n" },
	};

	EXPECT_ROWS(rows);
}

/* def g(x): return sys.getrefcount(x); b = []; print(sys.getrefcount(b), g(b), g([])), as 2.06 */
TEST_F(functions, counts_of_arguments)
{
	static const char callee[] = ".code f x\nGET_REFCOUNT r1, x\nRETURN_VALUE r1!\n";

	EXPECT_STREQ("1 2 1\n", pt_execf(self->thread, MAKE "BUILD_LIST r2, ()\n"
		"GET_REFCOUNT r3, r2\nPRINT r3\nCOPY r4, r2\nCALL r3, r0, r4!\nPRINT r3\n"
		"BUILD_LIST r4, ()\nCALL r3, r0, r4!\nPRINT r3, end\n" END "%s", callee));
	EXPECT_STREQ("2 1\n", pt_execf(self->thread, MAKE "BUILD_LIST r2, ()\n"
		"COPY r4, r2\nLOAD_CONST r5, ('x',)\nCALL_KW r3, r0, r4..r5!\nPRINT r3\n"
		"BUILD_LIST r4, ()\nLOAD_CONST r5, ('x',)\nCALL_KW r3, r0, r4..r5!\nPRINT r3, end\n" END
		"%s", callee));
}

/* def f(): def g(): return g; f(); gc.collect(): function, cell and closure (gc_cases.json) */
TEST_F(functions, a_recursive_closure_is_collected)
{
	EXPECT_EXEC("3\n", ".slot g closure\nGC_COLLECT r4, 2\nMAKE_CELL g\nBUILD_TUPLE closure, g\n"
		"MAKE_FUNCTION r2, g\nSET_FUNCTION_ATTRIBUTE r2, closure!, closure\n"
		"STORE_DEREF r2!, g\nDELETE_FAST g\nGC_COLLECT r4, 2\nPRINT r4, end\n" END
		".code g\n" END);
}

/* f.__defaults__ = (f,); del f; gc.collect(): nothing but the function can break that cycle */
TEST_F(functions, a_function_is_its_own_default)
{
	EXPECT_EXEC("2\n", "GC_COLLECT r4, 2\nMAKE_FUNCTION r0, g\nBUILD_TUPLE r1, r0\n"
		"SET_FUNCTION_ATTRIBUTE r0, r1!, defaults\nDELETE_FAST r0\nGC_COLLECT r4, 2\nPRINT r4, end\n" END
		".code g x\n" END);
}

/* A call that fails has taken nothing. */
TEST_F(functions, a_failed_call_changes_no_count)
{
	EXPECT_EXEC("TypeError: f() got an unexpected keyword argument 'nope'\n",
		"BUILD_LIST r0, ()\nSTORE_GLOBAL r0, l\nMAKE_FUNCTION r1, f\nLOAD_CONST r2, ('nope',)\n"
		"COPY r3, r0\nCOPY r4, r0\nCOPY r5, r2!\nCALL_KW r6, r1, r3..r5!\n" END F_XYZ);
	EXPECT_EQ(1, pt_refs(self->arena, "l"));
	EXPECT_EXEC("", "DELETE_GLOBAL l\n" END);
}

TEST_HARNESS_MAIN
