// SPDX-License-Identifier: GPL-2.0-only
/*
 * Scene names: two names, and which objects they point to.
 */
#include <inttypes.h>
#include <string.h>

#include "demo.h"

/* Two ids and what `is` said, printed on one line. */
struct pair {
	unsigned int x;
	unsigned int y;
	char is[8];
};

/* print(id(x), id(y), x is y) */
static int print_pair(struct demo *demo, struct pair *pair)
{
	struct demo_output output;
	int ret = demo_run(demo, "print(id(x), id(y), x is y)",
			   ASM("LOAD_GLOBAL r0, x")
			   ASM("LOAD_GLOBAL r1, y")
			   ASM("IS_OP r2, r0, r1, is")
			   ASM("GET_ID r0, r0!")
			   ASM("GET_ID r1, r1!")
			   ASM("PRINT r0!")
			   ASM("PRINT r1!")
			   ASM("PRINT r2!, end"), &output);

	*pair = (struct pair){ 0 };
	if (!ret && sscanf(output.text, "%u %u %7s", &pair->x, &pair->y, pair->is) != 3)
		return cmd_fail(demo->cmd, "two numbers and a bool were to be printed");
	return ret;
}

/* x = 300 */
static int bind_one(struct demo *demo)
{
	const struct log_event *event = NULL;
	unsigned int count;
	struct seen x, made;
	int place, ret;

	demo_log_clear(demo);
	ret = demo_run(demo, "x = 300", ASM("LOAD_CONST r0, 300") ASM("STORE_GLOBAL r0!, x"), NULL);
	if (!ret)
		ret = demo_name(demo, "x", &x);
	if (!ret)
		ret = demo_find_int(demo, 300, &count, &made);
	if (ret)
		return ret;
	place = demo_log_find(demo, LOG_BIND, x.id, 0);
	if (place >= 0)
		event = demo_log_event(demo, place);
	if (demo->log)
		demo_seen(demo, event && !strcmp(event->name, "x") && event->ns && !event->old_id,
			  "event: in namespace %u, name %s was bound, before to %u, now to %u",
			  event ? event->ns : 0, event ? event->name : "?",
			  event ? event->old_id : 0, event ? event->id : 0);
	demo_claim(demo, "S10", count == 1 && x.id == made.id && x.value == 300,
		   "in the dump, x names object %u, the int %" PRId64, x.id, x.value);
	return CMD_OK;
}

static int bind_two(struct demo *demo)
{
	unsigned int before, after, made = 0;
	struct pair pair = { 0 };
	struct seen x, y, one;
	int ret;

	ret = demo_find_int(demo, 300, &before, &one);
	demo_log_clear(demo);
	if (!ret)
		ret = demo_run(demo, "y = x", ASM("LOAD_GLOBAL r0, x") ASM("STORE_GLOBAL r0!, y"),
			       NULL);
	if (!ret)
		ret = demo_find_int(demo, 300, &after, &x);
	made = demo_log_count(demo, LOG_ALLOC, PYMM_TYPE_INT);
	if (!ret)
		ret = print_pair(demo, &pair);
	if (!ret)
		ret = demo_name(demo, "y", &y);
	if (ret)
		return ret;
	demo_claim(demo, "A1", pair.x == pair.y && pair.x == y.id && !strcmp(pair.is, "True"),
		   "id(x) is %u, id(y) is %u, `x is y` is %s; in the dump y names object %u",
		   pair.x, pair.y, pair.is, y.id);
	if (demo->log)
		demo_seen(demo, !made, "events: %u ints were made", made);
	demo_claim(demo, "A6", before == 1 && after == 1 && one.refs == 1 && x.refs == 2,
		   "ints of value 300: %u before, %u after; references to it: %u, then %u",
		   before, after, one.refs, x.refs);
	return CMD_OK;
}

static int print_value(struct demo *demo)
{
	struct demo_output output;
	int first, second;
	struct seen y;
	int ret;

	ret = demo_run(demo, "print(y, y)",
		       ASM("LOAD_GLOBAL r0, y")
		       ASM("PRINT r0")
		       ASM("PRINT r0!, end"), &output);
	if (!ret)
		ret = demo_name(demo, "y", &y);
	if (ret)
		return ret;
	if (sscanf(output.text, "%d %d", &first, &second) != 2)
		return cmd_fail(demo->cmd, "two numbers were to be printed");
	demo_claim(demo, "A2", first == y.value && second == y.value && (uint32_t)second != y.id,
		   "it shows %d and %d; id(y) is %u", first, second, y.id);
	return CMD_OK;
}

