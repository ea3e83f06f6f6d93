// SPDX-License-Identifier: GPL-2.0
/*
 * Modules: namespaces that are objects. The Python beside each program gave the text that is
 * expected (CPython 3.13), where m = types.ModuleType('m').
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "kselftest_harness.h"
#include "program_util.h"
#include "pymm_util.h"

PT_FIXTURE(modules)

#define M	"MODULE_NEW r0, m\n"

/* r9 = types.FunctionType(code.__code__, m.__dict__) */
#define BODY(code)	"MAKE_FUNCTION r9, " code "\nLOAD_ATTR r7, r9, __code__\nLOAD_ATTR r8, r0, __dict__\n"	\
			"GET_TYPE r9, r9!\nCALL r9, r9!, r7..r8!\n"

TEST_F(modules, attributes)
{
	static const struct pt_row rows[] = {
		{ "print(m, [m], type(m))", M "PRINT r0\nBUILD_LIST r1, r0\nPRINT r1\nGET_TYPE r1, r0\nPRINT r1, end\n" END,
		  "<module 'm'> [<module 'm'>] <class 'module'>\n" },
		{ "print(m.__dict__)", M "LOAD_ATTR r1, r0, __dict__\nPRINT r1, end\n" END,
		  "{'__name__': 'm', '__doc__': None, '__package__': None, '__loader__': None, '__spec__': None}\n" },
		/* 2.15 */
		{ "m.x = 1; x = m.x; m.x = 2; print(x, m.x)", M "LOAD_CONST r1, 1\nSTORE_ATTR r0, r1, x\nLOAD_ATTR r2, r0, x\n"
		  "LOAD_CONST r1, 2\nSTORE_ATTR r0, r1, x\nPRINT r2\nLOAD_ATTR r2, r0, x\nPRINT r2, end\n" END, "1 2\n" },
		{ "m.x", M "LOAD_ATTR r1, r0, x\n" END, "AttributeError: module 'm' has no attribute 'x'\n" },
		{ "del m.x", M "DELETE_ATTR r0, x\n" END, "AttributeError: 'module' object has no attribute 'x'\n" },
		{ "m.x = 1; del m.x; hasattr(m, 'x')", M "STORE_ATTR r0, r0, x\nDELETE_ATTR r0, x\nLOAD_CONST r1, 'x'\n"
		  "LOAD_GLOBAL r9, hasattr\nCALL r1, r9, r0..r1\nPRINT r1, end\n" END, "False\n" },
		{ "del m.__name__; print(m); m.x", M "DELETE_ATTR r0, __name__\nPRINT r0, end\nLOAD_ATTR r1, r0, x\n" END,
		  "<module '?'>\nAttributeError: module has no attribute 'x'\n" },
		{ "m.__name__ = 'n'; print(m); m.x", M "LOAD_CONST r1, 'n'\nSTORE_ATTR r0, r1, __name__\nPRINT r0, end\n"
		  "LOAD_ATTR r1, r0, x\n" END, "<module 'n'>\nAttributeError: module 'n' has no attribute 'x'\n" },
		{ "m.__dict__ = {}", M "STORE_ATTR r0, r0, __dict__\n" END, "AttributeError: readonly attribute\n" },
		{ "del m.__dict__", M "DELETE_ATTR r0, __dict__\n" END, "AttributeError: readonly attribute\n" },
		{ "print(m.__class__, m.__doc__)", M "LOAD_ATTR r1, r0, __class__\nPRINT r1\nLOAD_ATTR r1, r0, __doc__\n"
		  "PRINT r1, end\n" END, "<class 'module'> None\n" },
		{ "m.__dict__['x'] = 5; print(m.x)", M "LOAD_ATTR r1, r0, __dict__\nLOAD_CONST r2, 'x'\nLOAD_CONST r3, 5\n"
		  "STORE_SUBSCR r3, r1, r2\nLOAD_ATTR r1, r0, x\nPRINT r1, end\n" END, "5\n" },
		{ "m()", M "CALL r1, r0, ()\n" END, "TypeError: 'module' object is not callable\n" },
		{ "m == m, m == types.ModuleType('m')", M "MODULE_NEW r1, m\nCOMPARE_OP r2, r0, r0, ==\nPRINT r2\n"
		  "COMPARE_OP r2, r0, r1, ==\nPRINT r2, end\n" END, "True False\n" },
		{ "setattr(m, 'x', 1); getattr(m, 'x')", M "LOAD_CONST r1, 'x'\nLOAD_CONST r2, 1\nLOAD_GLOBAL r9, setattr\n"
		  "CALL r3, r9, r0..r2\nLOAD_GLOBAL r9, getattr\nCALL r3, r9, r0..r1\nPRINT r3, end\n" END, "1\n" },
	};

	EXPECT_ROWS(rows);
}

