// SPDX-License-Identifier: GPL-2.0
/*
 * Classes, instances, methods, finalizers and weak references, at the points where CPython runs
 * them. The Python beside each program gave the text that is expected (CPython 3.13); numbers in
 * comments are those of semantics.md.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "kselftest_harness.h"
#include "program_util.h"
#include "pymm_util.h"
#include "snapshot_util.h"

PT_FIXTURE(classes)

/* cls = class D: __init__(self, n): self.n = n; __del__(self): print(self.n) */
#define CLASS_D											\
	"LOAD_CONST r200, None\nLOAD_CONST r201, '__init__'\nMAKE_FUNCTION r202, init\n"	\
	"LOAD_CONST r203, '__del__'\nMAKE_FUNCTION r204, del\n"					\
	"BUILD_MAP r201, r201..r204!\nBUILD_CLASS r200, r200, r201!, D\n"
#define CODE_D											\
	".code init self n\nSTORE_ATTR self, n, n\n" END					\
	".code del self\nLOAD_ATTR r1, self, n\nPRINT r1!\n" END

/* rN = D('text') */
#define NEW(slot, text)	"LOAD_CONST r210, '" text "'\nCALL " slot ", r200, r210!\n"

/* A class with one method, __del__, whose body follows as .code del self. */
#define CLASS_Q(name)										\
	"LOAD_CONST r200, None\nLOAD_CONST r201, '__del__'\nMAKE_FUNCTION r202, del\n"		\
	"BUILD_MAP r201, r201..r202!\nBUILD_CLASS r200, r200, r201!, " name "\n"

/* class C: pass */
#define CLASS_C	"LOAD_CONST r200, None\nBUILD_MAP r201, ()\nBUILD_CLASS r200, r200, r201!, C\n"

#define NEXT	"LOAD_CONST r211, 'next'\nPRINT r211!, end\n"

TEST_F(classes, attributes)
{
	static const struct pt_row rows[] = {
		{ "c = C(); c.x = 1; print(c.x); c.x = 2; print(c.x)", CLASS_C "CALL r0, r200, ()\n"
		  "LOAD_CONST r1, 1\nSTORE_ATTR r0, r1, x\nLOAD_ATTR r2, r0, x\nPRINT r2\n"
		  "LOAD_CONST r1, 2\nSTORE_ATTR r0, r1, x\nLOAD_ATTR r2, r0, x\nPRINT r2, end\n" END, "1 2\n" },
		{ "C.x = 5; c = C(); print(c.x); c.x = 6; print(C.x, c.x); del c.x; print(c.x)", CLASS_C
		  "LOAD_CONST r1, 5\nSTORE_ATTR r200, r1, x\nCALL r0, r200, ()\nLOAD_ATTR r2, r0, x\n"
		  "PRINT r2\nLOAD_CONST r1, 6\nSTORE_ATTR r0, r1, x\nLOAD_ATTR r2, r200, x\nPRINT r2\n"
		  "LOAD_ATTR r2, r0, x\nPRINT r2\nDELETE_ATTR r0, x\nLOAD_ATTR r2, r0, x\nPRINT r2, end\n" END,
		  "5 5 6 5\n" },
		{ "C().x", CLASS_C "CALL r0, r200, ()\nLOAD_ATTR r1, r0, x\n" END,
		  "AttributeError: 'C' object has no attribute 'x'\n" },
		{ "C.x", CLASS_C "LOAD_ATTR r1, r200, x\n" END,
		  "AttributeError: type object 'C' has no attribute 'x'\n" },
		{ "(1).x", "LOAD_CONST r0, 1\nLOAD_ATTR r1, r0, x\n" END,
		  "AttributeError: 'int' object has no attribute 'x'\n" },
		{ "(1).x = 1", "LOAD_CONST r0, 1\nSTORE_ATTR r0, r0, x\n" END,
		  "AttributeError: 'int' object has no attribute 'x' and no __dict__ for setting new attributes\n" },
		{ "del C().x", CLASS_C "CALL r0, r200, ()\nDELETE_ATTR r0, x\n" END,
		  "AttributeError: 'C' object has no attribute 'x'\n" },
		{ "del C.x", CLASS_C "DELETE_ATTR r200, x\n" END,
		  "AttributeError: type object 'C' has no attribute 'x'\n" },
		{ "del (1).x", "LOAD_CONST r0, 1\nDELETE_ATTR r0, x\n" END,
		  "AttributeError: 'int' object has no attribute 'x' and no __dict__ for setting new attributes\n" },
		{ "del f.b", "MAKE_FUNCTION r0, f\nDELETE_ATTR r0, b\n" END ".code f\n" END,
		  "AttributeError: 'function' object has no attribute 'b'\n" },
		{ "del f.__code__", "MAKE_FUNCTION r0, f\nDELETE_ATTR r0, __code__\n" END ".code f\n" END,
		  "TypeError: __code__ must be set to a code object\n" },
		{ "del f.__globals__", "MAKE_FUNCTION r0, f\nDELETE_ATTR r0, __globals__\n" END ".code f\n" END,
		  "AttributeError: readonly attribute\n" },
		{ "del len.b", "LOAD_GLOBAL r0, len\nDELETE_ATTR r0, b\n" END,
		  "AttributeError: 'builtin_function_or_method' object has no attribute 'b' and no __dict__ for setting new attributes\n" },
		{ "int.x = 1", "LOAD_CONST r0, 1\nGET_TYPE r1, r0\nSTORE_ATTR r1, r0, x\n" END,
		  "TypeError: cannot set 'x' attribute of immutable type 'int'\n" },
		{ "C(1)", CLASS_C "LOAD_CONST r1, 1\nCALL r0, r200, r1\n" END,
		  "TypeError: C() takes no arguments\n" },
		{ "print(type(1), type(C()), type(C), type([]))", CLASS_C "LOAD_CONST r0, 1\nGET_TYPE r0, r0\n"
		  "PRINT r0\nCALL r0, r200, ()\nGET_TYPE r0, r0!\nIS_OP r0, r0, r200, is\nPRINT r0\n"
		  "GET_TYPE r0, r200\nPRINT r0\nBUILD_LIST r0, ()\nGET_TYPE r0, r0\nPRINT r0, end\n" END,
		  "<class 'int'> True <class 'type'> <class 'list'>\n" },
		{ "print(C.__name__)", CLASS_C "LOAD_ATTR r0, r200, __name__\nPRINT r0, end\n" END, "C\n" },
	};

	EXPECT_ROWS(rows);
}

TEST_F(classes, init)
{
	static const struct pt_row rows[] = {
		{ "d = D('a'); print(d.n); del d", CLASS_D NEW("r0", "a") "LOAD_ATTR r1, r0, n\nPRINT r1\n"
		  "DELETE_FAST r0\n" NEXT END CODE_D, "a a next\n" },
		{ "def __init__(self): return 5", "LOAD_CONST r0, None\nLOAD_CONST r1, '__init__'\n"
		  "MAKE_FUNCTION r2, init\nBUILD_MAP r1, r1..r2\nBUILD_CLASS r0, r0, r1, C\nCALL r3, r0, ()\n" END
		  ".code init self\nLOAD_CONST r1, 5\nRETURN_VALUE r1\n",
		  "TypeError: __init__() should return None, not 'int'\n" },
		{ "D(n='k').n", CLASS_D "LOAD_CONST r0, 'k'\nLOAD_CONST r1, ('n',)\nCALL_KW r2, r200, r0..r1\n"
		  "LOAD_ATTR r3, r2, n\nPRINT r3, end\n" END CODE_D, "k\nk " },
	};

	EXPECT_ROWS(rows);
}

/* class B: def m(self, x): return (self.n, x); class C(B): pass */
#define BASE	"LOAD_CONST r200, None\nLOAD_CONST r201, 'm'\nMAKE_FUNCTION r202, m\n"		\
	"BUILD_MAP r201, r201..r202!\nBUILD_CLASS r200, r200, r201!, B\nBUILD_MAP r201, ()\n"	\
	"BUILD_CLASS r201, r200, r201!, C\nCALL r0, r201, ()\nLOAD_CONST r1, 7\n"		\
	"STORE_ATTR r0, r1, n\n"
#define METHOD	".code m self x\nLOAD_ATTR r2, self, n\nCOPY r3, x\nBUILD_TUPLE r2, r2..r3!\nRETURN_VALUE r2!\n"

