// SPDX-License-Identifier: GPL-2.0
/*
 * Exceptions: what is raised, caught, chained, and what tracebacks keep alive. The Python beside each
 * program gave the text that is expected (CPython 3.13).
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kselftest_harness.h"
#include "program_util.h"
#include "pymm_util.h"
#include "snapshot_util.h"

PT_FIXTURE(exceptions)

/* rN = name('text'); raise it */
#define NEW(slot, name, text)									\
	"LOAD_GLOBAL " slot ", " name "\nLOAD_CONST r250, '" text "'\nCALL " slot ", " slot ", r250!\n"
#define RAISE(name, text)	NEW("r249", name, text) "RAISE r249!\n"

/* Statements in a try, and the name of its handler; r9 receives the exception. */
#define TRY(body)		"t:\n" body "u:\nJUMP_FORWARD done\n.handler t, u, h, r9\nh:\n"
#define CATCH			"PUSH_EXC_INFO r8, r9\n"
#define DONE			"POP_EXCEPT r8!\ndone:\n"

/* class name(base): body, a dict of functions that r201 holds */
#define CLASS(slot, name, base)									\
	"LOAD_GLOBAL r248, " base "\nBUILD_MAP r247, ()\nBUILD_CLASS " slot ", r248!, r247!, " name "\n"
#define CLASS_WITH(slot, name, base, method, code)						\
	"LOAD_GLOBAL r248, " base "\nLOAD_CONST r246, '" method "'\nMAKE_FUNCTION r247, " code "\n"	\
	"BUILD_MAP r247, r246..r247!\nBUILD_CLASS " slot ", r248!, r247!, " name "\n"

/* class D: __init__(self, n): self.n = n; __del__(self): print(self.n) */
#define CLASS_D											\
	"LOAD_CONST r200, None\nLOAD_CONST r201, '__init__'\nMAKE_FUNCTION r202, init\n"	\
	"LOAD_CONST r203, '__del__'\nMAKE_FUNCTION r204, del\n"					\
	"BUILD_MAP r201, r201..r204!\nBUILD_CLASS r200, r200, r201!, D\nSTORE_GLOBAL r200!, D\n"
#define CODE_D											\
	".code init self n\nSTORE_ATTR self, n, n\n" END					\
	".code del self\nLOAD_ATTR r1, self, n\nPRINT r1!, end\n" END
#define NEW_D(slot, text)									\
	"LOAD_GLOBAL r240, D\nLOAD_CONST r241, '" text "'\nCALL " slot ", r240!, r241!\n"
#define PY_D	"class D:\n def __init__(self, n): self.n = n\n def __del__(self): print(self.n)\n"

TEST_F(exceptions, catch)
{
	static const struct pt_row rows[] = {
		{ "try: raise ValueError('x')\nexcept ValueError as e: print(e, [e], e.args)\nprint('on')",
		  TRY(RAISE("ValueError", "x")) CATCH "LOAD_GLOBAL r10, ValueError\nCHECK_EXC_MATCH r10, r9, r10!\n"
		  "POP_JUMP_IF_FALSE r10!, no\nPRINT r9\nBUILD_LIST r10, r9\nBUILD_LIST r11, r9\nLOAD_CONST r12, 0\n"
		  "PRINT r10\nLOAD_ATTR r13, r9, args\nPRINT r13, end\nPOP_EXCEPT r8!\nJUMP_FORWARD done\n"
		  "no:\nPOP_EXCEPT r8!\nRERAISE r9\ndone:\nLOAD_CONST r1, 'on'\nPRINT r1, end\n" END,
		  "x [ValueError('x')] ('x',)\non\n" },
		{ "raise ValueError('x')", RAISE("ValueError", "x") END, "ValueError: x\n" },
		{ "raise ValueError", "LOAD_GLOBAL r0, ValueError\nRAISE r0\n", "ValueError: \n" },
		{ "class E(ValueError): pass\nraise E('x')", CLASS("r0", "E", "ValueError")
		  "LOAD_CONST r1, 'x'\nCALL r0, r0, r1\nRAISE r0\n", "E: x\n" },
		{ "raise 1", "LOAD_CONST r0, 1\nRAISE r0\n", "TypeError: exceptions must derive from BaseException\n" },
		{ "raise int", "LOAD_GLOBAL r0, int\nRAISE r0\n",
		  "TypeError: exceptions must derive from BaseException\n" },
		{ "raise ValueError from 1", "LOAD_GLOBAL r0, ValueError\nLOAD_CONST r1, 1\nRAISE_FROM r0, r1\n",
		  "TypeError: exception causes must derive from BaseException\n" },
		{ "raise", "GET_EXC r0\nRERAISE r0\n", "RuntimeError: No active exception to reraise\n" },
		{ "try: raise ValueError\nexcept 1: pass", TRY("LOAD_GLOBAL r0, ValueError\nRAISE r0\n")
		  CATCH "LOAD_CONST r1, 1\nCHECK_EXC_MATCH r1, r9, r1\n" DONE END,
		  "TypeError: catching classes that do not inherit from BaseException is not allowed\n" },
		{ "try: raise ValueError\nexcept (TypeError, 1): pass", TRY("LOAD_GLOBAL r0, ValueError\nRAISE r0\n")
		  CATCH "LOAD_GLOBAL r1, TypeError\nLOAD_CONST r2, 1\nBUILD_TUPLE r1, r1..r2\n"
		  "CHECK_EXC_MATCH r1, r9, r1\n" DONE END,
		  "TypeError: catching classes that do not inherit from BaseException is not allowed\n" },
		{ "try: [][0]\nexcept (TypeError, LookupError) as e: print(type(e), e)",
		  TRY("BUILD_LIST r0, ()\nLOAD_CONST r1, 0\nBINARY_SUBSCR r0, r0, r1\n")
		  CATCH "LOAD_GLOBAL r1, TypeError\nLOAD_GLOBAL r2, LookupError\nBUILD_TUPLE r1, r1..r2\n"
		  "CHECK_EXC_MATCH r1, r9, r1\nPOP_JUMP_IF_FALSE r1!, done\nGET_TYPE r1, r9\nPRINT r1\nPRINT r9, end\n"
		  DONE END, "<class 'IndexError'> list index out of range\n" },
		{ "try: {}[(1, 2)]\nexcept KeyError as e: print(e, e.args, [e])",
		  TRY("BUILD_MAP r0, ()\nLOAD_CONST r1, (1, 2)\nBINARY_SUBSCR r0, r0, r1\n")
		  "PRINT r9\nLOAD_ATTR r1, r9, args\nPRINT r1\nBUILD_LIST r1, r9\nPRINT r1, end\ndone:\n" END,
		  "(1, 2) ((1, 2),) [KeyError((1, 2))]\n" },
		{ "try: {}['k']\nexcept KeyError as e: print(e, [e])",
		  TRY("BUILD_MAP r0, ()\nLOAD_CONST r1, 'k'\nBINARY_SUBSCR r0, r0, r1\n")
		  "PRINT r9\nBUILD_LIST r1, r9\nPRINT r1, end\ndone:\n" END, "'k' [KeyError('k')]\n" },
		{ "try: set().pop()\nexcept KeyError as e: print(e, e.args)",
		  TRY("BUILD_SET r0, ()\nSET_POP r0, r0\n")
		  "PRINT r9\nLOAD_ATTR r1, r9, args\nPRINT r1, end\ndone:\n" END,
		  "'pop from an empty set' ('pop from an empty set',)\n" },
		{ "try: x\nexcept NameError as e: print(e.name, e.args)", TRY("LOAD_GLOBAL r0, x\n")
		  "LOAD_ATTR r1, r9, name\nPRINT r1\nLOAD_ATTR r1, r9, args\nPRINT r1, end\ndone:\n" END,
		  "x (\"name 'x' is not defined\",)\n" },
		{ "l = []\ntry: l.x\nexcept AttributeError as e: print(e.name, e.obj is l, e)",
		  "BUILD_LIST r0, ()\n" TRY("LOAD_ATTR r1, r0, x\n")
		  "LOAD_ATTR r1, r9, name\nPRINT r1\nLOAD_ATTR r1, r9, obj\nIS_OP r1, r1, r0, is\nPRINT r1\n"
		  "PRINT r9, end\ndone:\n" END, "x True 'list' object has no attribute 'x'\n" },
		{ "try: next(iter([]))\nexcept StopIteration as e: print(e.args, e.value)",
		  TRY("BUILD_LIST r0, ()\nGET_ITER r0, r0\nLOAD_GLOBAL r1, next\nCALL r0, r1, r0\n")
		  "LOAD_ATTR r1, r9, args\nPRINT r1\nLOAD_ATTR r1, r9, value\nPRINT r1, end\ndone:\n" END, "() None\n" },
		{ "def f(): raise ValueError('x')\ntry: f()\nexcept ValueError as e: print(e)",
		  "MAKE_FUNCTION r0, f\n" TRY("CALL r1, r0, ()\n") "PRINT r9, end\ndone:\n" END
		  ".code f\n" RAISE("ValueError", "x"), "x\n" },
	};

	EXPECT_ROWS(rows);
}

