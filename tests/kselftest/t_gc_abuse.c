// SPDX-License-Identifier: GPL-2.0
/*
 * Finalizers and callbacks that do in a collection what they had better not: they raise, loop, allocate without end,
 * resurrect, collect, release the GIL, change what is being collected, are interrupted, abandoned or killed. The heap is
 * in order afterwards, and the collector usable. The Python beside each program gave the text that is expected
 * (CPython 3.13), with sys.unraisablehook printing what pymm prints.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "kselftest_harness.h"
#include "program_util.h"
#include "pymm_util.h"
#include "snapshot_util.h"

/* Within 100 ms, on a machine that is not emulated. */
#define SOON	(100 * NS_PER_MS * PT_EMULATION)

FIXTURE(gc_abuse) {
	int arena;
	int thread;		/* id 1 */
	int other;		/* id 2 */
	uint64_t objects;
};

FIXTURE_SETUP(gc_abuse)
{
	PT_OPEN(self->arena);
	self->thread = pt_thread(self->arena, NULL);
	self->other = pt_thread(self->arena, NULL);
	ASSERT_LE(0, self->other);
	self->objects = pt_settle(self->arena, self->thread);
	pt_set_flags(self->arena, 0);
}

FIXTURE_TEARDOWN(gc_abuse)
{
	if (self->other >= 0)
		close(self->other);
	EXPECT_STREQ("", pt_finish(self->arena, self->thread, self->objects));
}

/* gc.collect(); it is the first thing a program does, as the last one's class is garbage */
#define BEGIN		"GC_COLLECT r9, 2\n"
#define COLLECT		"GC_COLLECT r9, 2\nPRINT r9\n"
#define COLLECT_END	"GC_COLLECT r9, 2\nPRINT r9, end\n"

/* class F: a method __del__, whose body follows as .code del self */
#define CLASS_F	"LOAD_CONST r200, None\nLOAD_CONST r201, '__del__'\nMAKE_FUNCTION r202, del\n"	\
	"BUILD_MAP r201, r201..r202!\nBUILD_CLASS r200, r200, r201!, F\n"
/* class C: pass */
#define CLASS_C	"LOAD_CONST r200, None\nBUILD_MAP r201, ()\nBUILD_CLASS r200, r200, r201!, C\n"
#define NEW(slot)		"CALL " slot ", r200, ()\n"
#define SET(slot, name, other)	"STORE_ATTR " slot ", " other ", " name "\n"
/* del slot, of an instance that refers to itself */
#define DROP(slot)		SET(slot, "me", slot) "DELETE_FAST " slot "\n"
/* l = []; l.append(l); del l */
#define SELF_LIST		"BUILD_LIST r8, ()\nLIST_APPEND r8, r8\nDELETE_FAST r8\n"
#define SAY(word)		"LOAD_CONST r211, '" word "'\nPRINT r211!\n"
#define SAY_END(word)		"LOAD_CONST r211, '" word "'\nPRINT r211!, end\n"
#define GC(name)		"LOAD_GLOBAL r210, gc\nLOAD_ATTR r210, r210!, " name "\n"
#define CALL_GC(name)		GC(name) "CALL r210, r210!, ()\n"
/* gc.callbacks.append(name), del gc.callbacks[0] */
#define HOOK(name)		GC("callbacks") "MAKE_FUNCTION r211, " name "\nLIST_APPEND r210!, r211!\n"
#define UNHOOK			GC("callbacks") "LOAD_CONST r211, 0\nDELETE_SUBSCR r210, r211\nDELETE_FAST r210\n"
/* raise ValueError(slot) */
#define RAISE(slot)		"LOAD_GLOBAL r212, ValueError\nCALL r212, r212!, " slot "\nRAISE r212!\n"

/* Does the collector count in each generation what is in it? */
static bool tracked_as_counted(int arena)
{
	struct pymm_snapshot *snapshot = pt_snapshot(arena);
	const struct pymm_dump_record *record = NULL;
	uint64_t tracked[PYMM_GENERATIONS] = { 0 };
	struct pymm_stat stat = pt_stat(arena);

	while ((record = pymm_snapshot_next(snapshot, record))) {
		const struct pymm_dump_object *object = (const void *)record;

		if (record->kind == PYMM_DUMP_OBJECT && object->generation < PYMM_GENERATIONS)
			tracked[object->generation]++;
	}
	pymm_snapshot_free(snapshot);
	return !memcmp(tracked, stat.tracked, sizeof(tracked));
}