TEST_F(classes, methods)
{
	static const struct pt_row rows[] = {
		{ "c = C(); c.n = 7; print(c.m(1))", BASE "LOAD_ATTR r2, r0, m\nLOAD_CONST r3, 1\n"
		  "CALL r4, r2!, r3\nPRINT r4, end\n" END METHOD, "(7, 1)\n" },
		{ "print(C.m(c, 2))", BASE "LOAD_ATTR r2, r201, m\nCOPY r3, r0\nLOAD_CONST r4, 2\n"
		  "CALL r4, r2!, r3..r4\nPRINT r4, end\n" END METHOD, "(7, 2)\n" },
		{ "m = c.m; sys.getrefcount(c) - before", BASE "GET_REFCOUNT r2, r0\nLOAD_ATTR r3, r0, m\n"
		  "GET_REFCOUNT r4, r0\nBINARY_OP r4, r4, r2, -\nPRINT r4, end\n" END METHOD, "1\n" },
		{ "c.m()", BASE "LOAD_ATTR r2, r0, m\nCALL r4, r2!, ()\n" END METHOD,
		  "TypeError: m() missing 1 required positional argument: 'x'\n" },
		{ "c.m(1, 2)", BASE "LOAD_ATTR r2, r0, m\nLOAD_CONST r3, 1\nLOAD_CONST r4, 2\n"
		  "CALL r4, r2!, r3..r4\n" END METHOD,
		  "TypeError: m() takes 2 positional arguments but 3 were given\n" },
		{ "class X(int): __slots__ = (); refused here", "LOAD_CONST r0, 1\nGET_TYPE r0, r0\nBUILD_MAP r1, ()\n"
		  "BUILD_CLASS r2, r0, r1, X\n" END, "TypeError: type 'int' is not an acceptable base type\n" },
		{ "class X: __eq__ = f; refused here", "LOAD_CONST r0, None\nLOAD_CONST r1, '__eq__'\n"
		  "MAKE_FUNCTION r2, m\nBUILD_MAP r1, r1..r2\nBUILD_CLASS r2, r0, r1, X\n" END METHOD,
		  "TypeError: pymm has no special method __eq__: only __init__, __del__, __enter__ and __exit__\n" },
	};

	EXPECT_ROWS(rows);
}

/* c.m, to be called at once */
#define LOAD_M(of)	"LOAD_METHOD r2, " of ", r3, m\n"
#define SELF		".code m self x\nRETURN_VALUE self!\n"

TEST_F(classes, methods_called_at_once)
{
	static const struct pt_row rows[] = {
		{ "print(c.m(1))", BASE LOAD_M("r0") "LOAD_CONST r4, 1\nCALL_METHOD r5, r2!, r3..r4!\nPRINT r5, end\n"
		  END METHOD, "(7, 1)\n" },
		{ "print(c.m(x=1))", BASE LOAD_M("r0") "LOAD_CONST r4, 1\nLOAD_CONST r5, ('x',)\n"
		  "CALL_METHOD_KW r5, r2, r3..r5\nPRINT r5, end\n" END METHOD, "(7, 1)\n" },
		{ "print(C.m(c, 2))", BASE LOAD_M("r201") "COPY r4, r0\nLOAD_CONST r5, 2\n"
		  "CALL_METHOD r4, r2!, r3..r5\nPRINT r4, end\nPRINT r3\n" END METHOD,
		  "(7, 2)\nUnboundLocalError: cannot access local variable 'r3' where it is not associated with a value\n" },
		{ "c.m = C.m; print(c.m(c, 2))", BASE "LOAD_ATTR r2, r201, m\nSTORE_ATTR r0, r2!, m\n" LOAD_M("r0")
		  "COPY r4, r0\nLOAD_CONST r5, 2\nCALL_METHOD r4, r2!, r3..r5!\nPRINT r4, end\n" END METHOD, "(7, 2)\n" },
		{ "C.m = len; print(c.m([1]))", BASE "LOAD_GLOBAL r2, len\nSTORE_ATTR r201, r2, m\n" LOAD_M("r0")
		  "LOAD_CONST r4, (1,)\nCALL_METHOD r4, r2!, r3..r4!\nPRINT r4, end\n" END METHOD, "1\n" },
		{ "C.m = 5; c.m()", BASE "LOAD_CONST r2, 5\nSTORE_ATTR r201, r2, m\n" LOAD_M("r0")
		  "CALL_METHOD r4, r2!, r3..r3!\n" END METHOD, "TypeError: 'int' object is not callable\n" },
		{ "C.m = C; print(c.m().m is not c.m)", BASE "STORE_ATTR r201, r201, m\n" LOAD_M("r0")
		  "CALL_METHOD r4, r2!, r3..r3!\nIS_OP r4, r4!, r0, is\nPRINT r4, end\n" END METHOD, "False\n" },
		{ "del B.m; c.m()", BASE "DELETE_ATTR r200, m\n" LOAD_M("r0") END METHOD,
		  "AttributeError: 'C' object has no attribute 'm'\n" },
		{ "c.m()", BASE LOAD_M("r0") "CALL_METHOD r4, r2!, r3..r3!\n" END METHOD,
		  "TypeError: m() missing 1 required positional argument: 'x'\n" },
		{ "c.m(1, 2)", BASE LOAD_M("r0") "LOAD_CONST r4, 1\nLOAD_CONST r5, 2\nCALL_METHOD r4, r2!, r3..r5!\n" END METHOD,
		  "TypeError: m() takes 2 positional arguments but 3 were given\n" },
		{ "sys.getrefcount(c) in c.m(1)", BASE "GET_REFCOUNT r1, r0\nPRINT r1\n" LOAD_M("r0") "LOAD_CONST r4, 1\n"
		  "CALL_METHOD r4, r2!, r3..r4!\nPRINT r4\nGET_REFCOUNT r1, r0\nPRINT r1, end\n" END
		  ".code m self x\nGET_REFCOUNT x, self\nRETURN_VALUE x\n", "1 2 1\n" },
		{ "C().m(1), whose object nobody else has", BASE "CALL r0, r201, ()\n" "LOAD_METHOD r2, r0!, r3, m\nGET_REFCOUNT r4, r3\n"
		  "PRINT r4, end\nLOAD_CONST r4, 1\nCALL_METHOD r0, r2!, r3..r4!\nGET_REFCOUNT r4, r0\nPRINT r4, end\n" END SELF,
		  "1\n1\n" },
		{ "all in one slot", BASE "LOAD_METHOD r0, r0!, r0, m\nGET_TYPE r0, r0\nPRINT r0, end\n" END METHOD, "<class 'function'>\n" },
		{ "a first slot that is empty is no argument of a CALL", BASE LOAD_M("r201") "COPY r4, r0\nCALL r4, r2, r3..r4\n" END METHOD,
		  "UnboundLocalError: cannot access local variable 'r3' where it is not associated with a value\n" },
	};

	EXPECT_ROWS(rows);
}

/* for i in range(count): c.m(i), with small numbers alone; returns the objects made for it. */
static uint64_t allocated_by_calls(int arena, int thread, const char *call, const char *count)
{
	uint64_t before = pt_stat(arena).objects_allocated;
	char text[1024];

	snprintf(text, sizeof(text), BASE "LOAD_CONST r10, %s\nLOAD_CONST r11, 1\nmore:\n%sBINARY_OP r10, r10!, r11, -\n"
		 "POP_JUMP_IF_FALSE r10, done\nJUMP_BACKWARD more\ndone:\n" END SELF, count, call);
	pt_exec(thread, text);
	return pt_stat(arena).objects_allocated - before;
}

/* What is called at once makes no object, as in CPython 3.13, where LOAD_ATTR has a bit for it. */
TEST_F(classes, methods_called_at_once_make_no_object)
{
	static const char bound[] = "LOAD_ATTR r2, r0, m\nCALL r4, r2!, r10\n";
	static const char at_once[] = LOAD_M("r0") "COPY r4, r10\nCALL_METHOD r4, r2!, r3..r4!\n";

	EXPECT_EQ(190, allocated_by_calls(self->arena, self->thread, bound, "200") -
		       allocated_by_calls(self->arena, self->thread, bound, "10"));
	EXPECT_EQ(0, allocated_by_calls(self->arena, self->thread, at_once, "200") -
		     allocated_by_calls(self->arena, self->thread, at_once, "10"));
}