TEST_F(exceptions, objects)
{
	static const struct pt_row rows[] = {
		{ "e = ValueError(); print([e], e, [ValueError(1, 'a')], ValueError(1, 'a'), ValueError(ValueError('x')))",
		  "LOAD_GLOBAL r0, ValueError\nCALL r1, r0, ()\nBUILD_LIST r2, r1\nPRINT r2\nPRINT r1\n"
		  "LOAD_CONST r3, 1\nLOAD_CONST r4, 'a'\nCALL r1, r0, r3..r4\nBUILD_LIST r2, r1\nPRINT r2\nPRINT r1\n"
		  "LOAD_CONST r3, 'x'\nCALL r1, r0, r3\nCALL r1, r0, r1\nPRINT r1, end\n" END,
		  "[ValueError()]  [ValueError(1, 'a')] (1, 'a') x\n" },
		{ "print(issubclass(KeyError, LookupError), isinstance(RecursionError(), Exception), issubclass(KeyError, object))",
		  "LOAD_GLOBAL r0, issubclass\nLOAD_GLOBAL r1, KeyError\nLOAD_GLOBAL r2, LookupError\n"
		  "CALL r3, r0, r1..r2\nPRINT r3\nLOAD_GLOBAL r4, isinstance\nLOAD_GLOBAL r5, RecursionError\n"
		  "CALL r5, r5, ()\nLOAD_GLOBAL r6, Exception\nCALL r3, r4, r5..r6\nPRINT r3\nLOAD_GLOBAL r2, object\n"
		  "CALL r3, r0, r1..r2\nPRINT r3, end\n" END, "True True True\n" },
		{ "e = ValueError(1); e.x = 2; print(e.x, e.__dict__); del e.x; print(e.__dict__); e.x",
		  "LOAD_GLOBAL r0, ValueError\nLOAD_CONST r1, 1\nCALL r0, r0, r1\nLOAD_CONST r1, 2\nSTORE_ATTR r0, r1, x\n"
		  "LOAD_ATTR r2, r0, x\nPRINT r2\nLOAD_ATTR r2, r0, __dict__\nPRINT r2, end\nDELETE_ATTR r0, x\n"
		  "LOAD_ATTR r2, r0, __dict__\nPRINT r2, end\nLOAD_ATTR r2, r0, x\n" END,
		  "2 {'x': 2}\n{}\nAttributeError: 'ValueError' object has no attribute 'x'\n" },
		{ "e = ValueError(1); e.args = [1, 2]; print(e.args, e.__traceback__, e.__context__, e.__cause__, e.__suppress_context__)",
		  "LOAD_GLOBAL r0, ValueError\nLOAD_CONST r1, 1\nCALL r0, r0, r1\nLOAD_CONST r2, 2\nBUILD_LIST r1, r1..r2\n"
		  "STORE_ATTR r0, r1, args\nLOAD_ATTR r1, r0, args\nPRINT r1\nLOAD_ATTR r1, r0, __traceback__\nPRINT r1\n"
		  "LOAD_ATTR r1, r0, __context__\nPRINT r1\nLOAD_ATTR r1, r0, __cause__\nPRINT r1\n"
		  "LOAD_ATTR r1, r0, __suppress_context__\nPRINT r1, end\n" END, "(1, 2) None None None False\n" },
		{ "e = ValueError(); e.__cause__ = TypeError(); print(e.__suppress_context__, [e.__cause__]); e.__cause__ = None; print(e.__suppress_context__, e.__cause__)",
		  "LOAD_GLOBAL r0, ValueError\nCALL r0, r0, ()\nLOAD_GLOBAL r1, TypeError\nCALL r1, r1, ()\n"
		  "STORE_ATTR r0, r1, __cause__\nLOAD_ATTR r1, r0, __suppress_context__\nPRINT r1\n"
		  "LOAD_ATTR r1, r0, __cause__\nBUILD_LIST r1, r1\nPRINT r1, end\nLOAD_CONST r1, None\n"
		  "STORE_ATTR r0, r1, __cause__\nLOAD_ATTR r1, r0, __suppress_context__\nPRINT r1\n"
		  "LOAD_ATTR r1, r0, __cause__\nPRINT r1, end\n" END, "True [TypeError()]\nTrue None\n" },
#define SET(name, value)	"LOAD_GLOBAL r0, ValueError\nCALL r0, r0, ()\nLOAD_CONST r1, " value "\nSTORE_ATTR r0, r1, " name "\n" END
#define DEL(name)		"LOAD_GLOBAL r0, ValueError\nCALL r0, r0, ()\nDELETE_ATTR r0, " name "\n" END
		{ "ValueError().args = 5", SET("args", "5"), "TypeError: 'int' object is not iterable\n" },
		{ "ValueError().__traceback__ = 5", SET("__traceback__", "5"),
		  "TypeError: __traceback__ must be a traceback or None\n" },
		{ "ValueError().__context__ = 5", SET("__context__", "5"),
		  "TypeError: exception context must be None or derive from BaseException\n" },
		{ "ValueError().__cause__ = 5", SET("__cause__", "5"),
		  "TypeError: exception cause must be None or derive from BaseException\n" },
		{ "ValueError().__suppress_context__ = 5", SET("__suppress_context__", "5"),
		  "TypeError: attribute value type must be bool\n" },
		{ "del ValueError().args", DEL("args"), "TypeError: args may not be deleted\n" },
		{ "del ValueError().__context__", DEL("__context__"), "TypeError: __context__ may not be deleted\n" },
		{ "del ValueError().__suppress_context__", DEL("__suppress_context__"),
		  "TypeError: can't delete numeric/char attribute\n" },
		{ "del ValueError().__dict__", DEL("__dict__"), "TypeError: cannot delete __dict__\n" },
		/* Neither can be set: README.md. */
		{ "ValueError().__dict__ = 5", SET("__dict__", "5"), "TypeError: this attribute cannot be set\n" },
		{ "ValueError().__class__ = 5", SET("__class__", "5"), "TypeError: this attribute cannot be set\n" },
		{ "e = ValueError(); e.__suppress_context__ = True; print(e.__suppress_context__); e.__suppress_context__ = False; print(e.__suppress_context__)",
		  "LOAD_GLOBAL r0, ValueError\nCALL r0, r0, ()\nLOAD_CONST r1, True\nSTORE_ATTR r0, r1, __suppress_context__\n"
		  "LOAD_ATTR r2, r0, __suppress_context__\nPRINT r2, end\nLOAD_CONST r1, False\nSTORE_ATTR r0, r1, __suppress_context__\n"
		  "LOAD_ATTR r2, r0, __suppress_context__\nPRINT r2, end\n" END, "True\nFalse\n" },
		{ "e = StopIteration(1); del e.value; print(e.value, e.args); del e.value; e = SystemExit(2); del e.code; print(e.code)",
		  "LOAD_GLOBAL r0, StopIteration\nLOAD_CONST r1, 1\nCALL r0, r0, r1\nDELETE_ATTR r0, value\nLOAD_ATTR r1, r0, value\n"
		  "PRINT r1\nLOAD_ATTR r1, r0, args\nPRINT r1, end\nDELETE_ATTR r0, value\nLOAD_GLOBAL r0, SystemExit\nLOAD_CONST r1, 2\n"
		  "CALL r0, r0, r1\nDELETE_ATTR r0, code\nLOAD_ATTR r1, r0, code\nPRINT r1, end\n" END, "None (1,)\nNone\n" },
		{ "del ValueError().x", DEL("x"), "AttributeError: 'ValueError' object has no attribute 'x'\n" },
		{ "ValueError(x=1)", "LOAD_GLOBAL r0, ValueError\nLOAD_CONST r1, 1\nLOAD_CONST r2, ('x',)\n"
		  "CALL_KW r0, r0, r1..r2\n" END, "TypeError: ValueError() takes no keyword arguments\n" },
		{ "AttributeError(x=1)", "LOAD_GLOBAL r0, AttributeError\nLOAD_CONST r1, 1\nLOAD_CONST r2, ('x',)\n"
		  "CALL_KW r0, r0, r1..r2\n" END, "TypeError: AttributeError() got an unexpected keyword argument 'x'\n" },
		{ "NameError(name=1, x=2)", "LOAD_GLOBAL r0, NameError\nLOAD_CONST r1, 1\nLOAD_CONST r2, 2\n"
		  "LOAD_CONST r3, ('name', 'x')\nCALL_KW r0, r0, r1..r3\n" END,
		  "TypeError: NameError() takes at most 1 keyword argument (2 given)\n" },
		{ "e = AttributeError('q', name='n', obj=3); print(e, e.name, e.obj)",
		  "LOAD_GLOBAL r0, AttributeError\nLOAD_CONST r1, 'q'\nLOAD_CONST r2, 'n'\nLOAD_CONST r3, 3\n"
		  "LOAD_CONST r4, ('name', 'obj')\nCALL_KW r0, r0, r1..r4\nPRINT r0\nLOAD_ATTR r1, r0, name\nPRINT r1\n"
		  "LOAD_ATTR r1, r0, obj\nPRINT r1, end\n" END, "q n 3\n" },
		{ "print(SystemExit(1, 2).code, SystemExit(3).code, StopIteration(1, 2).value)",
		  "LOAD_GLOBAL r0, SystemExit\nLOAD_CONST r1, 1\nLOAD_CONST r2, 2\nCALL r3, r0, r1..r2\n"
		  "LOAD_ATTR r3, r3, code\nPRINT r3\nLOAD_CONST r3, 3\nCALL r3, r0, r3\nLOAD_ATTR r3, r3, code\nPRINT r3\n"
		  "LOAD_GLOBAL r0, StopIteration\nCALL r3, r0, r1..r2\nLOAD_ATTR r3, r3, value\nPRINT r3, end\n" END,
		  "(1, 2) 3 1\n" },
		{ "import weakref\nweakref.ref(ValueError())", "LOAD_GLOBAL r0, ValueError\nCALL r0, r0, ()\n"
		  "LOAD_CONST r1, None\nWEAKREF_NEW r0, r0, r1\n" END,
		  "TypeError: cannot create weak reference to 'ValueError' object\n" },
		{ "import weakref\nclass E(KeyError): pass\ne = E(1); w = weakref.ref(e); print(w() is e); del e; print(w())",
		  CLASS("r0", "E", "KeyError") "LOAD_CONST r1, 1\nCALL r1, r0, r1\nLOAD_CONST r2, None\n"
		  "WEAKREF_NEW r2, r1, r2\nCALL r3, r2, ()\nIS_OP r3, r3!, r1, is\nPRINT r3, end\nDELETE_FAST r1\n"
		  "CALL r3, r2, ()\nPRINT r3, end\n" END, "True\nNone\n" },
		{ "class E(KeyError):\n def m(self): return self.args\ne = E(1, 2); print(e.m(), E.__name__, e)",
		  CLASS_WITH("r0", "E", "KeyError", "m", "m") "LOAD_CONST r1, 1\nLOAD_CONST r2, 2\nCALL r1, r0, r1..r2\n"
		  "LOAD_METHOD r3, r1, r4, m\nCALL_METHOD r3, r3, r4\nPRINT r3\nLOAD_ATTR r3, r0, __name__\nPRINT r3\n"
		  "PRINT r1, end\n" END ".code m self\nLOAD_ATTR r1, self, args\nRETURN_VALUE r1\n", "(1, 2) E (1, 2)\n" },
		{ "class E(Exception):\n def __init__(self, x): self.x = x\ntry: raise E(5)\nexcept E as e: print(e.x, e.args, [e])",
		  CLASS_WITH("r0", "E", "Exception", "__init__", "init")
		  TRY("LOAD_CONST r1, 5\nCALL r1, r0, r1\nRAISE r1\n") "LOAD_ATTR r1, r9, x\nPRINT r1\n"
		  "LOAD_ATTR r1, r9, args\nPRINT r1\nBUILD_LIST r1, r9\nPRINT r1, end\ndone:\n" END
		  ".code init self x\nSTORE_ATTR self, x, x\n" END, "5 (5,) [E(5)]\n" },
		{ "class E(Exception):\n def __init__(self): self.x = 6\ntry: raise E\nexcept E as e: print(e.x)",
		  CLASS_WITH("r0", "E", "Exception", "__init__", "init") TRY("RAISE r0\n")
		  "LOAD_ATTR r1, r9, x\nPRINT r1, end\ndone:\n" END
		  ".code init self\nLOAD_CONST r1, 6\nSTORE_ATTR self, r1, x\n" END, "6\n" },
		{ "class E(Exception):\n def __init__(self): return 1\ntry: raise E\nexcept TypeError as e: print(e)",
		  CLASS_WITH("r0", "E", "Exception", "__init__", "init") TRY("RAISE r0\n") "PRINT r9, end\ndone:\n" END
		  ".code init self\nLOAD_CONST r1, 1\nRETURN_VALUE r1\n",
		  "__init__() should return None, not 'int'\n" },
		{ "class E(Exception):\n def __init__(self): raise KeyError(1)\ntry: raise E\nexcept KeyError as e: print(e)",
		  CLASS_WITH("r0", "E", "Exception", "__init__", "init") TRY("RAISE r0\n") "PRINT r9, end\ndone:\n" END
		  ".code init self\nLOAD_GLOBAL r1, KeyError\nLOAD_CONST r2, 1\nCALL r1, r1, r2\nRAISE r1\n", "1\n" },
		{ "class E(Exception):\n def __init__(self): self.x = 6\ntry: raise KeyError from E\nexcept KeyError as e: print(e.__cause__.x, e.__suppress_context__)",
		  CLASS_WITH("r0", "E", "Exception", "__init__", "init")
		  TRY("LOAD_GLOBAL r1, KeyError\nRAISE_FROM r1, r0\n") "LOAD_ATTR r1, r9, __cause__\n"
		  "LOAD_ATTR r1, r1, x\nPRINT r1\nLOAD_ATTR r1, r9, __suppress_context__\nPRINT r1, end\ndone:\n" END
		  ".code init self\nLOAD_CONST r1, 6\nSTORE_ATTR self, r1, x\n" END, "6 True\n" },
	};

	EXPECT_ROWS(rows);
}