/* A collection of three objects finds them, and no more; all is as it was at first. */
#define EXPECT_USABLE										\
do {												\
	EXPECT_TRUE(tracked_as_counted(self->arena));						\
	pt_unbind_all(self->arena, self->thread);						\
	EXPECT_EXEC("3 0\n", BEGIN SELF_LIST "BUILD_LIST r0, ()\nBUILD_LIST r1, r0\n"		\
		    "LIST_APPEND r0!, r1!\n" COLLECT COLLECT_END END);				\
	EXPECT_EQ(self->objects, pt_stat(self->arena).objects);					\
	EXPECT_EQ(0, pt_stat(self->arena).gil_holder);						\
} while (0)

/* ---- what comes to an end by itself ---- */

TEST_F(gc_abuse, in_a_collection)
{
	static const struct pt_row rows[] = {
		{ "def __del__(s): raise ValueError(s.n)\n"
		  "a = F('a'); b = F('b'); a.o = b; b.o = a; a.l = [a]; del a, b; print(gc.collect(), gc.collect())",
		  BEGIN CLASS_F NEW("r0") NEW("r1") "LOAD_CONST r2, 'a'\n" SET("r0", "n", "r2") "LOAD_CONST r2, 'b'\n"
		  SET("r1", "n", "r2") SET("r0", "o", "r1") SET("r1", "o", "r0") "BUILD_LIST r2, r0\n" SET("r0", "l", "r2!")
		  "DELETE_FAST r0\nDELETE_FAST r1\n" COLLECT COLLECT_END END
		  ".code del self\nLOAD_ATTR r1, self, n\n" RAISE("r1"),
		  "Exception ignored: ValueError: a\nException ignored: ValueError: b\n3 0\n" },
		{ "def f(r): raise ValueError('f')\ndef g(r): print('g')\nc = C(); c.me = c\n"
		  "w = weakref.ref(c, f); x = weakref.ref(c, g); y = weakref.ref(c, f); del c\n"
		  "print(gc.collect(), w() is None, x() is None); print(gc.collect())",
		  BEGIN CLASS_C NEW("r0") "MAKE_FUNCTION r1, f\nMAKE_FUNCTION r2, g\nWEAKREF_NEW r3, r0, r1\n"
		  "WEAKREF_NEW r4, r0, r2\nWEAKREF_NEW r5, r0, r1\n" DROP("r0") COLLECT "LOAD_CONST r7, None\n"
		  "CALL r6, r3, ()\nIS_OP r6, r6!, r7, is\nPRINT r6\nCALL r6, r4, ()\nIS_OP r6, r6!, r7, is\nPRINT r6, end\n"
		  COLLECT_END END ".code f r\nLOAD_CONST r1, 'f'\n" RAISE("r1") ".code g r\n" SAY_END("g") END,
		  "Exception ignored: ValueError: f\ng\nException ignored: ValueError: f\n1 True True\n0\n" },
		{ "def f(p, i): raise ValueError(p)\ndef g(p, i): print(p, i['collected'])\n"
		  "gc.callbacks.append(f); gc.callbacks.append(g); l = []; l.append(l); del l\n"
		  "print(gc.collect()); del gc.callbacks[:]; print(gc.collect())",
		  BEGIN HOOK("f") HOOK("g") SELF_LIST COLLECT_END UNHOOK UNHOOK COLLECT_END END
		  ".code f p i\n" RAISE("p") ".code g p i\nPRINT p\nLOAD_CONST r2, 'collected'\nBINARY_SUBSCR r2, i, r2\n"
		  "PRINT r2, end\n" END,
		  "Exception ignored: ValueError: start\nstart 0\nException ignored: ValueError: stop\nstop 1\n1\n0\n" },
		{ "def __del__(s): print('del'); kept.append(s)\nkept = []\n"
		  "a = F(); b = F(); c = F(); a.o = b; b.o = c; c.o = a; a.l = [a]; del a, b, c\n"
		  "print(gc.collect(), len(kept), kept[0].o is kept[1]); kept = []; print(gc.collect(), gc.collect())",
		  BEGIN CLASS_F "BUILD_LIST r0, ()\nSTORE_GLOBAL r0!, kept\n" NEW("r0") NEW("r1") NEW("r2") SET("r0", "o", "r1")
		  SET("r1", "o", "r2") SET("r2", "o", "r0") "BUILD_LIST r3, r0\n" SET("r0", "l", "r3!")
		  "DELETE_FAST r0\nDELETE_FAST r1\nDELETE_FAST r2\n" COLLECT "LOAD_GLOBAL r0, kept\nGET_LEN r1, r0\nPRINT r1\n"
		  "LOAD_CONST r1, 0\nBINARY_SUBSCR r1, r0, r1\nLOAD_ATTR r1, r1!, o\nLOAD_CONST r2, 1\nBINARY_SUBSCR r2, r0, r2\n"
		  "IS_OP r2, r1, r2!, is\nPRINT r2, end\nDELETE_FAST r1\nDELETE_FAST r0\nBUILD_LIST r0, ()\n"
		  "STORE_GLOBAL r0!, kept\n" COLLECT COLLECT_END END
		  ".code del self\n" SAY_END("del") "LOAD_GLOBAL r1, kept\nLIST_APPEND r1!, self\n" END,
		  "del\ndel\ndel\n0 3 True\n4 0\n" },
		{ "def __del__(s):\n l = []; l.append(l); del l; print('del', gc.collect(), gc.collect(0))\n"
		  "f = F(); f.me = f; del f; print(gc.collect(), gc.collect(), gc.collect())",
		  BEGIN CLASS_F NEW("r0") DROP("r0") COLLECT COLLECT COLLECT_END END
		  ".code del self\n" SELF_LIST SAY("del") COLLECT "GC_COLLECT r9, 0\nPRINT r9, end\n" END,
		  "del 0 0\n1 1 0\n" },
		{ "def f(r):\n l = []; l.append(l); del l; print('callback', gc.collect(), gc.collect(0))\n"
		  "c = C(); c.me = c; w = weakref.ref(c, f); del c; print(gc.collect(), gc.collect(), gc.collect())",
		  BEGIN CLASS_C NEW("r0") "MAKE_FUNCTION r1, f\nWEAKREF_NEW r2, r0, r1\n" DROP("r0") COLLECT COLLECT COLLECT_END END
		  ".code f r\n" SELF_LIST SAY("callback") COLLECT "GC_COLLECT r9, 0\nPRINT r9, end\n" END,
		  "callback 0 0\n1 1 0\n" },
		{ "def f(p, i):\n l = []; l.append(l); del l; print(p, gc.collect(), gc.collect(0))\n"
		  "gc.callbacks.append(f); l = []; l.append(l); del l; print(gc.collect())\n"
		  "del gc.callbacks[:]; print(gc.collect(), gc.collect())",
		  BEGIN HOOK("f") SELF_LIST COLLECT_END UNHOOK COLLECT COLLECT_END END
		  ".code f p i\n" SELF_LIST "PRINT p\n" COLLECT "GC_COLLECT r9, 0\nPRINT r9, end\n" END,
		  "start 0 0\nstop 0 0\n2\n1 0\n" },
		{ "def __del__(s): gc.freeze(); print(gc.get_freeze_count() > 0)\nf = F(); f.me = f; f.l = [f]; del f\n"
		  "l = []; l.append(l); del l\n"
		  "print(gc.collect(), gc.collect()); gc.unfreeze(); print(gc.get_freeze_count(), gc.collect())",
		  BEGIN CLASS_F NEW("r0") "BUILD_LIST r1, r0\n" SET("r0", "l", "r1!") DROP("r0") SELF_LIST COLLECT COLLECT_END
		  CALL_GC("unfreeze") CALL_GC("get_freeze_count") "PRINT r210\n" COLLECT_END END
		  ".code del self\n" CALL_GC("freeze") CALL_GC("get_freeze_count") "LOAD_CONST r1, 0\nCOMPARE_OP r1, r210, r1, >\n"
		  "PRINT r1, end\n" END,
		  "True\n3 0\n0 0\n" },
		{ "def __del__(s): gc.unfreeze(); print(gc.get_freeze_count())\nl = []; l.append(l); del l\n"
		  "gc.freeze(); f = F(); f.me = f; f.l = [f]; del f; print(gc.collect(), gc.collect(), gc.collect())",
		  BEGIN CLASS_F SELF_LIST CALL_GC("freeze") NEW("r0") "BUILD_LIST r1, r0\n" SET("r0", "l", "r1!") DROP("r0")
		  COLLECT COLLECT COLLECT_END END ".code del self\n" CALL_GC("unfreeze") CALL_GC("get_freeze_count")
		  "PRINT r210, end\n" END,
		  "0\n2 1 0\n" },
		{ "def f(r): gc.freeze(); print(gc.get_freeze_count() > 0)\n"
		  "c = C(); c.me = c; c.l = [c]; w = weakref.ref(c, f); del c\n"
		  "print(gc.collect(), gc.collect()); gc.unfreeze(); print(gc.get_freeze_count(), gc.collect())",
		  BEGIN CLASS_C NEW("r0") "BUILD_LIST r1, r0\n" SET("r0", "l", "r1!") "MAKE_FUNCTION r1, f\nWEAKREF_NEW r2, r0, r1\n"
		  DROP("r0") COLLECT COLLECT_END CALL_GC("unfreeze") CALL_GC("get_freeze_count") "PRINT r210\n" COLLECT_END END
		  ".code f r\n" CALL_GC("freeze") CALL_GC("get_freeze_count") "LOAD_CONST r1, 0\nCOMPARE_OP r1, r210, r1, >\n"
		  "PRINT r1, end\n" END,
		  "True\n2 0\n0 0\n" },
		{ "def f(p, i): print('f', p); del gc.callbacks[0]\ndef g(p, i): print('g', p); gc.callbacks.append(h)\n"
		  "def h(p, i): print('h', p)\ngc.callbacks.append(f); gc.callbacks.append(g)\n"
		  "l = []; l.append(l); del l; print(gc.collect(), len(gc.callbacks)); del gc.callbacks[:]",
		  BEGIN HOOK("f") HOOK("g") SELF_LIST COLLECT GC("callbacks") "GET_LEN r0, r210\nPRINT r0, end\n" UNHOOK UNHOOK END
		  ".code f p i\n" SAY("f") "PRINT p, end\n" UNHOOK END
		  ".code g p i\n" SAY("g") "PRINT p, end\n" HOOK("h") END ".code h p i\n" SAY("h") "PRINT p, end\n" END,
		  "f start\ng stop\nh stop\n1 2\n" },
		{ "def __del__(s): s.o.l = [s, s.o, s.l]; s.l.append(s.o.l); s.d[1] = s; s.o.d = s.d; s.x = [s.d]\n"
		  "a = F(); b = F(); a.o = b; b.o = a; a.l = [a]; b.l = [b]; a.d = {0: a}; b.d = {0: b}; del a, b\n"
		  "print(gc.collect(), gc.collect(), gc.collect())",
		  BEGIN CLASS_F NEW("r0") NEW("r1") SET("r0", "o", "r1") SET("r1", "o", "r0") "BUILD_LIST r2, r0\n"
		  SET("r0", "l", "r2!") "BUILD_LIST r2, r1\n" SET("r1", "l", "r2!") "LOAD_CONST r2, 0\nCOPY r3, r0\n"
		  "BUILD_MAP r2, r2..r3!\n" SET("r0", "d", "r2!") "LOAD_CONST r2, 0\nCOPY r3, r1\nBUILD_MAP r2, r2..r3!\n"
		  SET("r1", "d", "r2!") "DELETE_FAST r0\nDELETE_FAST r1\n" COLLECT COLLECT COLLECT_END END
		  ".code del self\nCOPY r1, self\nLOAD_ATTR r2, self, o\nLOAD_ATTR r3, self, l\nCOPY r4, r2\nCOPY r5, r3\n"
		  "BUILD_LIST r6, r1..r3!\n" SET("r4", "l", "r6") "LIST_APPEND r5!, r6!\nLOAD_ATTR r6, self, d\nLOAD_CONST r7, 1\n"
		  "STORE_SUBSCR self, r6, r7\n" SET("r4", "d", "r6") "BUILD_LIST r7, r6!\n" SET("self", "x", "r7!") END,
		  "0 8 0\n" },
		{ "def __del__(s):\n global left\n if left: left = left - 1; f = F(); f.me = f\n"
		  "left = 3; f = F(); f.me = f; del f; print(*[gc.collect() for i in range(5)])",
		  BEGIN CLASS_F "STORE_GLOBAL r200, F\nLOAD_CONST r0, 3\nSTORE_GLOBAL r0, left\n" NEW("r0") DROP("r0")
		  COLLECT COLLECT COLLECT COLLECT COLLECT_END END
		  ".code del self\nLOAD_GLOBAL r1, left\nPOP_JUMP_IF_FALSE r1, done\nLOAD_CONST r2, 1\nBINARY_OP r1, r1!, r2, -\n"
		  "STORE_GLOBAL r1!, left\nLOAD_GLOBAL r1, F\nCALL r1, r1!, ()\n" SET("r1", "me", "r1") "done:\n" END,
		  "1 1 1 1 0\n" },
		{ "def __del__(s):\n n = 0\n for o in gc.get_objects():\n  if type(o) is F: n += 1\n"
		  " print(n, len(gc.get_referrers(s)))\n"
		  "f = F(); f.me = f; f.l = [f]; g = F(); g.o = f; f.o = g; del f, g; print(gc.collect())",
		  BEGIN CLASS_F "STORE_GLOBAL r200, F\n" NEW("r0") NEW("r1") "BUILD_LIST r2, r0\n" SET("r0", "l", "r2!")
		  SET("r1", "o", "r0") SET("r0", "o", "r1!") DROP("r0") COLLECT_END END
		  ".code del self\nLOAD_CONST r1, 0\nLOAD_CONST r2, 1\n" CALL_GC("get_objects") "LOAD_GLOBAL r3, F\n"
		  "GET_ITER r4, r210\nnext:\nFOR_ITER r5, r4, seen\nGET_TYPE r5, r5!\nIS_OP r5, r5!, r3, is\n"
		  "POP_JUMP_IF_FALSE r5, not\nBINARY_OP r1, r1!, r2, +=\nnot:\nJUMP_BACKWARD next\nseen:\nDELETE_FAST r210\n"
		  "DELETE_FAST r4\nPRINT r1\n" GC("get_referrers") "CALL r210, r210!, self\nGET_LEN r210, r210!\nPRINT r210, end\n" END,
		  "0 0\n0 0\n3\n" },
		{ "def __del__(s): print('del'); raise ValueError(1)\ngc.set_debug(gc.DEBUG_SAVEALL)\nf = F(); f.me = f; del f\n"
		  "print(gc.collect(), len(gc.garbage)); gc.set_debug(0); print(gc.collect())\n"
		  "del gc.garbage[:]; print(gc.collect(), gc.collect())",
		  BEGIN CLASS_F GC("DEBUG_SAVEALL") "COPY r0, r210\n" GC("set_debug") "CALL r210, r210!, r0\n" NEW("r1") DROP("r1")
		  COLLECT GC("garbage") "GET_LEN r1, r210\nPRINT r1, end\nLOAD_CONST r0, 0\n" GC("set_debug") "CALL r210, r210!, r0\n"
		  COLLECT_END GC("garbage") "DELETE_SUBSCR r210, r0\n" COLLECT COLLECT_END END
		  ".code del self\n" SAY_END("del") "LOAD_CONST r1, 1\n" RAISE("r1"),
		  "del\nException ignored: ValueError: 1\n1 1\n0\n1 0\n" },
		{ "def __del__(s): print(lock.acquire(timeout=0.001))\nlock = threading.Lock(); lock.acquire()\n"
		  "f = F(); f.me = f; del f; print(gc.collect(), gc.collect())",
		  BEGIN CLASS_F "LOCK_NEW r0\nLOCK_ACQUIRE r1, r0, nowait\nSTORE_GLOBAL r0!, lock\n" NEW("r0") DROP("r0")
		  COLLECT COLLECT_END END
		  ".code del self\nLOAD_GLOBAL r1, lock\nLOCK_ACQUIRE r1, r1, 1000000\nPRINT r1, end\n" END,
		  "False\n1 0\n" },
	};

	for (unsigned int i = 0; i < ARRAY_SIZE(rows); i++) {
		EXPECT_STREQ(rows[i].expected, pt_exec(self->thread, rows[i].program))
			TH_LOG("%s", rows[i].python);
		EXPECT_USABLE;
	}
}