/* 3.01 to 3.11 */
TEST_F(classes, finalizers)
{
	static const struct pt_row rows[] = {
		{ "d = D('dead'); d = None; print('next')", CLASS_D NEW("r0", "dead") "LOAD_CONST r0, None\n" NEXT END
		  CODE_D, "dead next\n" },
		{ "l = [D('l0'), D('l1')]; del l", CLASS_D NEW("r0", "l0") NEW("r1", "l1")
		  "BUILD_LIST r2, r0..r1!\nDELETE_FAST r2\n" NEXT END CODE_D, "l1 l0 next\n" },
		{ "t = (D('t0'), D('t1')); del t", CLASS_D NEW("r0", "t0") NEW("r1", "t1")
		  "BUILD_TUPLE r2, r0..r1!\nDELETE_FAST r2\n" NEXT END CODE_D, "t1 t0 next\n" },
		{ "d = {1: D('d0'), 2: D('d1')}; del d", CLASS_D "LOAD_CONST r0, 1\n" NEW("r1", "d0")
		  "LOAD_CONST r2, 2\n" NEW("r3", "d1") "BUILD_MAP r4, r0..r3!\nDELETE_FAST r4\n" NEXT END CODE_D,
		  "d0 d1 next\n" },
		{ "o = D('o'); o.a = D('oa'); o.b = D('ob'); del o", CLASS_D NEW("r0", "o") NEW("r1", "oa")
		  "STORE_ATTR r0, r1!, a\n" NEW("r1", "ob") "STORE_ATTR r0, r1!, b\nDELETE_FAST r0\n" NEXT END CODE_D,
		  "o oa ob next\n" },
		{ "l = [D('a'), [D('b'), D('c')], D('d')]; del l", CLASS_D NEW("r0", "a") NEW("r1", "b") NEW("r2", "c")
		  "BUILD_LIST r1, r1..r2!\n" NEW("r2", "d") "BUILD_LIST r0, r0..r2!\nDELETE_FAST r0\n" NEXT END CODE_D,
		  "d c b a next\n" },
		{ "def f(): a = D('a'); b = D('b'); c = D('c')", CLASS_D "STORE_GLOBAL r200, D\nMAKE_FUNCTION r0, f\n"
		  "CALL r1, r0, ()\n" NEXT "DELETE_GLOBAL D\n" END CODE_D
		  ".code f\nLOAD_GLOBAL r200, D\n" NEW("r0", "a") NEW("r1", "b") NEW("r2", "c") "DELETE_FAST r200\n" END,
		  "a b c next\n" },
		/* 2.02 */
		{ "def __del__(s): print(type(x).__name__); x = Q(); x = 5", CLASS_Q("Q") "CALL r0, r200, ()\n"
		  "STORE_GLOBAL r0!, x\nLOAD_CONST r0, 5\nSTORE_GLOBAL r0, x\n" NEXT "DELETE_GLOBAL x\n" END
		  ".code del self\nLOAD_GLOBAL r1, x\nGET_TYPE r1, r1!\nLOAD_ATTR r1, r1!, __name__\nPRINT r1!\n" END,
		  "int next\n" },
		/* 3.06 */
		{ "def __del__(s): global k; k = s; print('del')", CLASS_Q("F") "CALL r0, r200, ()\nDELETE_FAST r0\n"
		  "DELETE_GLOBAL k\n" NEXT END
		  ".code del self\nSTORE_GLOBAL self, k\nLOAD_CONST r1, 'del'\nPRINT r1\n" END, "del next\n" },
		/* 3.09 */
		{ "def __del__(s): 1/0; f = F(); del f; print('next')", CLASS_Q("F") "CALL r0, r200, ()\nDELETE_FAST r0\n"
		  NEXT END ".code del self\nLOAD_CONST r1, 1\nLOAD_CONST r2, 0\nBINARY_OP r1, r1, r2, //\n" END,
		  "Exception ignored: ZeroDivisionError: integer division or modulo by zero\nnext\n" },
		{ "def __del__(s, a): pass", CLASS_Q("F") "CALL r0, r200, ()\nDELETE_FAST r0\n" NEXT END
		  ".code del self a\n" END,
		  "Exception ignored: TypeError: del() missing 1 required positional argument: 'a'\nnext\n" },
		{ "class F: __del__ = 5", "LOAD_CONST r200, None\nLOAD_CONST r201, '__del__'\nLOAD_CONST r202, 5\n"
		  "BUILD_MAP r201, r201..r202!\nBUILD_CLASS r200, r200, r201!, F\nCALL r0, r200, ()\nDELETE_FAST r0\n"
		  NEXT END, "Exception ignored: TypeError: 'int' object is not callable\nnext\n" },
		/* 3.10 */
		{ "def __del__(s): print(d.get('k'), len(d)); d = {}; d['k'] = Q(); d['k'] = 1", CLASS_Q("Q")
		  "BUILD_MAP r0, ()\nSTORE_GLOBAL r0, d\nLOAD_CONST r1, 'k'\nCALL r2, r200, ()\nSTORE_SUBSCR r2!, r0, r1\n"
		  "LOAD_CONST r2, 1\nSTORE_SUBSCR r2, r0, r1\nDELETE_GLOBAL d\n" END
		  ".code del self\nLOAD_GLOBAL r1, d\nPRINT r1!, end\n" END, "{'k': 1}\n" },
		{ "d['k'] = Q(); del d['k']", CLASS_Q("Q")
		  "BUILD_MAP r0, ()\nSTORE_GLOBAL r0, d\nLOAD_CONST r1, 'k'\nCALL r2, r200, ()\nSTORE_SUBSCR r2!, r0, r1\n"
		  "DELETE_SUBSCR r0, r1\nDELETE_GLOBAL d\n" END
		  ".code del self\nLOAD_GLOBAL r1, d\nPRINT r1!, end\n" END, "{}\n" },
		/* An exception on its way is not touched by what dies of it. */
		{ "def f(): d = D('d'); 1/0", CLASS_D "STORE_GLOBAL r200, D\nMAKE_FUNCTION r0, f\nCALL r1, r0, ()\n" END
		  CODE_D ".code f\nLOAD_GLOBAL r200, D\n" NEW("r0", "d") "LOAD_CONST r1, 1\nLOAD_CONST r2, 0\n"
		  "BINARY_OP r1, r1, r2, //\n" END, "d ZeroDivisionError: integer division or modulo by zero\n" },
	};

	EXPECT_ROWS(rows);
	pt_exec(self->thread, "DELETE_GLOBAL D\n" END);
	EXPECT_EXEC("1\n", "GC_COLLECT r0, 2\nLOAD_CONST r0, 1\nPRINT r0, end\n" END);
}

#define SAY(word)	"LOAD_CONST r1, '" word "'\nPRINT r1\n" END