/* def f(): a = D('a'); b = D('b'); raise ValueError('x') */
#define CODE_F	".code f\n.slot a b\n" NEW_D("a", "a") NEW_D("b", "b") RAISE("ValueError", "x")
#define PY_F	PY_D "def f():\n a = D('a'); b = D('b'); raise ValueError('x')\n"
#define PRINT_STR(text)	"LOAD_CONST r245, '" text "'\nPRINT r245!, end\n"

TEST_F(exceptions, tracebacks)
{
	static const struct pt_row rows[] = {
		{ PY_F "try: f()\nexcept ValueError as e: print('caught')\nprint('after')",
		  CLASS_D "MAKE_FUNCTION r0, f\n" TRY("CALL r1, r0, ()\n") CATCH PRINT_STR("caught")
		  "LOAD_CONST r10, None\nPOP_EXCEPT r8!\nDELETE_FAST r9\ndone:\n" PRINT_STR("after") END CODE_F CODE_D,
		  "caught\na\nb\nafter\n" },
		{ PY_F "def g():\n try: f()\n except ValueError as e: s = e\nimport gc; g(); print('left'); print(gc.collect())",
		  CLASS_D "MAKE_FUNCTION r0, f\nSTORE_GLOBAL r0!, f\nMAKE_FUNCTION r0, g\nGC_COLLECT r1, 2\nCALL r1, r0, ()\n" PRINT_STR("left")
		  "GC_COLLECT r1, 2\nPRINT r1, end\n" END
		  ".code g\n.slot e s\nLOAD_GLOBAL r2, f\nt:\nCALL r2, r2!, ()\nu:\n.handler t, u, h, r2\nh:\n"
		  "PUSH_EXC_INFO r3, r2\nCOPY e, r2!\nCOPY s, e\nPOP_EXCEPT r3!\nDELETE_FAST e\nLOAD_CONST r2, None\n"
		  "RETURN_VALUE r2!\n" CODE_F CODE_D, "left\na\nb\n8\n" },
		{ PY_F "def g():\n try: f()\n except ValueError as e: pass\nimport gc; g(); print('left'); print(gc.collect())",
		  CLASS_D "MAKE_FUNCTION r0, f\nSTORE_GLOBAL r0!, f\nMAKE_FUNCTION r0, g\nGC_COLLECT r1, 2\nCALL r1, r0, ()\n" PRINT_STR("left")
		  "GC_COLLECT r1, 2\nPRINT r1, end\n" END
		  ".code g\n.slot e s\nLOAD_GLOBAL r2, f\nt:\nCALL r2, r2!, ()\nu:\n.handler t, u, h, r2\nh:\n"
		  "PUSH_EXC_INFO r3, r2\nCOPY e, r2!\nPOP_EXCEPT r3!\nDELETE_FAST e\nLOAD_CONST r2, None\n"
		  "RETURN_VALUE r2!\n" CODE_F CODE_D, "a\nb\nleft\n0\n" },
		/* The frame that called the one that caught it is kept, too. */
		{ PY_F "def k():\n global s\n try: f()\n except ValueError as e: s = e\n"
		  "def h():\n x = D('h'); k()\n"
		  "h(); print('left'); t = s.__traceback__; print(t.tb_next.tb_next, t.tb_frame.f_back.f_back.f_back); del t\n"
		  "s.__traceback__ = None; print('cleared')",
		  CLASS_D "MAKE_FUNCTION r0, f\nSTORE_GLOBAL r0!, f\nMAKE_FUNCTION r0, k\nSTORE_GLOBAL r0!, k\n"
		  "MAKE_FUNCTION r0, h\nCALL r0, r0!, ()\n" PRINT_STR("left") "LOAD_GLOBAL r0, s\nLOAD_ATTR r1, r0, __traceback__\n"
		  "LOAD_ATTR r2, r1, tb_next\nLOAD_ATTR r2, r2!, tb_next\nPRINT r2\nLOAD_ATTR r1, r1!, tb_frame\n"
		  "LOAD_ATTR r1, r1!, f_back\nLOAD_ATTR r1, r1!, f_back\nLOAD_ATTR r1, r1!, f_back\nPRINT r1, end\n"
		  "LOAD_CONST r1, None\nSTORE_ATTR r0, r1, __traceback__\n" PRINT_STR("cleared") END
		  ".code k\n.slot e\nLOAD_GLOBAL r2, f\nt:\nCALL r2, r2!, ()\nu:\n.handler t, u, h, r2\nh:\n"
		  "PUSH_EXC_INFO r3, r2\nSTORE_GLOBAL r2!, s\nPOP_EXCEPT r3!\nLOAD_CONST r2, None\nRETURN_VALUE r2!\n"
		  ".code h\n.slot x\n" NEW_D("x", "h") "LOAD_GLOBAL r1, k\nCALL r1, r1!, ()\nLOAD_CONST r1, None\nRETURN_VALUE r1!\n"
		  CODE_F CODE_D, "left\nNone None\na\nb\nh\ncleared\n" },
		{ "def f(): x\ntry: f()\nexcept NameError as e: print(e.__traceback__.tb_next.tb_frame.f_code is f.__code__)",
		  "MAKE_FUNCTION r0, f\n" TRY("CALL r1, r0, ()\n") "LOAD_ATTR r1, r9, __traceback__\nLOAD_ATTR r1, r1!, tb_next\n"
		  "LOAD_ATTR r1, r1!, tb_frame\nLOAD_ATTR r1, r1!, f_code\nLOAD_ATTR r2, r0, __code__\nIS_OP r1, r1!, r2!, is\n"
		  "PRINT r1, end\ndone:\n" END ".code f\nLOAD_GLOBAL r0, x\n" END, "True\n" },
		/* A frame that the collector finds before what it is in a cycle with. */
		{ PY_D "def f():\n global d\n d = {}; k = d; a = D('a'); b = D('b'); x\n"
		  "import gc; gc.collect()\ntry: f()\nexcept NameError as e: d['f'] = e.__traceback__.tb_next.tb_frame\n"
		  "print('left'); del d; print(gc.collect(), gc.collect())",
		  CLASS_D "MAKE_FUNCTION r0, f\nGC_COLLECT r1, 2\n" TRY("CALL r1, r0, ()\n") "LOAD_ATTR r1, r9, __traceback__\n"
		  "LOAD_ATTR r1, r1!, tb_next\nLOAD_ATTR r1, r1!, tb_frame\nLOAD_GLOBAL r2, d\nLOAD_CONST r3, 'f'\nSTORE_SUBSCR r1, r2, r3\n"
		  "DELETE_FAST r1\nDELETE_FAST r2\nDELETE_FAST r9\ndone:\n" PRINT_STR("left") "DELETE_GLOBAL d\nGC_COLLECT r1, 2\n"
		  "PRINT r1\nGC_COLLECT r1, 2\nPRINT r1, end\n" END
		  ".code f\n.slot k a b\nBUILD_MAP k, ()\nSTORE_GLOBAL k, d\n" NEW_D("a", "a") NEW_D("b", "b") "LOAD_GLOBAL r3, x\n" END
		  CODE_D, "left\na\nb\n4 0\n" },
		/* Temporaries die before the handler runs, the last one first. */
		{ PY_D "def f(*a): pass\ntry: f(D('1'), D('2'), 1 // 0)\nexcept ZeroDivisionError as e: print(e)",
		  CLASS_D TRY(NEW_D("r10", "1") NEW_D("r11", "2")
			      "LOAD_CONST r12, 1\nLOAD_CONST r13, 0\nBINARY_OP r12, r12!, r13!, //\n")
		  "PRINT r9, end\ndone:\n" END CODE_D, "2\n1\ninteger division or modulo by zero\n" },
		/* A finalizer sees what is being handled; what it raises is nobody's, and is gone afterwards. */
		{ "import sys\nclass Q:\n def __del__(self): print([sys.exception()]); raise KeyError('k')\n"
		  "sys.unraisablehook = lambda u: print('Exception ignored: %s: %s' % (u.exc_type.__name__, u.exc_value))\n"
		  "try: raise ValueError('x')\nexcept ValueError as e:\n Q()\n print(e.__context__)",
		  CLASS_WITH("r0", "Q", "object", "__del__", "del") TRY(RAISE("ValueError", "x")) CATCH
		  "CALL r10, r0, ()\nDELETE_FAST r10\nLOAD_ATTR r10, r9, __context__\nPRINT r10, end\n" DONE END
		  ".code del self\nGET_EXC r1\nBUILD_LIST r1, r1!\nPRINT r1, end\n" RAISE("KeyError", "k"),
		  "[ValueError('x')]\nException ignored: KeyError: 'k'\nNone\n" },
	};

	EXPECT_ROWS(rows);
}