/* ---- what does not ---- */

/* Where a collection calls a program, whose body follows as far as the label done. */
static const struct hook {
	const char *name;
	const char *setup;	/* makes one of five objects that a collection finds */
	const char *code;
	bool before;		/* before the garbage is found */
	bool after;		/* after it was freed */
	bool hooked;		/* in gc.callbacks, to be taken out */
} hooks[] = {
	{ .name = "a finalizer", .setup = CLASS_F NEW("r0") DROP("r0"), .code = ".code del self\n" },
	{ .name = "a weak reference's callback",
	  .setup = CLASS_C NEW("r0") "MAKE_FUNCTION r1, f\nWEAKREF_NEW r2, r0, r1\n" DROP("r0"), .code = ".code f r\n" },
	{ .name = "gc.callbacks, before", .setup = CLASS_C NEW("r0") DROP("r0") HOOK("f"),
	  .code = ".code f p i\nLOAD_CONST r2, 'start'\nCOMPARE_OP r2, p, r2, ==\nPOP_JUMP_IF_FALSE r2, done\n",
	  .before = true, .hooked = true },
	{ .name = "gc.callbacks, after", .setup = CLASS_C NEW("r0") DROP("r0") HOOK("f"),
	  .code = ".code f p i\nLOAD_CONST r2, 'stop'\nCOMPARE_OP r2, p, r2, ==\nPOP_JUMP_IF_FALSE r2, done\n",
	  .after = true, .hooked = true },
};