TEST_F(classes, weak_references)
{
	static const struct pt_row rows[] = {
		{ "w = weakref.ref(c); print(w() is c); del c; print(w())", CLASS_C "CALL r0, r200, ()\n"
		  "LOAD_CONST r1, None\nWEAKREF_NEW r2, r0, r1\nCALL r3, r2, ()\nIS_OP r3, r3!, r0, is\nPRINT r3\n"
		  "DELETE_FAST r0\nCALL r3, r2, ()\nPRINT r3, end\n" END, "True None\n" },
		/* 2.05 */
		{ "weakref.ref(c) counts nothing", CLASS_C "CALL r0, r200, ()\nGET_REFCOUNT r4, r0\n"
		  "LOAD_CONST r1, None\nWEAKREF_NEW r2, r0, r1\nGET_REFCOUNT r5, r0\nBINARY_OP r5, r5, r4, -\n"
		  "PRINT r5, end\n" END, "0\n" },
		/* 3.08 */
		{ "weakref.ref(o) is weakref.ref(o), weakref.ref(o, f) is weakref.ref(o, f)", CLASS_C "CALL r0, r200, ()\n"
		  "LOAD_CONST r1, None\nWEAKREF_NEW r2, r0, r1\nWEAKREF_NEW r3, r0, r1\nIS_OP r4, r2, r3, is\nPRINT r4\n"
		  "MAKE_FUNCTION r1, f\nWEAKREF_NEW r2, r0, r1\nWEAKREF_NEW r3, r0, r1\nIS_OP r4, r2, r3, is\n"
		  "PRINT r4, end\nDELETE_FAST r2\nDELETE_FAST r3\n" END ".code f r\n" END, "True False\n" },
		{ "callbacks 0, 1, 2; del o: newest first", CLASS_C "CALL r0, r200, ()\n"
		  "MAKE_FUNCTION r1, f\nWEAKREF_NEW r10, r0, r1!\nMAKE_FUNCTION r1, g\nWEAKREF_NEW r11, r0, r1!\n"
		  "MAKE_FUNCTION r1, h\nWEAKREF_NEW r12, r0, r1!\nLOAD_CONST r1, None\nWEAKREF_NEW r13, r0, r1\n"
		  "DELETE_FAST r0\n" NEXT END
		  ".code f r\n" SAY("0") ".code g r\n" SAY("1") ".code h r\n" SAY("2"), "2 1 0 next\n" },
		{ "the callback gets the dead reference", CLASS_C "CALL r0, r200, ()\nMAKE_FUNCTION r1, f\n"
		  "WEAKREF_NEW r2, r0, r1!\nSTORE_GLOBAL r2, w\nDELETE_FAST r0\nDELETE_GLOBAL w\n" NEXT END
		  ".code f r\nCALL r1, r, ()\nPRINT r1\nLOAD_GLOBAL r2, w\nIS_OP r1, r2, r, is\nPRINT r1\n" END,
		  "None True next\n" },
		{ "a dead reference calls nobody back", CLASS_C "CALL r0, r200, ()\nMAKE_FUNCTION r1, f\n"
		  "WEAKREF_NEW r2, r0, r1!\nDELETE_FAST r2\nDELETE_FAST r0\n" NEXT END ".code f r\n" SAY("no"), "next\n" },
		/* 3.05 */
		{ "del True callback True", CLASS_Q("F") "CALL r0, r200, ()\nMAKE_FUNCTION r1, f\nWEAKREF_NEW r2, r0, r1!\n"
		  "STORE_GLOBAL r2, w\nDELETE_FAST r0\nDELETE_GLOBAL w\n" NEXT END
		  ".code del self\nLOAD_GLOBAL r1, w\nCALL r2, r1, ()\nIS_OP r2, r2!, self, is\nPRINT r2\n" END
		  ".code f r\nCALL r1, r, ()\nPRINT r1\n" END, "True None next\n" },
		/* 3.07 */
		{ "a resurrected object keeps its weak references", CLASS_Q("F") "CALL r0, r200, ()\nLOAD_CONST r1, None\n"
		  "WEAKREF_NEW r2, r0, r1\nDELETE_FAST r0\nLOAD_GLOBAL r3, k\nCALL r4, r2, ()\nIS_OP r4, r4!, r3, is\n"
		  "PRINT r4, end\nDELETE_GLOBAL k\nDELETE_FAST r3\nCALL r4, r2, ()\nPRINT r4, end\n" END
		  ".code del self\nSTORE_GLOBAL self, k\n" END, "True\nNone\n" },
		{ "a callback gives the class of the dying object a __del__: too late", CLASS_C "STORE_GLOBAL r200, C\n"
		  "CALL r0, r200, ()\nMAKE_FUNCTION r1, f\nWEAKREF_NEW r2, r0, r1\nWEAKREF_NEW r3, r0, r1\n"
		  "DELETE_FAST r0\nDELETE_GLOBAL C\n" NEXT END
		  ".code f r\nLOAD_CONST r1, 'cb'\nPRINT r1\nLOAD_GLOBAL r1, C\nMAKE_FUNCTION r2, del\n"
		  "STORE_ATTR r1, r2, __del__\n" END ".code del self\n" SAY("no"), "cb cb next\n" },
		/* 3.09 */
		{ "an error in a callback", CLASS_C "CALL r0, r200, ()\nMAKE_FUNCTION r1, f\nWEAKREF_NEW r2, r0, r1!\n"
		  "DELETE_FAST r0\n" NEXT END ".code f r\nLOAD_GLOBAL r1, nowhere\n" END,
		  "Exception ignored: NameError: name 'nowhere' is not defined\nnext\n" },
		{ "weakref.ref(1)", "LOAD_CONST r0, 1\nLOAD_CONST r1, None\nWEAKREF_NEW r2, r0, r1\n" END,
		  "TypeError: cannot create weak reference to 'int' object\n" },
		{ "weakref.ref([])", "BUILD_LIST r0, ()\nLOAD_CONST r1, None\nWEAKREF_NEW r2, r0, r1\n" END,
		  "TypeError: cannot create weak reference to 'list' object\n" },
		{ "weakref.ref(f)(1)", "MAKE_FUNCTION r0, f\nLOAD_CONST r1, None\nWEAKREF_NEW r2, r0, r1\n"
		  "CALL r3, r2, r1\n" END ".code f\n" END, "TypeError: weakref expected 0 arguments, got 1\n" },
	};

	EXPECT_ROWS(rows);
	EXPECT_EXEC("", "GC_COLLECT r0, 2\n" END);
}

/* What messages call an instance: the name of its class; others have the name of a module, too. */
TEST_F(classes, names_in_messages)
{
#define LONG	"KKKKKKKKKKKKKKKKKKKKKKKKKKKKKKKKKKKKKKKKKKKKKKKKKKKKKKKKKKKKKKKKKKKK"
#define C0	CLASS_C "CALL r0, r200, ()\nLOAD_CONST r1, 1\n"
#define WEAK	C0 "LOAD_CONST r1, None\nWEAKREF_NEW r0, r0, r1\n"
	static const struct pt_row rows[] = {
		{ "next(C())", C0 "LOAD_GLOBAL r2, next\nCALL r2, r2, r0\n" END, "TypeError: 'C' object is not an iterator\n" },
		{ "iter(C())", C0 "GET_ITER r2, r0\n" END, "TypeError: 'C' object is not iterable\n" },
		{ "C() * 1", C0 "BINARY_OP r2, r0, r1, *\n" END,
		  "TypeError: unsupported operand type(s) for *: 'C' and 'int'\n" },
		{ "-C()", C0 "UNARY_NEGATIVE r2, r0\n" END, "TypeError: bad operand type for unary -: 'C'\n" },
		{ "C() < C()", C0 "COMPARE_OP r2, r0, r0, <\n" END,
		  "TypeError: '<' not supported between instances of 'C' and 'C'\n" },
		{ "C()()", C0 "CALL r2, r0, ()\n" END, "TypeError: 'C' object is not callable\n" },
		{ "C()[1]", C0 "BINARY_SUBSCR r2, r0, r1\n" END, "TypeError: 'C' object is not subscriptable\n" },
		{ "C()[1] = 1", C0 "STORE_SUBSCR r1, r0, r1\n" END, "TypeError: 'C' object does not support item assignment\n" },
		{ "del C()[1]", C0 "DELETE_SUBSCR r0, r1\n" END, "TypeError: 'C' object doesn't support item deletion\n" },
		{ "del C()['a']", C0 "LOAD_CONST r1, 'a'\nDELETE_SUBSCR r0, r1\n" END,
		  "TypeError: 'C' object does not support item deletion\n" },
		{ "[1][C()]", C0 "BUILD_LIST r1, r1\nBINARY_SUBSCR r1, r1, r0\n" END,
		  "TypeError: list indices must be integers or slices, not C\n" },
		{ "'a' + C()", C0 "LOAD_CONST r1, 'a'\nBINARY_OP r1, r1, r0, +\n" END,
		  "TypeError: can only concatenate str (not \"C\") to str\n" },
		{ "class " LONG ": pass", "LOAD_CONST r200, None\nBUILD_MAP r201, ()\nBUILD_CLASS r200, r200, r201!, " LONG "\n"
		  "CALL r0, r200, ()\nBINARY_OP r0, r0, r0, +\n" END,
		  "TypeError: unsupported operand type(s) for +: '" LONG "' and '" LONG "'\n" },
		{ "type('K\u20ac', (), {})() + 1", "LOAD_CONST r0, 'K\u20ac'\nLOAD_CONST r1, ()\nBUILD_MAP r2, ()\n"
		  "LOAD_GLOBAL r3, type\nCALL r3, r3, r0..r2\nCALL r3, r3, ()\nGET_ITER r3, r3\n" END,
		  "TypeError: 'K\u20ac' object is not iterable\n" },
		{ "type('a\\0b', (), {})", "LOAD_CONST r0, 'a\\x00b'\nLOAD_CONST r1, ()\nBUILD_MAP r2, ()\n"
		  "LOAD_GLOBAL r3, type\nCALL r3, r3, r0..r2\n" END,
		  "ValueError: type name must not contain null characters\n" },
		{ "iter(weakref.ref(C()))", WEAK "GET_ITER r2, r0\n" END,
		  "TypeError: 'weakref.ReferenceType' object is not iterable\n" },
		{ "weakref.ref(weakref.ref(C()))", WEAK "WEAKREF_NEW r2, r0, r1\n" END,
		  "TypeError: cannot create weak reference to 'weakref.ReferenceType' object\n" },
		{ "weakref.ref(C()).x", WEAK "LOAD_ATTR r2, r0, x\n" END,
		  "AttributeError: 'weakref.ReferenceType' object has no attribute 'x'\n" },
		{ "t = type(weakref.ref(C())); print(t, t.__name__)", WEAK "GET_TYPE r0, r0\nPRINT r0\nLOAD_ATTR r0, r0, __name__\n"
		  "PRINT r0, end\n" END, "<class 'weakref.ReferenceType'> ReferenceType\n" },
		{ "l = _thread.allocate_lock(); print(type(l), type(l).__name__); iter(l)", "LOCK_NEW r0\nGET_TYPE r1, r0\nPRINT r1\n"
		  "LOAD_ATTR r1, r1, __name__\nPRINT r1, end\nGET_ITER r0, r0\n" END,
		  "<class '_thread.lock'> lock\nTypeError: '_thread.lock' object is not iterable\n" },
	};

	EXPECT_ROWS(rows);
	EXPECT_EXEC("", "GC_COLLECT r0, 2\n" END);
}