/* Exceptions in r1 to r4, of which the first has the second as its context, and that the third. */
#define CHAIN	NEW("r1", "ValueError", "a") NEW("r2", "ValueError", "b") NEW("r3", "ValueError", "c") NEW("r4", "ValueError", "d")	\
		"STORE_ATTR r1, r2, __context__\nSTORE_ATTR r2, r3, __context__\n"

TEST_F(exceptions, contexts)
{
	static const struct pt_row rows[] = {
		{ "try:\n try: raise ValueError('x')\n except ValueError as v: raise KeyError('y')\n"
		  "except KeyError as e: print([e.__context__], e.__suppress_context__)",
		  TRY(RAISE("ValueError", "x")) CATCH "v:\n" RAISE("KeyError", "y") ".handler v, w, w, r11\nw:\n"
		  "LOAD_ATTR r12, r11, __context__\nBUILD_LIST r12, r12!\nPRINT r12\nLOAD_ATTR r12, r11, __suppress_context__\n"
		  "PRINT r12, end\n" DONE END, "[ValueError('x')] False\n" },
		{ "try:\n try: raise ValueError('x')\n except ValueError as v: x\nexcept NameError as e: print([e.__context__])",
		  TRY(RAISE("ValueError", "x")) CATCH "v:\nLOAD_GLOBAL r10, x\n.handler v, w, w, r11\nw:\n"
		  "LOAD_ATTR r12, r11, __context__\nBUILD_LIST r12, r12!\nPRINT r12, end\n" DONE END, "[ValueError('x')]\n" },
		{ "try:\n try: raise ValueError('x')\n except ValueError as v: raise v\nexcept ValueError as e: print(e.__context__)",
		  TRY(RAISE("ValueError", "x")) CATCH "v:\nRAISE r9\n.handler v, w, w, r11\nw:\n"
		  "LOAD_ATTR r12, r11, __context__\nPRINT r12, end\n" DONE END, "None\n" },
		/* a raised in the handling of b, which was raised in the handling of a: no circle. */
		{ "a = ValueError('a'); b = KeyError('b')\ntry:\n try:\n  try: raise a\n  except ValueError: raise b\n"
		  " except KeyError: raise a\nexcept ValueError as e: print([e.__context__], a.__context__.__context__)",
		  NEW("r1", "ValueError", "a") NEW("r2", "KeyError", "b") TRY("RAISE r1\n") CATCH
		  "v:\nRAISE r2\n.handler v, w, w, r11\nw:\nPUSH_EXC_INFO r10, r11\ny:\nRAISE r1\n.handler y, z, z, r13\nz:\n"
		  "LOAD_ATTR r14, r13, __context__\nBUILD_LIST r15, r14\nPRINT r15\nLOAD_ATTR r14, r14!, __context__\nPRINT r14, end\n"
		  "POP_EXCEPT r10!\n" DONE END, "[KeyError('b')] None\n" },
		/* The one that is raised is cut out of a long chain of contexts. */
		{ "a, b, c, d = ValueError('a'), ValueError('b'), ValueError('c'), ValueError('d')\n"
		  "a.__context__ = b; b.__context__ = c; c.__context__ = d\n"
		  "try:\n try: raise a\n except ValueError: raise d\n"
		  "except ValueError as e: print([e], [e.__context__], [b.__context__], c.__context__)",
		  CHAIN "STORE_ATTR r3, r4, __context__\n" TRY("RAISE r1\n") CATCH "v:\nRAISE r4\n.handler v, w, w, r11\nw:\nBUILD_LIST r12, r11\n"
		  "PRINT r12\nLOAD_ATTR r12, r11, __context__\nBUILD_LIST r12, r12!\nPRINT r12\nLOAD_ATTR r12, r2, __context__\n"
		  "BUILD_LIST r12, r12!\nPRINT r12\nLOAD_ATTR r12, r3, __context__\nPRINT r12, end\n" DONE END,
		  "[ValueError('d')] [ValueError('a')] [ValueError('c')] None\n" },
		/* A circle of contexts, and one that a chain runs into, have no end to be looked for. */
		{ "a, b, c, d = ValueError('a'), ValueError('b'), ValueError('c'), ValueError('d')\n"
		  "a.__context__ = b; b.__context__ = c; c.__context__ = a\n"
		  "try:\n try: raise a\n except ValueError: raise d\nexcept ValueError as e: print([e], [e.__context__], [c.__context__])",
		  CHAIN "STORE_ATTR r3, r1, __context__\n" TRY("RAISE r1\n") CATCH "v:\nRAISE r4\n.handler v, w, w, r11\nw:\nBUILD_LIST r12, r11\n"
		  "PRINT r12\nLOAD_ATTR r12, r11, __context__\nBUILD_LIST r12, r12!\nPRINT r12\nLOAD_ATTR r12, r3, __context__\n"
		  "BUILD_LIST r12, r12!\nPRINT r12, end\n" DONE END,
		  "[ValueError('d')] [ValueError('a')] [ValueError('a')]\n" },
		{ "a, b, c, d = ValueError('a'), ValueError('b'), ValueError('c'), ValueError('d')\n"
		  "a.__context__ = b; b.__context__ = c; c.__context__ = b\n"
		  "try:\n try: raise a\n except ValueError: raise d\nexcept ValueError as e: print([e], [e.__context__], [c.__context__])",
		  CHAIN "STORE_ATTR r3, r2, __context__\n" TRY("RAISE r1\n") CATCH "v:\nRAISE r4\n.handler v, w, w, r11\nw:\nBUILD_LIST r12, r11\n"
		  "PRINT r12\nLOAD_ATTR r12, r11, __context__\nBUILD_LIST r12, r12!\nPRINT r12\nLOAD_ATTR r12, r3, __context__\n"
		  "BUILD_LIST r12, r12!\nPRINT r12, end\n" DONE END,
		  "[ValueError('d')] [ValueError('a')] [ValueError('b')]\n" },
		{ "try: raise ValueError('x') from KeyError('y')\nexcept ValueError as e: print([e.__cause__], e.__context__, e.__suppress_context__)",
		  TRY(NEW("r1", "ValueError", "x") NEW("r2", "KeyError", "y") "RAISE_FROM r1!, r2!\n")
		  "LOAD_ATTR r12, r9, __cause__\nBUILD_LIST r12, r12!\nPRINT r12\nLOAD_ATTR r12, r9, __context__\nPRINT r12\n"
		  "LOAD_ATTR r12, r9, __suppress_context__\nPRINT r12, end\ndone:\n" END, "[KeyError('y')] None True\n" },
	};

	EXPECT_ROWS(rows);
}