/*
 * A collection of it and four lists that refer to themselves, with that body. The class lives on, or it would be
 * garbage, too.
 */
static char *collection(const struct hook *hook, const char *body)
{
	char *text;

	if (asprintf(&text, BEGIN "%s" SELF_LIST SELF_LIST SELF_LIST SELF_LIST "STORE_GLOBAL r200!, class\n" COLLECT_END END
		     "%s" "%s" "done:\n" END, hook->setup, hook->code, body) < 0)
		pt_die("out of memory");
	return text;
}

/* Until the name stop is true; begun is bound then. */
#define LOOP	"LOAD_CONST r2, True\nSTORE_GLOBAL r2, begun\nagain:\nLOAD_GLOBAL r2, stop\n"	\
	"POP_JUMP_IF_TRUE r2, done\nJUMP_BACKWARD again\n"
#define STOP(value)	"LOAD_CONST r0, " value "\nSTORE_GLOBAL r0, stop\n"

static const char *unhook(const struct hook *hook)
{
	return hook->hooked ? UNHOOK : "";
}

/* What it prints in a call, paused or not; stays until the next one. */
struct call {
	struct pymm_run run;
	uint8_t output[512];
	char text[512];
};

static const char *text_of(struct call *call)
{
	FILE *out = fmemopen(call->text, sizeof(call->text), "w");

	if (pymm_output_render(call->output, call->run.output_used, out))
		pt_die("bad output records");
	fputc(0, out);
	fclose(out);
	return call->text;
}

