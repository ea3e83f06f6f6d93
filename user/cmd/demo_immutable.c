// SPDX-License-Identifier: GPL-2.0-only
/*
 * Scene immutable: what cannot be changed, and which names notice.
 */
#include "demo.h"

/* An equal constant of another program: interned, and so the same object. */
static int id_of_equal(struct demo *demo, const struct seen *first, const struct seen *second)
{
	struct seen third;
	int ret = demo_run(demo, "s = \"world\"",
			   ASM("LOAD_CONST r0, \"world\"") ASM("STORE_GLOBAL r0!, s"), NULL);

	if (!ret)
		ret = demo_name(demo, "s", &third);
	if (ret)
		return ret;
	demo_claim(demo, "B2", first->id && second->id && first->id != second->id &&
		   third.id == second->id,
		   "id(s) was %u and is %u; after the second s = \"world\" it is %u", first->id,
		   second->id, third.id);
	return CMD_OK;
}

/* Both lines as one program, as in a file: its constants live as long as it runs. */
static int bind_strs(struct demo *demo)
{
	struct seen world, first, second, hello, gone;
	unsigned int worlds, hellos, left;
	int ret;

	demo_python(demo, "s = \"hello\"; s = \"world\"");
	ret = demo_begin(demo, demo->thread,
			 ASM("LOAD_CONST r0, \"hello\"")
			 ASM("STORE_GLOBAL r0!, s")
			 ASM("LOAD_CONST r0, \"world\"")
			 ASM("STORE_GLOBAL r0!, s"), 2);
	if (!ret)
		ret = demo_find_str(demo, "world", &worlds, &world);
	if (!ret)
		ret = demo_name(demo, "s", &first);
	if (!ret)
		ret = demo_step(demo, demo->thread, 2);
	if (!ret)
		ret = demo_name(demo, "s", &second);
	if (!ret)
		ret = demo_find_str(demo, "hello", &hellos, &hello);
	if (!ret)
		ret = demo_step(demo, demo->thread, 0);
	if (!ret)
		ret = demo_find_str(demo, "hello", &left, &gone);
	if (ret)
		return ret;
	demo_seen(demo, worlds == 1 && second.id == world.id,
		  "s names object %u; it was there while s still named %u", second.id, first.id);
	demo_claim(demo, "B1",
		   hellos == 1 && hello.id == first.id && hello.refs == 1 && !left,
		   "object %u is still \"hello\", held %u time, by the program's constants; it was "
		   "freed with the program",
		   hello.id, hello.refs);
	return id_of_equal(demo, &first, &second);
}

/* A line that must raise TypeError. */
static int refused(struct demo *demo, const char *python, const char *text)
{
	struct pymm_run run;
	int ret = demo_raise(demo, python, text, &run);

	if (!ret)
		demo_seen(demo, run.status == PYMM_STATUS_EXCEPTION &&
			  run.exception == PYMM_EXC_TYPE_ERROR, "%s raised %s", python,
			  run.status == PYMM_STATUS_EXCEPTION ?
				  pymm_exception_name(run.exception) : "nothing");
	return ret;
}

static int change_str(struct demo *demo)
{
	struct seen before, after;
	int ret = demo_name(demo, "s", &before);

	if (!ret)
		ret = refused(demo, "s[0] = \"W\"",
			      ASM("LOAD_GLOBAL r0, s")
			      ASM("LOAD_CONST r1, 0")
			      ASM("LOAD_CONST r2, \"W\"")
			      ASM("STORE_SUBSCR r2!, r0!, r1!"));
	if (!ret)
		ret = demo_run(demo, "t = s", ASM("LOAD_GLOBAL r0, s") ASM("STORE_GLOBAL r0!, t"),
			       NULL);
	if (!ret)
		ret = demo_prints(demo, "print(s)", ASM("LOAD_GLOBAL r0, s") ASM("PRINT r0!, end"),
				  "world");
	if (!ret)
		ret = demo_name(demo, "s", &after);
	if (ret)
		return ret;
	demo_claim(demo, "S12", before.id == after.id && before.refs == 1 && after.refs == 2,
		   "all that changed of object %u is its count, from %u to %u", after.id,
		   before.refs, after.refs);
	return CMD_OK;
}

/* What is seen of a change through another name. */
static int share(struct demo *demo)
{
	struct seen l, m, t, u;
	int ret;

	ret = demo_run(demo, "l = m = [1]; t = u = (1,)",
		       ASM("LOAD_CONST r0, 1")
		       ASM("BUILD_LIST r0, r0..r0!")
		       ASM("STORE_GLOBAL r0, l")
		       ASM("STORE_GLOBAL r0!, m")
		       ASM("LOAD_CONST r0, (1,)")
		       ASM("STORE_GLOBAL r0, t")
		       ASM("STORE_GLOBAL r0!, u"), NULL);
	if (!ret)
		ret = demo_prints(demo, "l[0] = 2; print(m)",
				  ASM("LOAD_CONST r0, 2")
				  ASM("LOAD_GLOBAL r1, l")
				  ASM("LOAD_CONST r2, 0")
				  ASM("STORE_SUBSCR r0!, r1!, r2!")
				  ASM("LOAD_GLOBAL r0, m")
				  ASM("PRINT r0!, end"), "[2]");
	if (!ret)
		ret = refused(demo, "t[0] = 2",
			      ASM("LOAD_CONST r0, 2")
			      ASM("LOAD_GLOBAL r1, t")
			      ASM("LOAD_CONST r2, 0")
			      ASM("STORE_SUBSCR r0!, r1!, r2!"));
	if (!ret)
		ret = demo_prints(demo, "print(u)", ASM("LOAD_GLOBAL r0, u") ASM("PRINT r0!, end"),
				  "(1,)");
	if (!ret)
		ret = demo_name(demo, "l", &l);
	if (!ret)
		ret = demo_name(demo, "m", &m);
	if (!ret)
		ret = demo_name(demo, "t", &t);
	if (!ret)
		ret = demo_name(demo, "u", &u);
	if (ret)
		return ret;
	demo_claim(demo, "S11", l.id == m.id && t.id == u.id,
		   "l and m both name %u, t and u both %u: the one can be changed, the other not",
		   l.id, t.id);
	return CMD_OK;
}