/* print(sys.getrefcount(x)) */
#define REFS_X	"LOAD_GLOBAL r250, x\nGET_REFCOUNT r251, r250\nDELETE_FAST r250\nPRINT r251!, end\n"

/* What an instruction that raised had as operands dies before the handler runs, the first one first. */
TEST_F(exceptions, operands)
{
	static const struct pt_row rows[] = {
		{ PY_D "try: [D('1')] + (D('2'),)\nexcept TypeError as e: print(e)",
		  CLASS_D TRY(NEW_D("r10", "1") "BUILD_LIST r10, r10!\n" NEW_D("r11", "2") "BUILD_TUPLE r11, r11!\n"
			      "BINARY_OP r12, r10!, r11!, +\n") "PRINT r9, end\ndone:\n" END CODE_D,
		  "1\n2\ncan only concatenate list (not \"tuple\") to list\n" },
		/* The second one is there as long as the first one dies; what both are has another reference by a name. */
		{ "import sys\nclass F:\n def __del__(self): print(sys.getrefcount(x))\nx = tuple([1000])\nprint(sys.getrefcount(x))\n"
		  "try: [F()] + x\nexcept TypeError: pass\nprint(sys.getrefcount(x))",
		  CLASS_WITH("r0", "F", "object", "__del__", "f") "LOAD_CONST r1, 1000\nBUILD_TUPLE r1, r1!\nSTORE_GLOBAL r1!, x\n" REFS_X
		  TRY("CALL r10, r0, ()\nBUILD_LIST r10, r10!\nLOAD_GLOBAL r11, x\nBINARY_OP r12, r10!, r11!, +\n")
		  "done:\n" REFS_X END ".code f self\n" REFS_X END, "2\n3\n2\n" },
		{ "import sys\nclass F:\n def __del__(self): print(sys.getrefcount(x))\nx = tuple([1000])\nprint(sys.getrefcount(x))\n"
		  "try: len(F(), x, x)\nexcept TypeError: pass\nprint(sys.getrefcount(x))",
		  CLASS_WITH("r0", "F", "object", "__del__", "f") "LOAD_CONST r1, 1000\nBUILD_TUPLE r1, r1!\nSTORE_GLOBAL r1!, x\n" REFS_X
		  TRY("LOAD_GLOBAL r9, len\nCALL r10, r0, ()\nLOAD_GLOBAL r11, x\nLOAD_GLOBAL r12, x\nCALL r9, r9!, r10..r12!\n")
		  "done:\n" REFS_X END ".code f self\n" REFS_X END, "2\n4\n2\n" },
		{ "import sys\nclass F:\n def __del__(self): print(sys.getrefcount(x))\nx = tuple([1000])\nprint(sys.getrefcount(x))\n"
		  "try: (lambda: 0)(x, F(), x)\nexcept TypeError: pass\nprint(sys.getrefcount(x))",
		  CLASS_WITH("r0", "F", "object", "__del__", "f") "LOAD_CONST r1, 1000\nBUILD_TUPLE r1, r1!\nSTORE_GLOBAL r1!, x\n" REFS_X
		  TRY("MAKE_FUNCTION r9, g\nLOAD_GLOBAL r10, x\nCALL r11, r0, ()\nLOAD_GLOBAL r12, x\nCALL r9, r9!, r10..r12!\n")
		  "done:\n" REFS_X END ".code f self\n" REFS_X END ".code g\n" END, "2\n3\n2\n" },
		{ PY_D "try: len(D('1'), D('2'))\nexcept TypeError as e: print(e)",
		  CLASS_D TRY("LOAD_GLOBAL r9, len\n" NEW_D("r10", "1") NEW_D("r11", "2") "CALL r9, r9!, r10..r11!\n")
		  "PRINT r9, end\ndone:\n" END CODE_D, "1\n2\nlen() takes exactly one argument (2 given)\n" },
		{ PY_D "try: (lambda a: 0)(D('1'), D('2'), D('3'))\nexcept TypeError as e: print('no')",
		  CLASS_D TRY("MAKE_FUNCTION r9, f\n" NEW_D("r10", "1") NEW_D("r11", "2") NEW_D("r12", "3")
			      "CALL r9, r9!, r10..r12!\n") PRINT_STR("no") "done:\n" END ".code f a\n" END CODE_D,
		  "2\n3\n1\nno\n" },
		{ PY_D "class A:\n def m(self, a): pass\ntry: A().m(D('1'), D('2'), D('3'))\nexcept TypeError as e: print('no')",
		  CLASS_D CLASS_WITH("r0", "A", "object", "m", "m")
		  TRY("CALL r9, r0, ()\nLOAD_ATTR r9, r9!, m\n" NEW_D("r10", "1") NEW_D("r11", "2") NEW_D("r12", "3")
		      "CALL r9, r9!, r10..r12!\n") PRINT_STR("no") "done:\n" END ".code m self a\n" END CODE_D,
		  "2\n3\n1\nno\n" },
		{ PY_D "try: (lambda: 0)(*[D('1'), D('2')])\nexcept TypeError as e: print('no')",
		  CLASS_D TRY("MAKE_FUNCTION r9, f\n" NEW_D("r10", "1") NEW_D("r11", "2") "CALL r9, r9!, r10..r11!\n")
		  PRINT_STR("no") "done:\n" END ".code f\n" END CODE_D, "1\n2\nno\n" },
		{ PY_D "try: {D('1'): 1, D('2'): 2, []: 3}\nexcept TypeError as e: print(e)",
		  CLASS_D TRY(NEW_D("r10", "1") "LOAD_CONST r11, 1\n" NEW_D("r12", "2") "LOAD_CONST r13, 2\n"
			      "BUILD_LIST r14, ()\nLOAD_CONST r15, 3\nBUILD_MAP r10, r10..r15!\n")
		  "PRINT r9, end\ndone:\n" END CODE_D, "2\n1\nunhashable type: 'list'\n" },
		{ PY_D "try: D('1')[D('2')] = D('3')\nexcept TypeError as e: print('no')",
		  CLASS_D TRY(NEW_D("r10", "3") NEW_D("r11", "1") NEW_D("r12", "2") "STORE_SUBSCR r10, r11, r12\n"
			      ) PRINT_STR("no") "done:\n" END CODE_D, "2\n1\n3\nno\n" },
		{ "class Z(Exception):\n def __del__(self): print('Z')\nclass Y(Exception):\n def __init__(self, n): pass\n"
		  " def __del__(self): print('Y')\ntry: raise Z from Y\nexcept TypeError as e: print('no')",
		  CLASS_WITH("r0", "Z", "Exception", "__del__", "z")
		  "LOAD_GLOBAL r1, Exception\nLOAD_CONST r2, '__init__'\nMAKE_FUNCTION r3, init\nLOAD_CONST r4, '__del__'\n"
		  "MAKE_FUNCTION r5, y\nBUILD_MAP r2, r2..r5!\nBUILD_CLASS r1, r1!, r2!, Y\n"
		  TRY("RAISE_FROM r0, r1\n") PRINT_STR("no") "done:\n" END ".code init self n\n" END
		  ".code z self\n" PRINT_STR("Z") END ".code y self\n" PRINT_STR("Y") END, "Y\nZ\nno\n" },
		{ "class Z(Exception):\n def __del__(self): print('Z')\nclass Y(Exception):\n def __init__(self): return 1\n"
		  " def __del__(self): print('Y')\ntry: raise Z from Y\nexcept TypeError as e: print('no')",
		  CLASS_WITH("r0", "Z", "Exception", "__del__", "z")
		  "LOAD_GLOBAL r1, Exception\nLOAD_CONST r2, '__init__'\nMAKE_FUNCTION r3, init\nLOAD_CONST r4, '__del__'\n"
		  "MAKE_FUNCTION r5, y\nBUILD_MAP r2, r2..r5!\nBUILD_CLASS r1, r1!, r2!, Y\n"
		  TRY("RAISE_FROM r0, r1\n") PRINT_STR("no") "done:\n" END
		  ".code init self\nLOAD_CONST r1, 1\nRETURN_VALUE r1\n"
		  ".code z self\n" PRINT_STR("Z") END ".code y self\n" PRINT_STR("Y") END, "Y\nZ\nno\n" },
		/* The exception that a finalizer raised dies with its frame before the object does. */
		{ PY_D "import sys\nsys.unraisablehook = lambda u: print('Exception ignored: %s: %s' % (u.exc_type.__name__, u.exc_value))\n"
		  "class F:\n def __del__(self):\n  a = D('local')\n  raise ValueError(1)\nf = F(); f.a = D('attribute'); del f\nprint('on')",
		  CLASS_D CLASS_WITH("r0", "F", "object", "__del__", "f") "CALL r0, r0!, ()\n" NEW_D("r1", "attribute")
		  "STORE_ATTR r0, r1!, a\nDELETE_FAST r0\n" PRINT_STR("on") END
		  ".code f self\n.slot a\n" NEW_D("a", "local") "LOAD_GLOBAL r2, ValueError\nLOAD_CONST r3, 1\nCALL r2, r2!, r3!\n"
		  "RAISE r2!\n" CODE_D, "Exception ignored: ValueError: 1\nlocal\nattribute\non\n" },
		{ "class F:\n def __init__(self, n): pass\n def __del__(self): print('F')\n" PY_D
		  "try: F(D('1'), D('2'))\nexcept TypeError as e: print('no')",
		  CLASS_D "LOAD_CONST r0, None\nLOAD_CONST r1, '__init__'\nMAKE_FUNCTION r2, init1\nLOAD_CONST r3, '__del__'\n"
		  "MAKE_FUNCTION r4, f\nBUILD_MAP r1, r1..r4!\nBUILD_CLASS r0, r0, r1!, F\n"
		  TRY(NEW_D("r10", "1") NEW_D("r11", "2") "CALL r9, r0, r10..r11!\n") PRINT_STR("no") "done:\n" END
		  ".code init1 self n\n" END ".code f self\n" PRINT_STR("F") END CODE_D, "F\n1\n2\nno\n" },
		{ PY_D "try: D('1')(D('2'))\nexcept TypeError as e: print(e)",
		  CLASS_D TRY(NEW_D("r9", "1") NEW_D("r10", "2") "CALL r9, r9!, r10!\n") "PRINT r9, end\ndone:\n" END CODE_D,
		  "1\n2\n'D' object is not callable\n" },
		{ "import sys\nclass C: pass\nv = C()\ntry: del v.x\nexcept AttributeError as e: k = e\nprint(sys.getrefcount(v) - 1, k.obj, k.name)\n"
		  "v.__dict__\ntry: del v.x\nexcept AttributeError as e: k = e\nprint(sys.getrefcount(v) - 1, k.name)",
		  CLASS("r0", "C", "object") "CALL r0, r0!, ()\n"
		  "t:\nDELETE_ATTR r0, x\nu:\n.handler t, u, h, r9\nh:\nGET_REFCOUNT r1, r0\nPRINT r1\nLOAD_ATTR r1, r9, obj\n"
		  "PRINT r1\nLOAD_ATTR r1, r9, name\nPRINT r1, end\nLOAD_ATTR r1, r0, __dict__\nDELETE_FAST r1\n"
		  "v:\nDELETE_ATTR r0, x\nw:\n.handler v, w, i, r9\ni:\nGET_REFCOUNT r1, r0\nPRINT r1\nLOAD_ATTR r1, r9, name\n"
		  "PRINT r1, end\n" END, "1 None None\n1 None\n" },
		{ "class A:\n def m(self): pass\nA().m.x",
		  CLASS_WITH("r0", "A", "object", "m", "m") "CALL r0, r0!, ()\nLOAD_ATTR r0, r0!, m\nLOAD_ATTR r0, r0!, x\n" END
		  ".code m self\n" END, "AttributeError: 'function' object has no attribute 'x'\n" },
	};

	EXPECT_ROWS(rows);
}