/* A collection that is in its loop: paused there. */
static void begin_looping(struct call *call, int thread, const struct hook *hook)
{
	char *text = collection(hook, LOOP);
	struct pymm_program *program;

	pt_exec(thread, STOP("False") END);
	program = pt_assemble(text);
	call->run = (struct pymm_run){
		.output = (uintptr_t)call->output, .output_size = sizeof(call->output), .max_steps = 1000,
	};
	pt_must(pt_run(thread, program, &call->run), "RUN");
	if (call->run.status != PYMM_STATUS_LIMIT || *text_of(call))
		pt_die("%s does not loop", hook->name);
	call->run.max_steps = 0;
	pymm_program_free(program);
	free(text);
}

/* While it loops another thread uses the heap, and cannot collect. What it leaves is found if it is not too late. */
TEST_F(gc_abuse, looping_beside_another_thread)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(hooks); i++) {
		struct call call;

		begin_looping(&call, self->other, &hooks[i]);
		EXPECT_EXEC("0 0\n", SELF_LIST COLLECT "GC_COLLECT r9, 0\nPRINT r9, end\n" STOP("True") END);
		ASSERT_EQ(0, pt_run_flags(self->other, PYMM_RUN_RESUME, &call.run));
		EXPECT_EQ(PYMM_STATUS_DONE, call.run.status);
		EXPECT_STREQ(hooks[i].before ? "6\n" : "5\n", text_of(&call))
			TH_LOG("%s", hooks[i].name);
		EXPECT_STREQ(hooks[i].before ? "0 0\n" : "1 0\n", pt_execf(self->thread, "%s" COLLECT COLLECT_END END, unhook(&hooks[i])))
			TH_LOG("%s", hooks[i].name);
		EXPECT_USABLE;
	}
}