/* What a display drops: a dict the last first, once it is made; a set the first first. */
TEST_F(classes, dropped_by_displays)
{
	static const struct pt_row rows[] = {
		{ "d = {257: D('a'), 257: D('b'), 257: D('c'), D('k'): D('v')}; print('next'); del d", CLASS_D
		  "LOAD_CONST r0, 257\n" NEW("r1", "a") "COPY r2, r0\n" NEW("r3", "b") "COPY r4, r0\n" NEW("r5", "c")
		  NEW("r6", "k") NEW("r7", "v") "BUILD_MAP r8, r0..r7!\n" NEXT "DELETE_FAST r8\n" END CODE_D,
		  "b a next\nc k v " },
		{ "{a, b, c}, which are frozenset({300}) with a callback each: 'b c'; del: a", "LOAD_CONST r3, 300\n"
		  "BUILD_TUPLE r3, r3\nBUILD_FROZENSET r0, r3\nBUILD_FROZENSET r1, r3\nBUILD_FROZENSET r2, r3\n"
		  "MAKE_FUNCTION r4, f\nWEAKREF_NEW r4, r0, r4!\nMAKE_FUNCTION r5, g\nWEAKREF_NEW r5, r1, r5!\n"
		  "MAKE_FUNCTION r6, h\nWEAKREF_NEW r6, r2, r6!\nBUILD_SET r7, r0..r2!\n" NEXT "DELETE_FAST r7\n" END
		  ".code f r\n" SAY("a") ".code g r\n" SAY("b") ".code h r\n" SAY("c"), "b c next\na " },
	};

	EXPECT_ROWS(rows);
	EXPECT_EXEC("", "GC_COLLECT r0, 2\n" END);
}

TEST_F(classes, slots)
{
#define SLOTS	"LOAD_CONST r200, None\nLOAD_CONST r201, '__slots__'\nLOAD_CONST r202, ('a',)\n"	\
	"BUILD_MAP r201, r201..r202!\nBUILD_CLASS r200, r200, r201!, S\nCALL r0, r200, ()\n"
	static const struct pt_row rows[] = {
		{ "s = S(); s.a = 1; print(s.a)", SLOTS "LOAD_CONST r1, 1\nSTORE_ATTR r0, r1, a\nLOAD_ATTR r2, r0, a\n"
		  "PRINT r2, end\n" END, "1\n" },
		{ "s.b = 1", SLOTS "LOAD_CONST r1, 1\nSTORE_ATTR r0, r1, b\n" END,
		  "AttributeError: 'S' object has no attribute 'b' and no __dict__ for setting new attributes\n" },
		{ "s.a", SLOTS "LOAD_ATTR r2, r0, a\n" END, "AttributeError: 'S' object has no attribute 'a'\n" },
		{ "s.__dict__", SLOTS "LOAD_ATTR r2, r0, __dict__\n" END,
		  "AttributeError: 'S' object has no attribute '__dict__'\n" },
		{ "weakref.ref(s)", SLOTS "LOAD_CONST r1, None\nWEAKREF_NEW r2, r0, r1\n" END,
		  "TypeError: cannot create weak reference to 'S' object\n" },
		{ "__slots__ = ('a', 1)", "LOAD_CONST r200, None\nLOAD_CONST r201, '__slots__'\n"
		  "LOAD_CONST r202, ('a', 1)\nBUILD_MAP r201, r201..r202!\nBUILD_CLASS r200, r200, r201!, S\n" END,
		  "TypeError: __slots__ items must be strings, not 'int'\n" },
	};

	EXPECT_ROWS(rows);
	EXPECT_EXEC("", "GC_COLLECT r0, 2\n" END);
}

/* gc_cases.json, self_inst and self_inst_dict (4.12): a real __dict__ is one object more. */
TEST_F(classes, dict_only_when_asked_for)
{
	EXPECT_EXEC("1 2\n", CLASS_C "GC_COLLECT r9, 2\nCALL r0, r200, ()\nSTORE_ATTR r0, r0, me\nDELETE_FAST r0\n"
		"GC_COLLECT r1, 2\nPRINT r1\nCALL r0, r200, ()\nSTORE_ATTR r0, r0, me\nLOAD_ATTR r1, r0, __dict__\n"
		"DELETE_FAST r1\nDELETE_FAST r0\nGC_COLLECT r1, 2\nPRINT r1, end\n" END);
	EXPECT_EXEC("{'x': 1} 2\n", CLASS_C "CALL r0, r200, ()\nLOAD_CONST r1, 1\nSTORE_ATTR r0, r1, x\n"
		"LOAD_ATTR r2, r0, __dict__\nPRINT r2\nLOAD_CONST r1, 2\nLOAD_CONST r3, 'x'\nSTORE_SUBSCR r1, r2, r3\n"
		"LOAD_ATTR r1, r0, x\nPRINT r1, end\n" END);
	EXPECT_EXEC("", "GC_COLLECT r0, 2\n" END);
}

/* 4.13 steps 7 to 10, 4.16, 4.17, 3.07 */
TEST_F(classes, collected)
{
	static const struct pt_row rows[] = {
		/* gc_cases.json: fin_cycle */
		{ "a = F(); b = C(); a.o = b; b.o = a; del a, b; gc.collect(); gc.collect()",
		  CLASS_Q("F") "CALL r0, r200, ()\nCALL r1, r200, ()\nSTORE_ATTR r0, r1, o\nSTORE_ATTR r1, r0, o\n"
		  "GC_COLLECT r9, 2\nLOAD_CONST r2, 'a'\nSTORE_ATTR r0, r2, n\nLOAD_CONST r2, 'b'\n"
		  "STORE_ATTR r1, r2, n\nDELETE_FAST r0\nDELETE_FAST r1\nGC_COLLECT r9, 2\nPRINT r9\n"
		  "GC_COLLECT r9, 2\nPRINT r9, end\n" END
		  ".code del self\nLOAD_ATTR r1, self, n\nPRINT r1\nLOAD_ATTR r1, self, o\nLOAD_ATTR r1, r1!, n\nPRINT r1\n"
		  END, "a b b a 2 0\n" },
		/* f.me = f; del f; gc.collect(); the finalizer breaks the cycle: 4.15 */
		{ "def __del__(s): s.me = None", CLASS_Q("F") "GC_COLLECT r9, 2\nCALL r0, r200, ()\nSTORE_ATTR r0, r0, me\n"
		  "DELETE_FAST r0\nGC_COLLECT r9, 2\nPRINT r9, end\n" END
		  ".code del self\nLOAD_CONST r1, None\nSTORE_ATTR self, r1, me\n" END, "0\n" },
		/* 3.07, 3.06 */
		{ "a resurrected object has lost its weak references", CLASS_Q("F") "GC_COLLECT r9, 2\nCALL r0, r200, ()\n"
		  "STORE_ATTR r0, r0, me\nLOAD_CONST r1, None\nWEAKREF_NEW r2, r0, r1\nDELETE_FAST r0\n"
		  "GC_COLLECT r9, 2\nPRINT r9\nCALL r3, r2, ()\nPRINT r3\nLOAD_GLOBAL r4, k\nLOAD_ATTR r5, r4, me\n"
		  "IS_OP r5, r5!, r4, is\nPRINT r5, end\nDELETE_FAST r4\nDELETE_GLOBAL k\nGC_COLLECT r9, 2\nPRINT r9, end\n"
		  END ".code del self\nSTORE_GLOBAL self, k\n" END, "0 None True\n1\n" },
		/* 4.16 */
		{ "w = weakref.ref(b, cb): callbacks, then finalizers", CLASS_Q("F") "GC_COLLECT r9, 2\nCALL r0, r200, ()\n"
		  "CALL r1, r200, ()\nSTORE_ATTR r0, r1, o\nSTORE_ATTR r1, r0, o\nLOAD_CONST r2, 'del a'\n"
		  "STORE_ATTR r0, r2, n\nLOAD_CONST r2, 'del b'\nSTORE_ATTR r1, r2, n\nMAKE_FUNCTION r2, f\n"
		  "WEAKREF_NEW r3, r1, r2!\nDELETE_FAST r0\nDELETE_FAST r1\nGC_COLLECT r9, 2\nPRINT r9, end\n" END
		  ".code del self\nLOAD_ATTR r1, self, n\nPRINT r1\n" END ".code f r\n" SAY("cb"), "cb del a del b 2\n" },
		/* gc_cases.json: wr_in_trash and wr_cb */
		{ "a weak reference in the garbage calls nobody", CLASS_C "GC_COLLECT r9, 2\nCALL r0, r200, ()\n"
		  "STORE_ATTR r0, r0, me\nMAKE_FUNCTION r1, f\nWEAKREF_NEW r2, r0, r1!\nSTORE_ATTR r0, r2!, w\n"
		  "DELETE_FAST r0\nGC_COLLECT r9, 2\nPRINT r9, end\n" END ".code f r\n" SAY("no"), "3\n" },
		/* Its __dict__ is no reference from outside. */
		{ "def __del__(s): s.__dict__; f.x = L; L.append(L); f.me = f", CLASS_Q("F") "GC_COLLECT r9, 2\n"
		  "CALL r0, r200, ()\nBUILD_LIST r1, ()\nLIST_APPEND r1, r1\nSTORE_ATTR r0, r1!, x\n"
		  "STORE_ATTR r0, r0, me\nDELETE_FAST r0\nGC_COLLECT r9, 2\nPRINT r9\nGC_COLLECT r9, 2\nPRINT r9, end\n"
		  END ".code del self\nLOAD_ATTR r1, self, __dict__\n" END, "2 0\n" },
		/* 3.09 on the collector's path */
		{ "def __del__(s): 1/0", CLASS_Q("F") "GC_COLLECT r9, 2\nCALL r0, r200, ()\nSTORE_ATTR r0, r0, me\n"
		  "DELETE_FAST r0\nGC_COLLECT r9, 2\nPRINT r9, end\n" END
		  ".code del self\nLOAD_CONST r1, 1\nLOAD_CONST r2, 0\nBINARY_OP r1, r1, r2, //\n" END,
		  "Exception ignored: ZeroDivisionError: integer division or modulo by zero\n1\n" },
	};

	EXPECT_ROWS(rows);
	EXPECT_EXEC("", "GC_COLLECT r0, 2\n" END);
}