/* class M with both methods; the body, where r3 is what __enter__ returned; __exit__ returns r or None */
#define CLASS_M	"LOAD_GLOBAL r0, object\nLOAD_CONST r1, '__enter__'\nMAKE_FUNCTION r2, enter\n"		\
		"LOAD_CONST r3, '__exit__'\nMAKE_FUNCTION r4, exit\nBUILD_MAP r1, r1..r4!\nBUILD_CLASS r0, r0!, r1!, M\n"
#define WITH(body)										\
	"CALL r1, r0, ()\nBEFORE_WITH r2, r1!, r3\nCALL r3, r3!, ()\nt:\n" body "u:\n"		\
	"LOAD_CONST r5, None\nCOPY r6, r5\nCOPY r7, r5\nCALL r5, r2!, r5..r7!\nJUMP_FORWARD done\n"	\
	".handler t, u, h, r3\n.handler h, s, c, r5\nh:\nPUSH_EXC_INFO r4, r3\nGET_TYPE r5, r3\nCOPY r6, r3\n"	\
	"LOAD_ATTR r7, r3, __traceback__\nCALL r5, r2, r5..r7!\nPOP_JUMP_IF_TRUE r5!, s\nRERAISE r3!\n"	\
	"s:\nPOP_EXCEPT r4!\nDELETE_FAST r3\nDELETE_FAST r2\nJUMP_FORWARD done\nc:\nPOP_EXCEPT r4!\nRERAISE r5!\ndone:\n"