TEST_F(gc_abuse, interrupted)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(hooks); i++) {
		struct call call;

		begin_looping(&call, self->other, &hooks[i]);
		ASSERT_EQ(0, pt_run_flags(self->other, PYMM_RUN_RESUME | PYMM_RUN_INTERRUPT, &call.run));
		EXPECT_EQ(PYMM_STATUS_DONE, call.run.status);
		EXPECT_STREQ("Exception ignored: KeyboardInterrupt: \n5\n", text_of(&call))
			TH_LOG("%s", hooks[i].name);
		EXPECT_STREQ("0\n", pt_execf(self->thread, STOP("True") "%s" COLLECT_END END, unhook(&hooks[i])))
			TH_LOG("%s", hooks[i].name);
		EXPECT_USABLE;
	}
}

/* A collection that was given up, or its thread closed: the next one finds what was not freed yet. */
#define EXPECT_GIVEN_UP(hook)										\
do {													\
	EXPECT_TRUE(tracked_as_counted(self->arena));							\
	EXPECT_STREQ((hook)->after ? "0 0\n" : "5 0\n",							\
		     pt_execf(self->thread, STOP("True") "%s" COLLECT COLLECT_END END, unhook(hook)))	\
		TH_LOG("%s", (hook)->name);								\
	EXPECT_USABLE;											\
} while (0)

TEST_F(gc_abuse, abandoned)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(hooks); i++) {
		struct call call;

		begin_looping(&call, self->other, &hooks[i]);
		ASSERT_EQ(0, pt_run_flags(self->other, PYMM_RUN_ABANDON, &call.run));
		EXPECT_STREQ("", text_of(&call));
		EXPECT_GIVEN_UP(&hooks[i]);
	}
}

TEST_F(gc_abuse, closed)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(hooks); i++) {
		int thread = pt_thread(self->arena, NULL);
		struct call call;

		begin_looping(&call, thread, &hooks[i]);
		close(thread);
		EXPECT_TRUE(pt_until(pt_stat(self->arena).threads == 2, PT_DEADLINE_MS));
		EXPECT_GIVEN_UP(&hooks[i]);
	}
}

