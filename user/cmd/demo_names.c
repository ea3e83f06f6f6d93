// SPDX-License-Identifier: GPL-2.0-only
/*
 * Scenes names, immutable and mutable: names, objects and identity.
 */
#include <string.h>

#include "demo.h"

/* ---- names ---- */

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

static int bind_two(struct demo *demo)
{
	static const struct claim same = {
		.says = "x and y point to the SAME integer object in memory",
	};
	static const struct claim no_copy = {
		.says = "\"y = x\": you are not creating a copy of the object",
	};
	unsigned int before, after;
	struct pair pair = { 0 };
	struct seen x, y, one;
	int ret;

	ret = demo_run(demo, "x = 300", ASM("LOAD_CONST r0, 300") ASM("STORE_GLOBAL r0!, x"), NULL);
	if (!ret)
		ret = demo_find_int(demo, 300, &before, &one);
	if (!ret)
		ret = demo_run(demo, "y = x", ASM("LOAD_GLOBAL r0, x") ASM("STORE_GLOBAL r0!, y"),
			       NULL);
	if (!ret)
		ret = demo_find_int(demo, 300, &after, &x);
	if (!ret)
		ret = print_pair(demo, &pair);
	if (!ret)
		ret = demo_name(demo, "y", &y);
	if (ret)
		return ret;
	demo_claim(demo, &same, pair.x == pair.y && pair.x == y.id && !strcmp(pair.is, "True"),
		   "id(x) is %u, id(y) is %u, `x is y` is %s; in the dump y names object %u",
		   pair.x, pair.y, pair.is, y.id);
	demo_claim(demo, &no_copy, before == 1 && after == 1 && one.refs == 1 && x.refs == 2,
		   "ints of value 300: %u before, %u after; references to it: %u, then %u",
		   before, after, one.refs, x.refs);
	return CMD_OK;
}

static int print_value(struct demo *demo)
{
	static const struct claim prints = {
		.says = "print(f\"y is: {y}, id: {y}\") shows the id of y",
		.but = "it prints the value a second time; {id(y)} is meant",
	};
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
	demo_claim(demo, &prints, first == y.value && second == y.value && (uint32_t)second != y.id,
		   "it shows %d and %d; id(y) is %u", first, second, y.id);
	return CMD_OK;
}

static int compare_identity(struct demo *demo)
{
	static const struct claim identity = { .says = "'is' checks for object identity" };
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
	demo_claim(demo, &identity, !strcmp(output.text, "True False\n") && x.value == z.value &&
		   x.id != z.id,
		   "objects %u and %u have the same value, and `is` tells them apart", x.id, z.id);
	return CMD_OK;
}

static int rebind(struct demo *demo)
{
	static const struct claim moved = {
		.says = "\"x = 400\": x now points to a NEW integer object",
		.but = "the 400 was made with the program, before the assignment, which only binds "
			"the name",
	};
	static const struct claim stays = {
		.says = "y is still pointing to the original object; not the same object now",
	};
	struct seen old, made, x, y;
	unsigned int before;
	struct pair pair = { 0 };
	int ret = demo_name(demo, "x", &old);

	demo_python(demo, "x = 400");
	/* Paused between the two instructions. */
	if (!ret)
		ret = demo_begin(demo, demo->thread,
				 ASM("LOAD_CONST r0, 400") ASM("STORE_GLOBAL r0!, x"), 1);
	if (!ret)
		ret = demo_find_int(demo, 400, &before, &made);
	if (!ret)
		ret = demo_step(demo, demo->thread, 0);
	if (!ret)
		ret = demo_name(demo, "x", &x);
	if (!ret)
		ret = print_pair(demo, &pair);
	if (!ret)
		ret = demo_name(demo, "y", &y);
	if (ret)
		return ret;
	demo_claim(demo, &moved, before == 1 && x.id == made.id && x.id != old.id && x.id == pair.x,
		   "id(x) was %u and is %u; before the assignment object %u was there already",
		   old.id, pair.x, made.id);
	demo_claim(demo, &stays, pair.y == old.id && !strcmp(pair.is, "False") && old.refs == 2 &&
		   y.refs == 1,
		   "id(y) is %u, `x is y` is %s; references to it: %u, then %u", pair.y, pair.is,
		   old.refs, y.refs);
	return CMD_OK;
}