#define CODE_M(result)										\
	".code enter self\nLOAD_CONST r1, 'enter'\nPRINT r1, end\nRETURN_VALUE self\n"		\
	".code exit self t e tb\nPRINT t\nBUILD_LIST r4, e\nPRINT r4!\nLOAD_CONST r4, " result "\nPRINT r4, end\nRETURN_VALUE r4!\n"
#define PY_M(result)	"class M:\n def __enter__(self): print('enter'); return self\n"		\
	" def __exit__(self, t, e, tb): print(t, [e], " result "); return " result "\n"

TEST_F(exceptions, with)
{
	static const struct pt_row rows[] = {
		{ PY_M("None") "with M() as m: print('body')", CLASS_M WITH(PRINT_STR("body")) END CODE_M("None"),
		  "enter\nbody\nNone [None] None\n" },
		{ PY_M("True") "with M(): raise ValueError('x')\nprint('on')", CLASS_M WITH(RAISE("ValueError", "x"))
		  PRINT_STR("on") END CODE_M("True"), "enter\n<class 'ValueError'> [ValueError('x')] True\non\n" },
		{ PY_M("False") "with M(): raise ValueError('x')", CLASS_M WITH(RAISE("ValueError", "x"))
		  END CODE_M("False"), "enter\n<class 'ValueError'> [ValueError('x')] False\nValueError: x\n" },
		{ "with 5: pass", "LOAD_CONST r0, 5\nBEFORE_WITH r1, r0, r2\n" END,
		  "TypeError: 'int' object does not support the context manager protocol\n" },
		{ "class A:\n def __enter__(self): pass\nwith A(): pass",
		  CLASS_WITH("r0", "A", "object", "__enter__", "f") "CALL r0, r0!, ()\nBEFORE_WITH r1, r0, r2\n" END
		  ".code f self\n" END,
		  "TypeError: 'A' object does not support the context manager protocol (missed __exit__ method)\n" },
	};

	EXPECT_ROWS(rows);
}

/* Where there is to be an exception, and no Python for it. */
TEST_F(exceptions, others)
{
	static const struct pt_row rows[] = {
		{ "RERAISE", "LOAD_CONST r0, 1\nRERAISE r0\n", "TypeError: exceptions must derive from BaseException\n" },
		{ "PUSH_EXC_INFO", "LOAD_CONST r0, 1\nPUSH_EXC_INFO r1, r0\n" END, "TypeError: expected an exception, not 'int'\n" },
		{ "POP_EXCEPT", "LOAD_CONST r0, 'a'\nPOP_EXCEPT r0\n" END, "TypeError: expected an exception, not 'str'\n" },
		{ "CHECK_EXC_MATCH", "BUILD_LIST r0, ()\nLOAD_GLOBAL r1, ValueError\nCHECK_EXC_MATCH r1, r0, r1\n" END,
		  "TypeError: expected an exception, not 'list'\n" },
	};

	EXPECT_ROWS(rows);
}

/* The one MemoryError that needs no memory has no room for anything: what is set is refused, and nothing is kept. */
TEST_F(exceptions, without_memory)
{
	pt_set_max_objects(self->arena, 3000);
	EXPECT_EXEC("True 1 None False\nMemoryError: \n",
		    "LOAD_GLOBAL r0, ValueError\nCALL r0, r0!, ()\nLOAD_CONST r1, True\nBUILD_LIST r2, ()\n"
		    "a:\nmore:\nBUILD_LIST r3, ()\nLIST_APPEND r2, r3!\nJUMP_BACKWARD more\nb:\n.handler a, b, b, r3\n"
		    "c:\nSTORE_ATTR r3, r0, __cause__\nd:\n.handler c, d, d, r4\n"
		    "e:\nSTORE_ATTR r3, r1, __suppress_context__\nf:\n.handler e, f, f, r5\nDELETE_FAST r2\n"
		    "IS_OP r6, r4, r3, is\nPRINT r6\nGET_REFCOUNT r6, r0\nPRINT r6\nLOAD_ATTR r6, r3, __cause__\nPRINT r6\n"
		    "LOAD_ATTR r6, r3, __suppress_context__\nPRINT r6, end\nRAISE r5\n");
	pt_set_max_objects(self->arena, 0x7fffffff);
}