/* A process that loops in a collection is killed; it alone has the thread if @close. */
static void kill_looping(struct __test_metadata *_metadata, int arena, int thread, int other, const struct hook *hook, bool last)
{
	char *text = collection(hook, LOOP);
	uint64_t took;
	pid_t child;

	pt_exec(thread, STOP("False") END);
	child = pt_fork();
	if (!child) {
		pt_exec(other, text);
		_exit(0);
	}
	if (last)
		close(other);
	EXPECT_TRUE(pt_until(pt_id(arena, "begun"), PT_DEADLINE_MS))
		TH_LOG("%s does not loop", hook->name);
	took = pt_kill(child);
	EXPECT_GT(SOON, took)
		TH_LOG("%s: death took %llu ms", hook->name, (unsigned long long)(took / NS_PER_MS));
	free(text);
}

TEST_F(gc_abuse, killed)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(hooks); i++) {
		kill_looping(_metadata, self->arena, self->thread, pt_thread(self->arena, NULL), &hooks[i], true);
		EXPECT_TRUE(pt_until(pt_stat(self->arena).threads == 2, PT_DEADLINE_MS));
		EXPECT_GIVEN_UP(&hooks[i]);
	}
}

/* Who has the thread, too, goes on where the dead one stopped. */
TEST_F(gc_abuse, killed_and_resumed)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(hooks); i++) {
		struct call call = { .run = { .output = (uintptr_t)call.output, .output_size = sizeof(call.output) } };

		kill_looping(_metadata, self->arena, self->thread, self->other, &hooks[i], false);
		EXPECT_EXEC("", STOP("True") END);
		ASSERT_EQ(0, pt_run_flags(self->other, PYMM_RUN_RESUME, &call.run));
		EXPECT_EQ(PYMM_STATUS_DONE, call.run.status);
		EXPECT_STREQ("5\n", text_of(&call))
			TH_LOG("%s", hooks[i].name);
		EXPECT_STREQ("0\n", pt_execf(self->thread, "%s" COLLECT_END END, unhook(&hooks[i])))
			TH_LOG("%s", hooks[i].name);
		EXPECT_USABLE;
	}
}

/* It waits for a lock, without the GIL, until another thread has collected in vain, and releases it. */
TEST_F(gc_abuse, waiting_for_a_lock)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(hooks); i++) {
		char *text = collection(&hooks[i], "LOAD_GLOBAL r2, lock\nLOCK_ACQUIRE r3, r2, forever\nDELETE_FAST r2\n");
		struct pt_task task;

		EXPECT_EXEC("", "LOCK_NEW r0\nLOCK_ACQUIRE r1, r0, nowait\nSTORE_GLOBAL r0, lock\n" END);
		pt_start(&task, self->other, text);
		EXPECT_TRUE(pt_until(pt_blocked(task.tid), PT_DEADLINE_MS));
		EXPECT_EXEC("0 0\n", SELF_LIST COLLECT "GC_COLLECT r9, 0\nPRINT r9, end\n"
			    "LOAD_GLOBAL r0, lock\nLOCK_RELEASE r0\n" END);
		EXPECT_STREQ(hooks[i].before ? "6\n" : "5\n", pt_join(&task))
			TH_LOG("%s", hooks[i].name);
		pt_task_free(&task);
		EXPECT_STREQ(hooks[i].before ? "0\n" : "1\n",
			     pt_execf(self->thread, "LOAD_GLOBAL r0, lock\nLOCK_RELEASE r0\n%s" COLLECT_END END, unhook(&hooks[i])))
			TH_LOG("%s", hooks[i].name);
		EXPECT_USABLE;
		free(text);
	}
}

/* ---- what there is not enough of ---- */

/* l = []; while True: l.append([l]) */
#define LISTS_WITHOUT_END	"BUILD_LIST r2, ()\nagain:\nBUILD_LIST r3, r2\nLIST_APPEND r2, r3!\nJUMP_BACKWARD again\n"
/* l = [l]; while True: l.extend(l) */
#define REFERENCES_WITHOUT_END	"BUILD_LIST r2, ()\nBUILD_LIST r2, r2\nagain:\nLIST_EXTEND r2, r2\nJUMP_BACKWARD again\n"

static bool starts_with(const char *text, const char *start)
{
	return !strncmp(text, start, strlen(start));
}

#define IGNORED	"Exception ignored: MemoryError"