/* 2.07, 2.08 */
TEST_F(modules, globals)
{
	static const struct pt_row rows[] = {
		{ "exec('x = 5\\ndef get(): return x', m.__dict__); m.x = 6; print(m.get())", M BODY("body") "CALL r1, r9, ()\n"
		  "LOAD_ATTR r1, r0, x\nPRINT r1\nLOAD_CONST r1, 6\nSTORE_ATTR r0, r1, x\nLOAD_ATTR r1, r0, get\nCALL r1, r1, ()\n"
		  "PRINT r1, end\n" END
		  ".code body\nLOAD_CONST r0, 5\nSTORE_GLOBAL r0, x\nMAKE_FUNCTION r0, get\nSTORE_GLOBAL r0, get\n" END
		  ".code get\nLOAD_GLOBAL r0, x\nRETURN_VALUE r0\n", "5 6\n" },
		{ "a function of one namespace does not see another", "LOAD_CONST r1, 1\nSTORE_GLOBAL r1, x\n" M BODY("body")
		  "DELETE_FAST r0\nCALL r1, r9, ()\n" END ".code body\nLOAD_GLOBAL r0, x\n" END,
		  "NameError: name 'x' is not defined\n" },
		{ "builtins are seen from everywhere", "DELETE_GLOBAL x\n" M BODY("body") "CALL r1, r9, ()\nPRINT r1, end\n" END
		  ".code body\nLOAD_GLOBAL r0, len\nLOAD_CONST r1, 'abc'\nCALL r0, r0!, r1\nRETURN_VALUE r0!\n", "3\n" },
		{ "one code in two namespaces: a hint of one does not count in the other", M BODY("body") "LOAD_CONST r1, 1\n"
		  "STORE_ATTR r0, r1, y\nSTORE_ATTR r0, r1, x\nCALL r1, r9, ()\nPRINT r1\nMODULE_NEW r0, n\nLOAD_CONST r1, 2\n"
		  "STORE_ATTR r0, r1, x\n" BODY("body") "CALL r1, r9, ()\nPRINT r1, end\n" END
		  ".code body\nLOAD_GLOBAL r0, x\nRETURN_VALUE r0\n", "1 2\n" },
		{ "globals() is m.__dict__, f.__globals__ is m.__dict__", M BODY("body") "CALL r1, r9, ()\nLOAD_ATTR r2, r0, __dict__\n"
		  "IS_OP r1, r1, r2, is\nPRINT r1\nLOAD_ATTR r1, r9, __globals__\nIS_OP r1, r1, r2, is\nPRINT r1, end\n" END
		  ".code body\nLOAD_GLOBALS r0\nRETURN_VALUE r0\n", "True True\n" },
		{ "the arena's namespace is untouched", "LOAD_GLOBALS r0\nGET_LEN r0, r0\nPRINT r0, end\n" END, "0\n" },
	};

	EXPECT_ROWS(rows);
}

/* class D: __del__(self): print(self.n); r205 = D('text') */
#define CLASS_D											\
	"LOAD_CONST r200, None\nLOAD_CONST r201, '__init__'\nMAKE_FUNCTION r202, init\n"	\
	"LOAD_CONST r203, '__del__'\nMAKE_FUNCTION r204, del\n"					\
	"BUILD_MAP r201, r201..r204!\nBUILD_CLASS r200, r200, r201!, D\n"
#define CODE_D											\
	".code init self n\nSTORE_ATTR self, n, n\n" END					\
	".code del self\nLOAD_ATTR r1, self, n\nPRINT r1!\n" END
#define NEW(slot, text)	"LOAD_CONST r210, '" text "'\nCALL " slot ", r200, r210!\n"
#define SAY(text)	"LOAD_CONST r211, '" text "'\nPRINT r211!, end\n"