TEST_F(exceptions, limits)
{
	static const struct pt_row rows[] = {
		{ "def f(): f()\ntry: f()\nexcept RecursionError as e: print(e)\nprint('on')",
		  "MAKE_FUNCTION r0, f\nSTORE_GLOBAL r0, f\n" TRY("CALL r0, r0, ()\n") CATCH "PRINT r9, end\n" DONE
		  PRINT_STR("on") END ".code f\nLOAD_GLOBAL r0, f\nCALL r0, r0!, ()\n" END,
		  "maximum recursion depth exceeded\non\n" },
		{ "l = [0]\ntry: l * 2**62\nexcept MemoryError as e: print('no memory')\nprint('on')",
		  "LOAD_CONST r0, 0\nBUILD_LIST r0, r0\n" TRY("LOAD_CONST r1, 4611686018427387904\nBINARY_OP r0, r0, r1, *\n")
		  CATCH PRINT_STR("no memory") DONE PRINT_STR("on") END, "no memory\non\n" },
	};

	EXPECT_ROWS(rows);
}

/* "NAME@POS ..." of the frames that a call tells of. */
static const char *told(const struct pymm_run *run)
{
	static char text[8192];
	const struct pymm_traceback *entries = (const void *)(uintptr_t)run->traceback;
	size_t at = 0;

	text[0] = '\0';
	for (uint32_t i = 0; i < run->traceback_used && at < sizeof(text); i++)
		at += (size_t)snprintf(text + at, sizeof(text) - at, "%s%s@%u", i ? " " : "", entries[i].name,
				       entries[i].pos);
	return text;
}

/* Runs a program that ends with an exception: the frames, and how many it passed. */
static const char *trail(int thread, const char *text, uint32_t size, uint32_t *depth)
{
	static struct pymm_traceback entries[PYMM_MAX_TRACEBACK];
	struct pymm_program *program = pt_assemble(text);
	struct pymm_run run = { .traceback = (uintptr_t)entries, .traceback_size = size };
	int ret;

	memset(entries, 0xff, sizeof(entries));
	ret = pt_run(thread, program, &run);
	pymm_program_free(program);
	if (ret || run.status != PYMM_STATUS_EXCEPTION)
		return "it did not end with an exception";
	*depth = run.traceback_depth;
	return told(&run);
}

#define LONG_NAME	"abcdefghijklmnopqrstuvwxyz_abcdefghijklmnopqrs\u00e9x"

TEST_F(exceptions, what_ended_a_program)
{
	static const struct {
		const char *program;
		uint32_t size;
		uint32_t depth;
		const char *expected;
	} cases[] = {
		/* def g(): nothing */
		{ "NOP\nLOAD_GLOBAL r0, nothing\n" END, 9, 1, "<module>@1" },
		{ "MAKE_FUNCTION r0, f\nCALL r0, r0!, ()\n" END ".code f\nMAKE_FUNCTION r0, g\nNOP\nCALL r0, r0!, ()\n" END
		  ".code g\nLOAD_GLOBAL r0, nothing\n" END, 9, 3, "<module>@1 f@2 g@0" },
		/* Less room: the outermost and the innermost. */
		{ "MAKE_FUNCTION r0, f\nCALL r0, r0!, ()\n" END ".code f\nMAKE_FUNCTION r0, g\nNOP\nCALL r0, r0!, ()\n" END
		  ".code g\nLOAD_GLOBAL r0, nothing\n" END, 2, 3, "<module>@1 g@0" },
		{ "MAKE_FUNCTION r0, f\nCALL r0, r0!, ()\n" END ".code f\nMAKE_FUNCTION r0, g\nNOP\nCALL r0, r0!, ()\n" END
		  ".code g\nLOAD_GLOBAL r0, nothing\n" END, 0, 3, "" },
		{ "MAKE_FUNCTION r0, f\nSTORE_GLOBAL r0, f\nCALL r0, r0!, ()\n" END
		  ".code f\nLOAD_GLOBAL r0, f\nCALL r0, r0!, ()\n" END, 5, 1000, "<module>@2 f@1 f@1 f@1 f@1" },
		/* What was caught, and raised again: where it was raised, and by way of whom. */
		{ "MAKE_FUNCTION r0, f\nCALL r0, r0!, ()\n" END ".code f\na:\nMAKE_FUNCTION r0, g\nCALL r0, r0!, ()\nb:\n"
		  ".handler a, b, h, r1\nh:\nNOP\nRERAISE r1!\n.code g\nLOAD_GLOBAL r0, nothing\n" END,
		  9, 3, "<module>@1 f@1 g@0" },
		{ "MAKE_FUNCTION r0, f\nCALL r0, r0!, ()\n" END ".code f\na:\nMAKE_FUNCTION r0, g\nCALL r0, r0!, ()\nb:\n"
		  ".handler a, b, h, r1\nh:\nNOP\nRAISE r1!\n.code g\nLOAD_GLOBAL r0, nothing\n" END,
		  9, 4, "<module>@1 f@3 f@1 g@0" },
		/* Of a finalizer's nothing is told. */
		{ CLASS_WITH("r0", "F", "object", "__del__", "del") "CALL r0, r0!, ()\nDELETE_FAST r0\nLOAD_GLOBAL r0, nothing\n" END
		  ".code del self\nLOAD_GLOBAL r1, other\n" END, 9, 1, "<module>@7" },
		{ "MAKE_FUNCTION r0, " LONG_NAME "\nCALL r0, r0!, ()\n" END ".code " LONG_NAME "\nLOAD_GLOBAL r0, nothing\n" END,
		  9, 2, "<module>@1 abcdefghijklmnopqrstuvwxyz_abcdefghijklmnopqrs@0" },
	};
	uint32_t depth = 0;

	for (unsigned int i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		EXPECT_STREQ(cases[i].expected, trail(self->thread, cases[i].program, cases[i].size, &depth))
			TH_LOG("%u", i);
		EXPECT_EQ(cases[i].depth, depth)
			TH_LOG("%u", i);
	}
}

/* It pauses in a finalizer while the exception is on its way: the call that goes on has less room, or more. */
TEST_F(exceptions, what_ended_a_paused_program)
{
	static const struct {
		uint32_t first;
		uint32_t second;
		const char *expected;
	} cases[] = {
		{ 9, 2, "<module>@7 g@0" },
		{ 9, 1, "g@0" },
		{ 9, 0, "" },
		{ 2, 9, "<module>@7 g@0" },
		{ 9, 9, "<module>@7 f@3 g@0" },
	};
	static struct pymm_traceback entries[9];
	struct pymm_program *program = pt_assemble(
		CLASS_WITH("r0", "F", "object", "__del__", "del") "STORE_GLOBAL r0!, F\nMAKE_FUNCTION r0, f\nCALL r0, r0, ()\n" END
		".code f\nLOAD_GLOBAL r0, F\nMAKE_FUNCTION r1, g\nCALL r0, r0!, ()\nCALL r1, r1!, ()\n" END
		".code g\nLOAD_GLOBAL r0, nothing\n" END ".code del self\n" PRINT_STR("del") END);
	char output[64];

	for (unsigned int i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct pymm_run run = { .output = (uintptr_t)output, .output_size = 8,
					.traceback = (uintptr_t)entries, .traceback_size = cases[i].first };

		ASSERT_EQ(0, pt_run(self->thread, program, &run));
		ASSERT_EQ(PYMM_STATUS_OUTPUT_FULL, run.status);
		run = (struct pymm_run){ .output = (uintptr_t)output, .output_size = sizeof(output),
					 .traceback = (uintptr_t)entries, .traceback_size = cases[i].second };
		ASSERT_EQ(0, pt_run_flags(self->thread, PYMM_RUN_RESUME, &run));
		EXPECT_EQ(PYMM_STATUS_EXCEPTION, run.status);
		EXPECT_EQ(PYMM_EXC_NAME_ERROR, run.exception);
		EXPECT_EQ(3, run.traceback_depth);
		EXPECT_STREQ(cases[i].expected, told(&run))
			TH_LOG("%u", i);
	}
	pymm_program_free(program);
}

TEST_HARNESS_MAIN