int demo_names(struct demo *demo)
{
	int ret = bind_two(demo);

	if (!ret)
		ret = print_value(demo);
	if (!ret)
		ret = compare_identity(demo);
	return ret ? ret : rebind(demo);
}

/* ---- immutable ---- */

/* Both lines as one program, as in a file: its constants live as long as it runs. */
static int bind_strs(struct demo *demo)
{
	static const struct claim creates = {
		.says = "s = \"world\" creates a new string \"world\" and makes s point to it",
		.but = "both strings were made with the program, before its first line; the line "
			"only binds s",
	};
	static const struct claim untouched = {
		.says = "s = \"world\" does NOT change the original \"hello\" string",
	};
	static const struct claim id_changed = { .says = "after it, id(s) has changed" };
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
	demo_claim(demo, &creates, worlds == 1 && second.id == world.id,
		   "s names object %u; it was there while s still named %u", second.id, first.id);
	demo_claim(demo, &untouched,
		   hellos == 1 && hello.id == first.id && hello.refs == 1 && !left,
		   "object %u is still \"hello\", held %u time, by the program's constants; it was "
		   "freed with the program",
		   hello.id, hello.refs);
	demo_claim(demo, &id_changed, first.id && second.id && first.id != second.id,
		   "id(s) was %u and is %u", first.id, second.id);
	return CMD_OK;
}

static int change_str(struct demo *demo)
{
	static const struct claim fixed = {
		.says = "immutable: the state of a str cannot be changed after creation",
	};
	struct pymm_run run;
	int ret = demo_raise(demo, "s[0] = \"W\"",
			     ASM("LOAD_GLOBAL r0, s")
			     ASM("LOAD_CONST r1, 0")
			     ASM("LOAD_CONST r2, \"W\"")
			     ASM("STORE_SUBSCR r2!, r0!, r1!"), &run);

	if (ret)
		return ret;
	demo_claim(demo, &fixed, run.status == PYMM_STATUS_EXCEPTION &&
		   run.exception == PYMM_EXC_TYPE_ERROR,
		   "an attempt raises %s", pymm_exception_name(run.exception));
	return CMD_OK;
}

static int rebind_equal(struct demo *demo)
{
	static const struct claim law = {
		.says = "reassigning an immutable variable changes its id",
		.but = "no law: the name may get the same object again, as with small ints",
	};
	struct seen first, second;
	int ret;

	ret = demo_run(demo, "n = 256", ASM("LOAD_CONST r0, 256") ASM("STORE_GLOBAL r0!, n"), NULL);
	if (!ret)
		ret = demo_name(demo, "n", &first);
	if (!ret)
		ret = demo_run(demo, "n = 255 + 1",
			       ASM("LOAD_CONST r0, 255")
			       ASM("LOAD_CONST r1, 1")
			       ASM("BINARY_OP r0, r0!, r1!, +")
			       ASM("STORE_GLOBAL r0!, n"), NULL);
	if (!ret)
		ret = demo_name(demo, "n", &second);
	if (ret)
		return ret;
	demo_claim(demo, &law, first.id && first.id == second.id, "id(n) was %u and is %u",
		   first.id, second.id);
	return CMD_OK;
}

int demo_immutable(struct demo *demo)
{
	int ret = bind_strs(demo);

	if (!ret)
		ret = change_str(demo);
	return ret ? ret : rebind_equal(demo);
}

/* ---- mutable ---- */