static int compare_identity(struct demo *demo)
{
	struct demo_output output;
	struct seen x, z;
	int ret;

	/* Computed at run time, so it is no constant that two programs could share. */
	ret = demo_run(demo, "z = 299 + 1",
		       ASM("LOAD_CONST r0, 299")
		       ASM("LOAD_CONST r1, 1")
		       ASM("BINARY_OP r0, r0!, r1!, +")
		       ASM("STORE_GLOBAL r0!, z"), NULL);
	if (!ret)
		ret = demo_run(demo, "print(z == x, z is x)",
			       ASM("LOAD_GLOBAL r0, z")
			       ASM("LOAD_GLOBAL r1, x")
			       ASM("COMPARE_OP r2, r0, r1, ==")
			       ASM("IS_OP r3, r0!, r1!, is")
			       ASM("PRINT r2!")
			       ASM("PRINT r3!, end"), &output);
	if (!ret)
		ret = demo_name(demo, "x", &x);
	if (!ret)
		ret = demo_name(demo, "z", &z);
	if (ret)
		return ret;
	demo_claim(demo, "A3", !strcmp(output.text, "True False\n") && x.value == z.value &&
		   x.id != z.id,
		   "objects %u and %u have the same value, and `is` tells them apart", x.id, z.id);
	return CMD_OK;
}

/* An object that is computed is made by the program; @name is bound to it after that. */
static int compute(struct demo *demo)
{
	int made, bound, ret;
	struct seen w;

	demo_python(demo, "w = x + 1");
	ret = demo_begin(demo, demo->thread,
			 ASM("LOAD_GLOBAL r0, x")
			 ASM("LOAD_CONST r1, 1")
			 ASM("BINARY_OP r0, r0!, r1!, +")
			 ASM("STORE_GLOBAL r0!, w"), 2);
	demo_log_clear(demo);
	if (!ret)
		ret = demo_step(demo, demo->thread, 0);
	if (!ret)
		ret = demo_name(demo, "w", &w);
	if (ret || !demo->log)
		return ret;
	made = demo_log_find(demo, LOG_ALLOC, w.id, 0);
	bound = demo_log_find(demo, LOG_BIND, w.id, 0);
	demo_seen(demo, made >= 0 && made < bound, "by w = x + 1, %u was made, then bound", w.id);
	return CMD_OK;
}

/* "x = 400", paused between its two instructions; what is logged is the second one. */
static int bind_constant(struct demo *demo, struct seen *made, unsigned int *count)
{
	int ret;

	demo_python(demo, "x = 400");
	ret = demo_begin(demo, demo->thread,
			 ASM("LOAD_CONST r0, 400") ASM("STORE_GLOBAL r0!, x"), 1);
	if (!ret)
		ret = demo_find_int(demo, 400, count, made);
	demo_log_clear(demo);
	if (!ret)
		ret = demo_step(demo, demo->thread, 1);
	if (!ret && demo->log)
		demo_seen(demo, demo_log_count(demo, LOG_BIND, 0) == 1 &&
			  !demo_log_count(demo, LOG_ALLOC, 0),
			  "events of the assignment: names bound: %u, objects made: %u",
			  demo_log_count(demo, LOG_BIND, 0), demo_log_count(demo, LOG_ALLOC, 0));
	return ret ? ret : demo_step(demo, demo->thread, 0);
}

static int rebind(struct demo *demo)
{
	struct seen old, made, x, y;
	unsigned int before;
	struct pair pair = { 0 };
	int ret = demo_name(demo, "x", &old);

	if (!ret)
		ret = bind_constant(demo, &made, &before);
	if (!ret)
		ret = demo_name(demo, "x", &x);
	if (!ret)
		ret = print_pair(demo, &pair);
	if (!ret)
		ret = demo_name(demo, "y", &y);
	if (!ret)
		ret = compute(demo);
	if (ret)
		return ret;
	demo_claim(demo, "A4", before == 1 && x.id == made.id && x.id != old.id && x.id == pair.x,
		   "id(x) was %u and is %u; before the assignment object %u was there already",
		   old.id, pair.x, made.id);
	demo_claim(demo, "A5", pair.y == old.id && !strcmp(pair.is, "False") && old.refs == 2 &&
		   y.refs == 1,
		   "id(y) is %u, `x is y` is %s; references to it: %u, then %u", pair.y, pair.is,
		   old.refs, y.refs);
	return CMD_OK;
}

/* ---- what names and namespaces are ---- */

#define LONG	"100_000"