/* The MemoryError is ignored, and what was hoarded is garbage of the next collection, or of this one. */
TEST_F(gc_abuse, objects_without_end)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(hooks); i++) {
		char *text = collection(&hooks[i], LISTS_WITHOUT_END);
		const char *seen, *line;
		unsigned int found;

		pt_set_max_objects(self->arena, self->objects + 3000);
		seen = pt_exec(self->thread, text);
		line = strchr(seen, '\n');
		EXPECT_TRUE(starts_with(seen, IGNORED) && line)
			TH_LOG("%s: %s", hooks[i].name, seen);
		found = line ? strtoul(line, NULL, 10) : 0;
		EXPECT_TRUE(hooks[i].before ? found > 2500 : found == 5)
			TH_LOG("%s: %u found", hooks[i].name, found);
		seen = pt_execf(self->thread, "%s" COLLECT COLLECT_END END, unhook(&hooks[i]));
		found = strtoul(seen, NULL, 10);
		EXPECT_TRUE(hooks[i].before ? found == 0 : found > 2500)
			TH_LOG("%s: %u found then", hooks[i].name, found);
		EXPECT_EXEC("0\n", COLLECT_END END);
		pt_set_max_objects(self->arena, INT32_MAX);
		EXPECT_USABLE;
		free(text);
	}
}

TEST_F(gc_abuse, bytes_without_end)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(hooks); i++) {
		char *text = collection(&hooks[i], REFERENCES_WITHOUT_END);
		const char *seen;

		pt_set_max_bytes(self->arena, 2 << 20);
		seen = pt_exec(self->thread, text);
		EXPECT_TRUE(starts_with(seen, IGNORED) && strstr(seen, "\n5\n"))
			TH_LOG("%s: %s", hooks[i].name, seen);
		EXPECT_STREQ("0\n", pt_execf(self->thread, "%s" COLLECT_END END, unhook(&hooks[i])))
			TH_LOG("%s", hooks[i].name);
		EXPECT_USABLE;
		free(text);
	}
}

/*
 * heap = []
 * for i in range(4000):
 *	a = []; t = (a,); d = {0: t}; c = C(); c.d = d; w = weakref.ref(c); a.append(w); a.append(c); heap.append(a)
 */
#define HEAP	CLASS_C "STORE_GLOBAL r200, class\nBUILD_LIST r0, ()\nSTORE_GLOBAL r0, heap\nLOAD_CONST r7, 4000\n"		\
	"LOAD_CONST r8, 1\nmore:\nBUILD_LIST r1, ()\nBUILD_TUPLE r2, r1\nLOAD_CONST r3, 0\nCOPY r4, r2!\nBUILD_MAP r3, r3..r4!\n"	\
	NEW("r4") SET("r4", "d", "r3!") "LOAD_CONST r5, None\nWEAKREF_NEW r5, r4, r5\nLIST_APPEND r1, r5!\nLIST_APPEND r1, r4!\n"	\
	"LIST_APPEND r0, r1!\nBINARY_OP r7, r7!, r8, -=\nPOP_JUMP_IF_FALSE r7, made\nJUMP_BACKWARD more\nmade:\n"

/*
 * A collection where not one more byte, and not one more object, can be had: it comes to its end, with the right number.
 * The list that the program makes then shows that it is so.
 */
static const char *collect_at_the_limit(struct call *call, int arena, int thread)
{
	struct pymm_program *program = pt_assemble("NOP\nGC_COLLECT r9, 2\nPRINT r9, end\nBUILD_LIST r9, r9\n" END);
	struct pymm_stat stat;

	call->run = (struct pymm_run){
		.output = (uintptr_t)call->output, .output_size = sizeof(call->output), .max_steps = 1,
	};
	pt_must(pt_run(thread, program, &call->run), "RUN");
	pymm_program_free(program);
	stat = pt_stat(arena);
	pt_set_max_bytes(arena, stat.bytes);
	pt_set_max_objects(arena, stat.objects);
	call->run.max_steps = 0;
	pt_must(pt_run_flags(thread, PYMM_RUN_RESUME, &call->run), "RUN");
	pt_set_max_bytes(arena, 256 << 20);
	pt_set_max_objects(arena, INT32_MAX);
	return text_of(call);
}

TEST_F(gc_abuse, at_the_limit)
{
	struct call call;

	EXPECT_EXEC("", BEGIN HEAP END);
	EXPECT_STREQ("0\n", collect_at_the_limit(&call, self->arena, self->other));
	EXPECT_EQ(PYMM_EXC_MEMORY_ERROR, call.run.exception);
	EXPECT_EXEC("", "LOAD_GLOBAL r0, heap\nLIST_APPEND r0, r0\nDELETE_GLOBAL heap\n" END);
	EXPECT_STREQ("20001\n", collect_at_the_limit(&call, self->arena, self->other));
	EXPECT_EQ(PYMM_STATUS_DONE, call.run.status);
	EXPECT_EXEC("0\n", COLLECT_END END);
	EXPECT_USABLE;
}

TEST_HARNESS_MAIN