static int append(struct demo *demo)
{
	static const struct claim same = { .says = "my_list.append(4) keeps id(my_list)" };
	static const struct claim contents = { .says = "print(my_list)  # Output: [1, 2, 3, 4]" };
	struct demo_output output;
	struct seen before, after;
	int ret;

	ret = demo_run(demo, "my_list = [1, 2, 3]",
		       ASM("LOAD_CONST r0, 1")
		       ASM("LOAD_CONST r1, 2")
		       ASM("LOAD_CONST r2, 3")
		       ASM("BUILD_LIST r0, r0..r2!")
		       ASM("STORE_GLOBAL r0!, my_list"), NULL);
	if (!ret)
		ret = demo_name(demo, "my_list", &before);
	if (!ret)
		ret = demo_run(demo, "my_list.append(4)",
			       ASM("LOAD_GLOBAL r0, my_list")
			       ASM("LOAD_CONST r1, 4")
			       ASM("LIST_APPEND r0!, r1!"), NULL);
	if (!ret)
		ret = demo_name(demo, "my_list", &after);
	if (!ret)
		ret = demo_run(demo, "print(my_list)",
			       ASM("LOAD_GLOBAL r0, my_list")
			       ASM("PRINT r0!, end"), &output);
	if (ret)
		return ret;
	demo_claim(demo, &same, before.id && before.id == after.id && before.value == 3 &&
		   after.value == 4, "id(my_list) was %u and is %u; its length was %d and is %d",
		   before.id, after.id, (int)before.value, (int)after.value);
	output.text[strcspn(output.text, "\n")] = '\0';
	demo_claim(demo, &contents, !strcmp(output.text, "[1, 2, 3, 4]"), "it printed %s",
		   output.text);
	return CMD_OK;
}

static int share(struct demo *demo)
{
	static const struct claim shared = {
		.says = "a = b means both point to the same object: watch out for shared mutable "
			"state",
	};
	struct demo_output output;
	int ret;

	ret = demo_run(demo, "other = my_list",
		       ASM("LOAD_GLOBAL r0, my_list")
		       ASM("STORE_GLOBAL r0!, other"), NULL);
	if (!ret)
		ret = demo_run(demo, "other.append(5); print(my_list)",
			       ASM("LOAD_GLOBAL r0, other")
			       ASM("LOAD_CONST r1, 5")
			       ASM("LIST_APPEND r0!, r1!")
			       ASM("LOAD_GLOBAL r0, my_list")
			       ASM("PRINT r0!, end"), &output);
	if (ret)
		return ret;
	output.text[strcspn(output.text, "\n")] = '\0';
	demo_claim(demo, &shared, !strcmp(output.text, "[1, 2, 3, 4, 5]"),
		   "appended through other, my_list is %s", output.text);
	return CMD_OK;
}

static int concatenate(struct demo *demo)
{
	static const struct claim in_place = {
		.says = "operations on mutable objects modify the object in place",
		.but = "those that are made to: my_list + [6] makes a new list",
	};
	struct seen my_list, more;
	int ret;

	ret = demo_run(demo, "more = my_list + [6]",
		       ASM("LOAD_GLOBAL r0, my_list")
		       ASM("LOAD_CONST r1, 6")
		       ASM("BUILD_LIST r1, r1..r1!")
		       ASM("BINARY_OP r0, r0!, r1!, +")
		       ASM("STORE_GLOBAL r0!, more"), NULL);
	if (!ret)
		ret = demo_name(demo, "my_list", &my_list);
	if (!ret)
		ret = demo_name(demo, "more", &more);
	if (ret)
		return ret;
	demo_claim(demo, &in_place, my_list.id != more.id && my_list.value == 5 && more.value == 6,
		   "object %u has still %d items, the new one, %u, has %d", my_list.id,
		   (int)my_list.value, more.id, (int)more.value);
	return CMD_OK;
}

int demo_mutable(struct demo *demo)
{
	int ret = append(demo);

	if (!ret)
		ret = share(demo);
	return ret ? ret : concatenate(demo);
}