/* a = C(); a.me = a; w = weakref.ref(a, f); x = weakref.ref(a, f); del a; print(gc.collect()) */
#define CALLED_BACK	CLASS_C "CALL r0, r200, ()\nSTORE_ATTR r0, r0, me\nGC_COLLECT r9, 2\n"		\
	"MAKE_FUNCTION r1, f\nWEAKREF_NEW r2, r0, r1\nSTORE_GLOBAL r2!, w\nWEAKREF_NEW r2, r0, r1!\n"	\
	"STORE_GLOBAL r2!, x\nDELETE_FAST r0\nGC_COLLECT r9, 2\nPRINT r9, end\n" END
#define DROP_W		"LOAD_CONST r9, None\nSTORE_GLOBAL r9, w\n"

/* 4.15: a weak reference that is freed when its callback has ended counts */
TEST_F(classes, freed_by_callbacks)
{
	static const struct pt_row rows[] = {
		{ "def f(r): pass", CALLED_BACK ".code f r\n" END, "1\n" },
		{ "def f(r): w = None", CALLED_BACK ".code f r\n" DROP_W END, "2\n" },
		{ "def f(r): w = x = None", CALLED_BACK ".code f r\n" DROP_W "STORE_GLOBAL r9, x\n" END, "3\n" },
		{ "def f(r): w = None; return r", CALLED_BACK ".code f r\n" DROP_W "RETURN_VALUE r\n", "2\n" },
		{ "def f(r): w = None; return [r]", CALLED_BACK ".code f r\n" DROP_W "BUILD_LIST r1, r\nRETURN_VALUE r1\n",
		  "2\n" },
		{ "def f(r): w = None; k = r", CALLED_BACK ".code f r\n" DROP_W "STORE_GLOBAL r, k\n" END, "1\n" },
		{ "def f(): pass", CALLED_BACK ".code f\n" END, "Exception ignored: TypeError: f() takes 0 positional arguments but 1 was given\n"
		  "Exception ignored: TypeError: f() takes 0 positional arguments but 1 was given\n1\n" },
	};

	EXPECT_ROWS(rows);
	EXPECT_EXEC("", "DELETE_GLOBAL k\nDELETE_GLOBAL w\nDELETE_GLOBAL x\nGC_COLLECT r0, 2\n" END);
}

/* A class and its tuple of bases refer to each other: as in CPython, only the collector frees it. */
TEST_F(classes, a_class_is_a_cycle)
{
	EXPECT_EXEC("3\n", "GC_COLLECT r9, 2\n" CLASS_C "DELETE_FAST r200\nGC_COLLECT r9, 2\nPRINT r9, end\n" END);
}

/* What an exception in a finalizer says of its place is not said of the program's own. */
TEST_F(classes, where_an_exception_was_raised)
{
	struct pymm_program *program = pt_assemble(CLASS_Q("F") "CALL r0, r200, ()\nDELETE_FAST r0\nNOP\n"
		"LOAD_GLOBAL r1, nowhere\n" END ".code del self\nLOAD_GLOBAL r1, neither\n" END);
	struct pymm_run run = { 0 };

	ASSERT_EQ(0, pt_run(self->thread, program, &run));
	EXPECT_EQ(PYMM_STATUS_EXCEPTION, run.status);
	EXPECT_EQ(0, run.code);
	EXPECT_EQ(8, run.pos);
	EXPECT_STREQ("name 'nowhere' is not defined", run.message);
	EXPECT_EQ(1, pt_stat(self->arena).unraisable);
	EXPECT_EXEC("", "GC_COLLECT r0, 2\n" END);
	pymm_program_free(program);
}

/*
 * A finalizer that makes the next object whose finalizer does so: no loop, no depth, and other
 * threads have their turn all the same.
 */
TEST_F(classes, finalizers_for_ever_let_others_run)
{
	struct pt_task task;
	int other = pt_thread(self->arena, NULL);

	pt_exec(self->thread, CLASS_Q("Q") "STORE_GLOBAL r200, Q\nLOAD_CONST r0, False\nSTORE_GLOBAL r0, stop\n" END
		".code del self\nSTORE_GLOBAL self, k\nLOAD_GLOBAL r1, stop\nPOP_JUMP_IF_TRUE r1, done\n"
		"LOAD_GLOBAL r1, Q\nCALL r1, r1!, ()\nRETURN_VALUE r1!\ndone:\n" END);
	pt_start(&task, self->thread, "LOAD_GLOBAL r1, Q\nCALL r1, r1!, ()\nDELETE_FAST r1\n" END);
	pt_pause();
	EXPECT_STREQ("", pt_exec(other, "LOAD_CONST r0, True\nSTORE_GLOBAL r0, stop\n" END));
	EXPECT_STREQ("", pt_join(&task));
	pt_task_free(&task);
	close(other);
	EXPECT_EXEC("", "DELETE_GLOBAL Q\nDELETE_GLOBAL k\nGC_COLLECT r0, 2\n" END);
}

/* ABANDON runs nothing and prints nothing, so the next call's output is as large as that says. */
TEST_F(classes, an_error_while_abandoned_is_not_printed)
{
	struct pymm_program *program = pt_assemble(CLASS_Q("P") "STORE_GLOBAL r200, P\nLOAD_CONST r201, '__del__'\n"
		"MAKE_FUNCTION r202, delq\nBUILD_MAP r201, r201..r202!\nLOAD_CONST r200, None\n"
		"BUILD_CLASS r200, r200, r201!, Q\nCALL r0, r200, ()\nDELETE_FAST r0\n" END
		".code delq self\nLOAD_GLOBAL r1, P\nCALL r1, r1!, ()\nLOAD_CONST r2, 1\nLOAD_CONST r3, 0\n"
		"BINARY_OP r2, r2, r3, //\n" END ".code del self\nagain:\nJUMP_BACKWARD again\n");
	char room[128];
	struct pymm_run run = { .max_steps = 1000, .output = (uintptr_t)room, .output_size = sizeof(room) };

	ASSERT_EQ(0, pt_run(self->thread, program, &run));
	ASSERT_EQ(PYMM_STATUS_LIMIT, run.status);
	run.max_steps = 0;
	ASSERT_EQ(0, pt_run_flags(self->thread, PYMM_RUN_ABANDON, &run));
	EXPECT_EQ(0, run.output_used);
	EXPECT_EXEC("8000\n", "LOAD_CONST r0, 'long'\nLOAD_CONST r1, 2000\nBINARY_OP r0, r0, r1, *\n"
		"GET_LEN r1, r0\nPRINT r1, end\n" END);
	EXPECT_EQ(8001, strlen(pt_exec(self->thread, "LOAD_CONST r0, 'long'\nLOAD_CONST r1, 2000\n"
		"BINARY_OP r0, r0, r1, *\nPRINT r0, end\n" END)));
	EXPECT_EXEC("", "DELETE_GLOBAL P\nGC_COLLECT r0, 2\n" END);
	pymm_program_free(program);
}