TEST_F(modules, death)
{
	static const struct pt_row rows[] = {
		{ "m.a = D('a'); m.b = D('b'); del m: in insertion order", M CLASS_D NEW("r1", "a") "STORE_ATTR r0, r1!, a\n"
		  NEW("r1", "b") "STORE_ATTR r0, r1!, b\nDELETE_FAST r0\n" SAY("next") END CODE_D, "a b next\n" },
		{ "d = m.__dict__; del m; d keeps what is in it", M CLASS_D NEW("r1", "a") "STORE_ATTR r0, r1!, a\n"
		  "LOAD_ATTR r2, r0, __dict__\nDELETE_FAST r0\n" SAY("kept") "DELETE_FAST r2\n" SAY("next") END CODE_D,
		  "kept\na next\n" },
		{ "a function of the module keeps its dict, not the module", M BODY("body") "LOAD_CONST r1, None\n"
		  "WEAKREF_NEW r1, r0, r1\nLOAD_CONST r2, 7\nSTORE_ATTR r0, r2, x\nDELETE_FAST r0\nCALL r2, r1, ()\nPRINT r2\n"
		  "CALL r2, r9, ()\nPRINT r2, end\n" END ".code body\nLOAD_GLOBAL r0, x\nRETURN_VALUE r0\n", "None 7\n" },
		{ "weakref.ref(m, callback)", M "MAKE_FUNCTION r1, f\nWEAKREF_NEW r2, r0, r1\nDELETE_FAST r0\n" SAY("next") END
		  ".code f r\nLOAD_CONST r1, 'gone'\nPRINT r1\n" END, "gone next\n" },
		{ "m.me = m; del m; gc.collect()", "GC_COLLECT r1, 2\n" M "STORE_ATTR r0, r0, me\nDELETE_FAST r0\nGC_COLLECT r0, 2\n"
		  "PRINT r0, end\n" END, "2\n" },
		{ "a module of functions is a cycle: dict and function", "GC_COLLECT r1, 2\n" M BODY("body") "STORE_ATTR r0, r9!, f\n"
		  "DELETE_FAST r0\nGC_COLLECT r0, 2\nPRINT r0, end\n" END ".code body\n" END, "2\n" },
		{ "what is in a cycle is finalized", "GC_COLLECT r1, 2\n" M CLASS_D NEW("r1", "a") "STORE_ATTR r0, r1!, a\n"
		  "STORE_ATTR r0, r0, me\nDELETE_FAST r0\nGC_COLLECT r0, 2\nPRINT r0, end\n" END CODE_D, "a 3\n" },
		{ "import sys; gc.is_tracked(m): it and its dict are two", "GC_COLLECT r1, 2\nBUILD_LIST r1, ()\nLIST_APPEND r1, r1\n" M
		  "LIST_APPEND r1, r0!\nDELETE_FAST r1\nGC_COLLECT r0, 2\nPRINT r0, end\n" END, "3\n" },
	};

	EXPECT_ROWS(rows);
}

/*
 * A finalizer that a class gets while its instances are collected gets hold of a function of the same garbage, whose
 * namespace has no other owner: who calls it once it was collected, or is in the middle of it, finds that as it was.
 */
TEST_F(modules, a_collected_function_keeps_its_namespace)
{
	EXPECT_EXEC("1\n",
		"LOAD_CONST r200, None\nBUILD_MAP r201, ()\nBUILD_CLASS r202, r200, r201!, C\nSTORE_GLOBAL r202, C\n"
		"LOAD_CONST r203, '__del__'\nMAKE_FUNCTION r204, late\nBUILD_MAP r203, r203..r204!\n"
		"BUILD_CLASS r205, r200, r203!, D\nMAKE_FUNCTION r206, handler\nSTORE_GLOBAL r206!, handler\n"
		/* p = [x]; x.p = p; x.f = f, of a namespace {'k': 1} */
		"BUILD_LIST r1, ()\nCALL r0, r202!, ()\nLIST_APPEND r1, r0\nSTORE_ATTR r0, r1!, p\nMAKE_FUNCTION r2, body\nGET_TYPE r3, r2\n"
		"LOAD_ATTR r4, r2!, __code__\nLOAD_CONST r6, 'k'\nLOAD_CONST r7, 1\nBUILD_MAP r5, r6..r7\n"
		"CALL r3, r3!, r4..r5!\nSTORE_ATTR r0, r3!, f\nDELETE_FAST r0\n"
		/* b.me = b */
		"CALL r8, r205!, ()\nSTORE_ATTR r8, r8, me\nDELETE_FAST r8\n"
		"GC_COLLECT r9, 2\nLOAD_GLOBAL r0, keep\nCALL r0, r0!, ()\nPRINT r0, end\n" END
		".code late self\nLOAD_GLOBAL r1, handler\nLOAD_GLOBAL r2, C\nSTORE_ATTR r2, r1!, __del__\n" END
		".code handler self\nLOAD_ATTR r1, self, f\nSTORE_GLOBAL r1!, keep\n" END
		".code body\nLOAD_GLOBAL r0, k\nRETURN_VALUE r0!\n");
	pt_exec(self->thread, "DELETE_GLOBAL keep\nDELETE_GLOBAL C\nDELETE_GLOBAL handler\n" END);
}

TEST_HARNESS_MAIN