static int shallow(struct demo *demo)
{
	struct seen before, after;
	int ret;

	ret = demo_run(demo, "t = ([],)",
		       ASM("BUILD_LIST r0, ()")
		       ASM("BUILD_TUPLE r0, r0..r0!")
		       ASM("STORE_GLOBAL r0!, t"), NULL);
	if (!ret)
		ret = demo_name(demo, "t", &before);
	if (!ret)
		ret = demo_prints(demo, "t[0].append(1); print(t)",
				  ASM("LOAD_GLOBAL r0, t")
				  ASM("LOAD_CONST r1, 0")
				  ASM("BINARY_SUBSCR r2, r0, r1")
				  ASM("LOAD_CONST r1, 1")
				  ASM("LIST_APPEND r2!, r1!")
				  ASM("PRINT r0!, end"), "([1],)");
	if (!ret)
		ret = refused(demo, "t[0] = []",
			      ASM("BUILD_LIST r0, ()")
			      ASM("LOAD_GLOBAL r1, t")
			      ASM("LOAD_CONST r2, 0")
			      ASM("STORE_SUBSCR r0!, r1!, r2!"));
	if (!ret)
		ret = demo_name(demo, "t", &after);
	if (ret)
		return ret;
	demo_claim(demo, "S13", before.id && before.id == after.id && after.value == 1,
		   "t is still object %u, with %d item", after.id, (int)after.value);
	return CMD_OK;
}

/* i + 0 and t + (), of which neither makes an object or binds a name. */
static int same_result(struct demo *demo)
{
	unsigned int made, bound;
	int ret;

	ret = demo_run(demo, "i = 5; t = (7000, 8000)",
		       ASM("LOAD_CONST r0, 5")
		       ASM("STORE_GLOBAL r0!, i")
		       ASM("LOAD_CONST r0, (7000, 8000)")
		       ASM("STORE_GLOBAL r0!, t"), NULL);
	if (!ret)
		ret = demo_prints(demo, "print(i + 0 is i, t + () is t)",
				  ASM("LOAD_GLOBAL r0, i")
				  ASM("LOAD_CONST r1, 0")
				  ASM("BINARY_OP r1, r0, r1!, +")
				  ASM("IS_OP r2, r0, r1!, is")
				  ASM("PRINT r2!")
				  ASM("LOAD_GLOBAL r0, t")
				  ASM("LOAD_CONST r1, ()")
				  ASM("BINARY_OP r1, r0, r1!, +")
				  ASM("IS_OP r2, r0, r1!, is")
				  ASM("PRINT r2!, end"), "True True");
	/* Once more, without what the program itself is made of. */
	if (!ret)
		ret = demo_begin(demo, demo->thread,
				 ASM("LOAD_GLOBAL r0, i")
				 ASM("LOAD_CONST r1, 0")
				 ASM("BINARY_OP r1, r0, r1!, +")
				 ASM("LOAD_GLOBAL r2, t")
				 ASM("LOAD_CONST r3, ()")
				 ASM("BINARY_OP r3, r2, r3!, +"), 1);
	demo_log_clear(demo);
	if (!ret)
		ret = demo_step(demo, demo->thread, 5);
	made = demo_log_count(demo, LOG_ALLOC, 0);
	bound = demo_log_count(demo, LOG_BIND, 0);
	if (!ret)
		ret = demo_step(demo, demo->thread, 0);
	if (!ret && demo->log)
		demo_seen(demo, !made && !bound,
			  "events of the two additions: objects made: %u, names bound: %u", made,
			  bound);
	return ret;
}

/* An operation that makes one, and the assignment of it, apart. */
static int new_result(struct demo *demo)
{
	struct seen before, computed, after;
	int ret;

	ret = demo_run(demo, "n = 1000", ASM("LOAD_CONST r0, 1000") ASM("STORE_GLOBAL r0!, n"),
		       NULL);
	if (!ret)
		ret = demo_name(demo, "n", &before);
	demo_python(demo, "n = n + 1");
	if (!ret)
		ret = demo_begin(demo, demo->thread,
				 ASM("LOAD_GLOBAL r0, n")
				 ASM("LOAD_CONST r1, 1")
				 ASM("BINARY_OP r0, r0!, r1!, +")
				 ASM("STORE_GLOBAL r0!, n"), 3);
	if (!ret)
		ret = demo_name(demo, "n", &computed);
	if (!ret)
		ret = demo_step(demo, demo->thread, 0);
	if (!ret)
		ret = demo_name(demo, "n", &after);
	if (ret)
		return ret;
	demo_claim(demo, "S14", computed.id == before.id && after.id != before.id &&
		   after.value == 1001,
		   "by n = n + 1, n named %u before, %u after the addition, %u after the "
		   "assignment",
		   before.id, computed.id, after.id);
	return CMD_OK;
}

int demo_immutable(struct demo *demo)
{
	int ret = bind_strs(demo);

	if (!ret)
		ret = change_str(demo);
	if (!ret)
		ret = share(demo);
	if (!ret)
		ret = shallow(demo);
	if (!ret)
		ret = demo_log_begin(demo);
	if (!ret)
		ret = same_result(demo);
	if (!ret)
		ret = new_result(demo);
	return ret ? ret : demo_log_end(demo);
}