/* Names as long as they like to be, in messages: cut, and nothing said by the kernel. */
TEST_F(classes, long_names)
{
	char *name = malloc(40001);
	char *text;

	memset(name, '_', 40000);
	name[40000] = 0;
	ASSERT_LT(0, asprintf(&text, "LOAD_GLOBAL r0, %s\n" END, name));
	EXPECT_EQ(0, strncmp("NameError: name '____", pt_exec(self->thread, text), 21));
	free(text);
	ASSERT_LT(0, asprintf(&text, "LOAD_CONST r0, None\nLOAD_CONST r1, \"%s\"\nMAKE_FUNCTION r2, f\n"
			      "BUILD_MAP r1, r1..r2\nBUILD_CLASS r0, r0, r1, C\n" END ".code f\n" END, name));
	EXPECT_EQ(0, strncmp("TypeError: pymm has no special method ____", pt_exec(self->thread, text), 42));
	free(text);
	ASSERT_LT(0, asprintf(&text, ".slot %s\nPRINT %s\n" END, name, name));
	EXPECT_EQ(0, strncmp("UnboundLocalError: cannot access local variable '____",
			     pt_exec(self->thread, text), 53));
	free(text);
	free(name);
}

/* A million deep, or as deep as it takes: each finalizer runs, in order, on the thread's frames. */
TEST_F(classes, a_chain_of_finalizers)
{
	const char *seen = pt_execf(self->thread, CLASS_Q("Q") "LOAD_CONST r0, None\nLOAD_CONST r1, %u\n"
		"LOAD_CONST r2, 1\nLOAD_CONST r5, 0\nSTORE_GLOBAL r5, dead\n"
		"more:\nCALL r3, r200, ()\nSTORE_ATTR r3, r0!, next\nCOPY r0, r3!\nBINARY_OP r1, r1!, r2, -=\n"
		"POP_JUMP_IF_FALSE r1, made\nJUMP_BACKWARD more\nmade:\nDELETE_FAST r0\nLOAD_GLOBAL r5, dead\n"
		"PRINT r5!, end\nDELETE_GLOBAL dead\n" END
		".code del self\nLOAD_GLOBAL r1, dead\nLOAD_CONST r2, 1\nBINARY_OP r1, r1!, r2, +=\n"
		"STORE_GLOBAL r1!, dead\n" END, pt_fewer(100000));
	char expected[16];

	snprintf(expected, sizeof(expected), "%u\n", pt_fewer(100000));
	EXPECT_STREQ(expected, seen);
	EXPECT_EXEC("", "GC_COLLECT r0, 2\n" END);
}

/* What dies of ABANDON has its finalizer run by the next program. */
TEST_F(classes, finalizers_wait_for_a_program)
{
	struct pymm_program *program = pt_assemble(CLASS_D NEW("r0", "late") "NOP\n" END CODE_D);
	struct pymm_run run = { .max_steps = 12 };

	ASSERT_EQ(0, pt_run(self->thread, program, &run));
	ASSERT_EQ(PYMM_STATUS_LIMIT, run.status);
	ASSERT_EQ(0, pt_run_flags(self->thread, PYMM_RUN_ABANDON, &run));
	EXPECT_EXEC("late next\n", NEXT END);
	EXPECT_EXEC("", "GC_COLLECT r0, 2\n" END);
	pymm_program_free(program);
}

TEST_F(classes, less_often)
{
	static const struct pt_row rows[] = {
		{ "print((1).__class__)", "LOAD_CONST r0, 1\nLOAD_ATTR r0, r0, __class__\nPRINT r0, end\n" END, "<class 'int'>\n" },
		{ "class C: __slots__ = 'x'; c = C(); c.x = 1; print(c.x); c.y = 1",
		  "LOAD_CONST r200, None\nLOAD_CONST r201, '__slots__'\nLOAD_CONST r202, 'x'\nBUILD_MAP r201, r201..r202\n"
		  "BUILD_CLASS r200, r200, r201!, C\nCALL r0, r200, ()\nLOAD_CONST r1, 1\nSTORE_ATTR r0, r1, x\n"
		  "LOAD_ATTR r2, r0, x\nPRINT r2, end\nSTORE_ATTR r0, r1, y\n" END,
		  "1\nAttributeError: 'C' object has no attribute 'y' and no __dict__ for setting new attributes\n" },
		/* Only where every base has slots there is no __dict__. */
		{ "class A: __slots__ = 'x'\nclass B(A): __slots__ = 'y'\nb = B(); b.x = 1; b.y = 2; print(b.x, b.y); b.z = 3",
		  "LOAD_CONST r200, None\nLOAD_CONST r201, '__slots__'\nLOAD_CONST r202, 'x'\nBUILD_MAP r203, r201..r202\n"
		  "BUILD_CLASS r200, r200, r203, A\nLOAD_CONST r202, 'y'\nBUILD_MAP r203, r201..r202\nBUILD_CLASS r200, r200, r203, B\n"
		  "CALL r0, r200, ()\nLOAD_CONST r1, 1\nLOAD_CONST r2, 2\nSTORE_ATTR r0, r1, x\nSTORE_ATTR r0, r2, y\nLOAD_ATTR r1, r0, x\n"
		  "PRINT r1\nLOAD_ATTR r1, r0, y\nPRINT r1, end\nSTORE_ATTR r0, r1, z\n" END,
		  "1 2\nAttributeError: 'B' object has no attribute 'z' and no __dict__ for setting new attributes\n" },
		{ "class A: pass\nclass B(A): __slots__ = 'y'\nb = B(); b.z = 3; print(b.z)",
		  "LOAD_CONST r200, None\nBUILD_MAP r203, ()\nBUILD_CLASS r200, r200, r203, A\nLOAD_CONST r201, '__slots__'\n"
		  "LOAD_CONST r202, 'y'\nBUILD_MAP r203, r201..r202\nBUILD_CLASS r200, r200, r203, B\n"
		  "CALL r0, r200, ()\nLOAD_CONST r1, 3\nSTORE_ATTR r0, r1, z\nLOAD_ATTR r1, r0, z\nPRINT r1, end\n" END, "3\n" },
		{ "class C: __slots__ = 5",
		  "LOAD_CONST r200, None\nLOAD_CONST r201, '__slots__'\nLOAD_CONST r202, 5\nBUILD_MAP r201, r201..r202\n"
		  "BUILD_CLASS r200, r200, r201!, C\n" END, "TypeError: 'int' object is not iterable\n" },
		{ "c.__class__ = 1, which pymm refuses in its own words", CLASS_C "CALL r0, r200, ()\nLOAD_CONST r1, 1\n"
		  "STORE_ATTR r0, r1, __class__\n" END, "TypeError: this attribute cannot be set\n" },
		{ "int.x = 1", "LOAD_GLOBAL r0, int\nLOAD_CONST r1, 1\nSTORE_ATTR r0, r1, x\n" END,
		  "TypeError: cannot set 'x' attribute of immutable type 'int'\n" },
		{ "r = weakref.ref(o, c.m); del o; print('next')", "LOAD_CONST r200, None\nLOAD_CONST r201, 'm'\n"
		  "MAKE_FUNCTION r202, method\nBUILD_MAP r201, r201..r202!\nBUILD_CLASS r200, r200, r201!, C\nCALL r0, r200, ()\n"
		  "CALL r1, r200, ()\nLOAD_ATTR r2, r0, m\nWEAKREF_NEW r3, r1, r2\nDELETE_FAST r1\n" NEXT END
		  ".code method self ref\nCALL r2, ref, ()\nPRINT r2, end\n" END, "None\nnext\n" },
		{ "two callbacks in one collection", CLASS_C "CALL r0, r200, ()\nSTORE_ATTR r0, r0, me\nMAKE_FUNCTION r1, a\n"
		  "MAKE_FUNCTION r2, b\nWEAKREF_NEW r1, r0, r1\nWEAKREF_NEW r2, r0, r2\nDELETE_FAST r0\nGC_COLLECT r0, 2\n"
		  NEXT END ".code a ref\nLOAD_CONST r1, 'a'\nPRINT r1, end\n" END ".code b ref\nLOAD_CONST r1, 'b'\nPRINT r1, end\n" END,
		  "b\na\nnext\n" },
		{ "f.x", "MAKE_FUNCTION r0, f\nLOAD_ATTR r0, r0, x\n" END ".code f x\nRETURN_VALUE x\n",
		  "AttributeError: 'function' object has no attribute 'x'\n" },
		{ "del int.x", "LOAD_GLOBAL r0, int\nDELETE_ATTR r0, x\n" END,
		  "TypeError: cannot set 'x' attribute of immutable type 'int'\n" },
		{ "class C: __init__ = 5; C()", "LOAD_CONST r200, None\nLOAD_CONST r201, '__init__'\nLOAD_CONST r202, 5\n"
		  "BUILD_MAP r201, r201..r202\nBUILD_CLASS r200, r200, r201!, C\nCALL r0, r200, ()\n" END,
		  "TypeError: 'int' object is not callable\n" },
		{ "a base that is no class: pymm's own words", "LOAD_CONST r0, 1\nBUILD_MAP r1, ()\nBUILD_CLASS r0, r0, r1, C\n" END,
		  "TypeError: the base of a class is a class or None, not 'int'\n" },
		{ "type('C', (), 1)", "LOAD_CONST r0, None\nLOAD_CONST r1, 1\nBUILD_CLASS r0, r0, r1, C\n" END,
		  "TypeError: type.__new__() argument 3 must be dict, not int\n" },
		{ "f(x, **{1: 2}): names that are no strs", "MAKE_FUNCTION r0, f\nLOAD_CONST r1, 2\nLOAD_CONST r2, (1,)\n"
		  "CALL_KW r0, r0, r1..r2\n" END ".code f x\nRETURN_VALUE x\n", "TypeError: keywords must be strings\n" },
		{ "f.__defaults__ = (1,); f.__defaults__ = (2,); print(f())", "MAKE_FUNCTION r0, f\nLOAD_CONST r1, (1,)\n"
		  "SET_FUNCTION_ATTRIBUTE r0, r1, defaults\nLOAD_CONST r1, (2,)\nSET_FUNCTION_ATTRIBUTE r0, r1, defaults\n"
		  "CALL r0, r0, ()\nPRINT r0, end\n" END ".code f x\nRETURN_VALUE x\n", "2\n" },
	};

	EXPECT_ROWS(rows);
	EXPECT_EQ(0, strncmp(pt_exec(self->thread, CLASS_C "CALL r0, r200, ()\nPRINT r0, end\n" END), "<C object at ", 13));
	/* A dump has what an instance refers to: its class, too. */
	pt_exec(self->thread, CLASS_C "CALL r0, r200!, ()\nSTORE_GLOBAL r0!, c\n" END);
	EXPECT_EQ(1, pt_count_type(self->arena, PYMM_TYPE_INSTANCE));
}