static int no_slot(struct demo *demo)
{
	struct pymm_stat before, after;
	struct seen s, t;
	int64_t grown;
	int ret;

	ret = demo_run(demo, "t = None; s = \"x\" * " LONG,
		       ASM("LOAD_CONST r0, None")
		       ASM("STORE_GLOBAL r0!, t")
		       ASM("LOAD_CONST r0, \"x\"")
		       ASM("LOAD_CONST r1, " LONG)
		       ASM("BINARY_OP r0, r0!, r1!, *")
		       ASM("STORE_GLOBAL r0!, s"), NULL);
	if (!ret)
		ret = demo_stat(demo, &before);
	if (!ret)
		ret = demo_run(demo, "t = s", ASM("LOAD_GLOBAL r0, s") ASM("STORE_GLOBAL r0!, t"),
			       NULL);
	if (!ret)
		ret = demo_stat(demo, &after);
	if (!ret)
		ret = demo_name(demo, "s", &s);
	if (!ret)
		ret = demo_name(demo, "t", &t);
	if (ret)
		return ret;
	grown = (int64_t)(after.bytes - before.bytes);
	demo_claim(demo, "S05", t.id == s.id && t.refs == 2 && t.value == 100000 &&
		   grown < t.value && after.objects == before.objects,
		   "both name object %u, a str of %" PRId64 " characters; the second name took %"
		   PRId64 " bytes of memory", t.id, t.value, grown);
	return CMD_OK;
}

static int rename_it(struct demo *demo)
{
	struct seen before, after;
	unsigned int objects;
	int ret;

	ret = demo_run(demo, "a = []", ASM("BUILD_LIST r0, ()") ASM("STORE_GLOBAL r0!, a"), NULL);
	if (!ret)
		ret = demo_name(demo, "a", &before);
	demo_log_clear(demo);
	if (!ret)
		ret = demo_run(demo, "b = a; del a",
			       ASM("LOAD_GLOBAL r0, a")
			       ASM("STORE_GLOBAL r0!, b")
			       ASM("DELETE_GLOBAL a"), NULL);
	objects = demo_log_count(demo, LOG_ALLOC, PYMM_TYPE_LIST) +
		  demo_log_count(demo, LOG_FREE, PYMM_TYPE_LIST);
	if (!ret)
		ret = demo_name(demo, "b", &after);
	if (ret)
		return ret;
	if (demo->log)
		demo_seen(demo, demo_log_count(demo, LOG_BIND, 0) == 1 &&
			  demo_log_count(demo, LOG_UNBIND, 0) == 1 && !objects,
			  "events: names bound: %u, unbound: %u, lists made or freed: %u",
			  demo_log_count(demo, LOG_BIND, 0), demo_log_count(demo, LOG_UNBIND, 0),
			  objects);
	demo_claim(demo, "S08", before.id == after.id && before.refs == 1 && after.refs == 1 &&
		   !after.nr_refs && !before.nr_refs,
		   "object %u has another name: its count was %u and is %u, and it refers to "
		   "nothing, not to its name either", after.id, before.refs, after.refs);
	return CMD_OK;
}

static int two_namespaces(struct demo *demo)
{
	struct seen global, local;
	uint32_t slot;
	int ret;

	ret = demo_prints(demo, "print(type(globals()))",
			  ASM("LOAD_GLOBALS r0") ASM("GET_TYPE r0, r0!") ASM("PRINT r0!, end"),
			  "<class 'dict'>");
	demo_python(demo, "def f(): n = 5000; ...");
	demo_python(demo, "n = 3000; f()");
	/* Paused in the call, its local being bound. */
	if (!ret)
		ret = demo_begin(demo, demo->thread,
				 ASM("LOAD_CONST r0, 3000")
				 ASM("STORE_GLOBAL r0!, n")
				 ASM("MAKE_FUNCTION r0, f")
				 ASM("CALL r0, r0!, ()")
				 ".code f\n.slot n\n"
				 ASM("LOAD_CONST n, 5000")
				 ASM("NOP")
				 ASM("RETURN_VALUE n!"), 5);
	if (!ret)
		ret = demo_slot(demo, 0, &slot);
	if (!ret)
		ret = demo_object(demo, slot, &local);
	if (!ret)
		ret = demo_name(demo, "n", &global);
	if (!ret)
		ret = demo_step(demo, demo->thread, 0);
	if (ret)
		return ret;
	demo_claim(demo, "S09", global.value == 3000 && local.value == 5000 &&
		   global.id != local.id,
		   "in the namespace of globals n is %u, the int %" PRId64
		   "; in slot 0 of the frame of f, which is no name in the dump, %u, the int %"
		   PRId64,
		   global.id, global.value, local.id, local.value);
	return CMD_OK;
}

int demo_names(struct demo *demo)
{
	int ret = demo_log_begin(demo);

	if (!ret)
		ret = no_slot(demo);
	if (!ret)
		ret = rename_it(demo);
	if (!ret)
		ret = two_namespaces(demo);
	if (!ret)
		ret = bind_one(demo);
	if (!ret)
		ret = bind_two(demo);
	if (!ret)
		ret = print_value(demo);
	if (!ret)
		ret = compare_identity(demo);
	if (!ret)
		ret = rebind(demo);
	return ret ? ret : demo_log_end(demo);
}