/* As many as the table of weak references has to grow for, more than once. */
TEST_F(classes, many_weak_references)
{
	EXPECT_EXEC("40\nNone\n", CLASS_C
		"BUILD_LIST r0, ()\nBUILD_LIST r1, ()\nLOAD_CONST r2, 40\nLOAD_CONST r3, None\nmore:\nCALL r4, r200, ()\n"
		"WEAKREF_NEW r5, r4, r3\nLIST_APPEND r0, r4!\nLIST_APPEND r1, r5!\nLOAD_CONST r6, 1\n"
		"BINARY_OP r2, r2!, r6!, -=\nPOP_JUMP_IF_FALSE r2, made\nJUMP_BACKWARD more\nmade:\n"
		"LOAD_CONST r2, 40\nLOAD_CONST r7, 0\nnext:\nLOAD_CONST r6, 1\nBINARY_OP r2, r2!, r6!, -=\n"
		"BINARY_SUBSCR r4, r0, r2\nBINARY_SUBSCR r5, r1, r2\nCALL r5, r5!, ()\nIS_OP r5, r5!, r4, is\n"
		"BINARY_OP r7, r7!, r5!, +\nPOP_JUMP_IF_FALSE r2, seen\nJUMP_BACKWARD next\nseen:\nPRINT r7, end\n"
		"DELETE_FAST r0\nDELETE_FAST r4\nLOAD_CONST r2, 39\nBINARY_SUBSCR r5, r1, r2\nCALL r5, r5!, ()\nPRINT r5, end\n" END);
}

/*
 * 3.12: what weakref.WeakValueDictionary does, as a program. An entry goes when its value dies, unless another one has
 * taken its place, and later while the dict is iterated over.
 *
 *	def put(d, key, value):
 *		def remove(ref):
 *			if key in d and d[key] is ref:
 *				if busy: pending.append(key)
 *				else: del d[key]
 *		d[key] = weakref.ref(value, remove)
 */
#define PUT_AND_REMOVE									\
	".code put d key value\nCOPY r3, d\nCOPY r4, key\nMAKE_CELL r3\nMAKE_CELL r4\nBUILD_TUPLE r3, r3..r4!\n"	\
	"MAKE_FUNCTION r4, remove\nSET_FUNCTION_ATTRIBUTE r4, r3!, closure\nWEAKREF_NEW r3, value, r4!\n"		\
	"STORE_SUBSCR r3!, d, key\n" END							\
	".code remove ref\nCOPY_FREE_VARS r1..r2\nLOAD_DEREF r1, r1\nLOAD_DEREF r2, r2\nCONTAINS_OP r3, r2, r1, in\n"	\
	"POP_JUMP_IF_FALSE r3!, done\nBINARY_SUBSCR r3, r1, r2\nIS_OP r3, r3!, ref, is\nPOP_JUMP_IF_FALSE r3!, done\n"	\
	"LOAD_GLOBAL r3, busy\nPOP_JUMP_IF_TRUE r3!, later\nDELETE_SUBSCR r1, r2\nJUMP_FORWARD done\n"		\
	"later:\nLOAD_GLOBAL r3, pending\nLIST_APPEND r3, r2\ndone:\n" END
#define PUT(key, slot)	"LOAD_CONST r11, '" key "'\nCOPY r12, " slot "\nCALL r13, r9, r10..r12!\nCOPY r10, r0\n"
#define KEYS		"LOAD_GLOBAL r20, list\nCALL r20, r20!, r0\nPRINT r20!, end\n"

TEST_F(classes, weak_dictionaries)
{
	EXPECT_EXEC("['a', 'b']\n['b']\n['b']\n['b']\n[]\n['x', 'y']\n['x']\n['y']\n",
		    CLASS_C "BUILD_MAP r0, ()\nCOPY r10, r0\nMAKE_FUNCTION r9, put\nBUILD_LIST r1, ()\nSTORE_GLOBAL r1!, busy\n"
		    "BUILD_LIST r1, ()\nSTORE_GLOBAL r1!, pending\nCALL r1, r200, ()\nCALL r2, r200, ()\n"
		    PUT("a", "r1") PUT("b", "r2") KEYS "DELETE_FAST r1\n" KEYS
		    PUT("c", "r2") "CALL r3, r200, ()\n" PUT("b", "r3") "DELETE_FAST r2\n" KEYS
		    "STORE_ATTR r3, r3, me\nDELETE_FAST r3\n" KEYS "GC_COLLECT r3, 2\n" KEYS
		    "CALL r1, r200, ()\nCALL r2, r200, ()\n" PUT("x", "r1") PUT("y", "r2")
		    "LOAD_GLOBAL r4, busy\nLIST_APPEND r4, r4\nGET_ITER r5, r0\nnext:\nFOR_ITER r6, r5, end\nLOAD_CONST r1, None\n"
		    "JUMP_BACKWARD next\nend:\nLOAD_CONST r6, 0\nDELETE_SUBSCR r4, r6\n" KEYS
		    "LOAD_GLOBAL r4, pending\nPRINT r4, end\nGET_ITER r5, r4\nmore:\nFOR_ITER r6, r5, gone\nDELETE_SUBSCR r0, r6\n"
		    "JUMP_BACKWARD more\ngone:\n" KEYS END PUT_AND_REMOVE);
	EXPECT_EXEC("", "DELETE_GLOBAL busy\nDELETE_GLOBAL pending\n" END);
}

TEST_HARNESS_MAIN
