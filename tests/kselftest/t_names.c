// SPDX-License-Identifier: GPL-2.0
/*
 * Names: binding, rebinding, deletion; one namespace for each arena.
 */
#include <errno.h>
#include <stdlib.h>

#include "kselftest_harness.h"
#include "pymm_util.h"
#include "snapshot_util.h"

PT_FIXTURE(names)

#define BIND(name, value) "LOAD_CONST r0, " #value "\nSTORE_GLOBAL r0!, " #name "\n"
#define SHOW(name) "LOAD_GLOBAL r0, " #name "\nPRINT r0, end\n"

TEST_F(names, bind)
{
	EXPECT_EXEC("300\n", BIND(x, 300) SHOW(x) END);
	EXPECT_EQ(1, pt_stat(self->arena).names);
}

TEST_F(names, bind_copies_the_reference)
{
	EXPECT_EXEC("True\n", BIND(x, 300) "LOAD_GLOBAL r0, x\nSTORE_GLOBAL r0, y\n"
		"LOAD_GLOBAL r1, y\nIS_OP r2, r0, r1, is\nPRINT r2, end\n" END);
	EXPECT_EQ(pt_id(self->arena, "x"), pt_id(self->arena, "y"));
}

TEST_F(names, rebind_leaves_the_other_name)
{
	EXPECT_EXEC("400\n300\n", BIND(x, 300) "LOAD_GLOBAL r0, x\nSTORE_GLOBAL r0!, y\n"
		BIND(x, 400) SHOW(x) SHOW(y) END);
}

TEST_F(names, rebind_drops_the_old)
{
	pt_exec(self->thread, "BUILD_LIST r0, ()\nSTORE_GLOBAL r0!, x\n" END);
	EXPECT_EQ(1, pt_count_type(self->arena, PYMM_TYPE_LIST));
	pt_exec(self->thread, BIND(x, None) END);
	EXPECT_EQ(0, pt_count_type(self->arena, PYMM_TYPE_LIST));
	EXPECT_EQ(1, pt_stat(self->arena).names);
}

TEST_F(names, rebind_to_itself)
{
	EXPECT_EXEC("[]\n", "BUILD_LIST r0, ()\nSTORE_GLOBAL r0!, x\n"
		"LOAD_GLOBAL r0, x\nSTORE_GLOBAL r0!, x\n" SHOW(x) END);
	EXPECT_EQ(1, pt_refs(self->arena, "x"));
}

TEST_F(names, delete)
{
	EXPECT_EXEC("[]\n", "BUILD_LIST r0, ()\nSTORE_GLOBAL r0, a\nSTORE_GLOBAL r0!, b\n"
		"DELETE_GLOBAL a\n" SHOW(b) END);
	EXPECT_EQ(1, pt_stat(self->arena).names);
	EXPECT_EQ(0, pt_id(self->arena, "a"));
}

TEST_F(names, use_after_delete)
{
	EXPECT_EXEC("NameError: name 'a' is not defined\n",
		BIND(a, 1) "DELETE_GLOBAL a\n" SHOW(a) END);
}

TEST_F(names, use_of_unbound)
{
	EXPECT_EXEC("NameError: name 'spam' is not defined\n", SHOW(spam) END);
}

TEST_F(names, delete_of_unbound)
{
	EXPECT_EXEC("NameError: name 'spam' is not defined\n", "DELETE_GLOBAL spam\n" END);
}

TEST_F(names, visible_to_later_programs)
{
	pt_exec(self->thread, BIND(x, 'kept') END);
	EXPECT_EXEC("kept\n", SHOW(x) END);
}

TEST_F(names, visible_to_other_threads)
{
	int other = pt_thread(self->arena, NULL);

	pt_exec(self->thread, BIND(x, 'mine') END);
	EXPECT_STREQ("mine\n", pt_exec(other, SHOW(x) BIND(x, 'yours') END));
	EXPECT_EXEC("yours\n", SHOW(x) END);
	close(other);
}

TEST_F(names, visible_to_functions)
{
	EXPECT_EXEC("1\n2\n", BIND(x, 1) "MAKE_FUNCTION r0, f\nCALL r1, r0, ()\n" SHOW(x) END
		".code f\n" SHOW(x) BIND(x, 2) END);
}

TEST_F(names, not_visible_to_other_arenas)
{
	int arena = pt_open();
	int thread = pt_thread(arena, NULL);

	pt_exec(self->thread, BIND(x, 1) END);
	EXPECT_STREQ("NameError: name 'x' is not defined\n", pt_exec(thread, SHOW(x) END));
	close(thread);
	close(arena);
}

TEST_F(names, outlive_the_thread_that_bound_them)
{
	int other = pt_thread(self->arena, NULL);

	pt_exec(other, BIND(x, 'kept') END);
	close(other);
	EXPECT_EXEC("kept\n", SHOW(x) END);
}

/* ---- globals() ---- */

TEST_F(names, globals_is_a_dict)
{
	EXPECT_EXEC("{'x': 1, 'y': 'two'}\n1\n", BIND(x, 1) BIND(y, 'two')
		"LOAD_GLOBALS r0\nPRINT r0, end\n"
		"LOAD_CONST r1, 'x'\nBINARY_SUBSCR r2, r0, r1\nPRINT r2, end\n" END);
}

TEST_F(names, storing_into_globals_binds)
{
	EXPECT_EXEC("2\n", BIND(x, 1)
		"LOAD_GLOBALS r0\nLOAD_CONST r1, 'x'\nLOAD_CONST r2, 2\nSTORE_SUBSCR r2, r0, r1\n"
		SHOW(x) END);
}

TEST_F(names, deleting_from_globals_unbinds)
{
	EXPECT_EXEC("NameError: name 'x' is not defined\n", BIND(x, 1)
		"LOAD_GLOBALS r0\nLOAD_CONST r1, 'x'\nDELETE_SUBSCR r0, r1\n" SHOW(x) END);
}

TEST_F(names, globals_is_one_object)
{
	EXPECT_EXEC("True\n", "LOAD_GLOBALS r0\nLOAD_GLOBALS r1\nIS_OP r2, r0, r1, is\n"
		"PRINT r2, end\n" END);
}

TEST_F(names, globals_of_itself)
{
	EXPECT_EXEC("{'g': {...}}\n", "LOAD_GLOBALS r0\nSTORE_GLOBAL r0, g\nPRINT r0, end\n" END);
}

/* ---- what a dump shows ---- */

/* All names of the arena, with a blank after each. */
static char *dumped_names(int arena)
{
	struct pymm_snapshot *snapshot = pt_snapshot(arena);
	const struct pymm_dump_record *record = NULL;
	char *text;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	while ((record = pymm_snapshot_next(snapshot, record))) {
		const struct pymm_dump_name *name = (const void *)record;

		if (record->kind == PYMM_DUMP_NAME)
			fprintf(out, "%.*s ", (int)name->len, (const char *)(name + 1));
	}
	fclose(out);
	pymm_snapshot_free(snapshot);
	return text;
}

TEST_F(names, dumped_in_order_of_insertion)
{
	char *names;

	pt_exec(self->thread, BIND(c, 1) BIND(a, 2) BIND(b, 3) BIND(a, 4) END);
	names = dumped_names(self->arena);
	EXPECT_STREQ("c a b ", names);
	free(names);
	pt_exec(self->thread, "DELETE_GLOBAL c\n" BIND(c, 5) END);
	names = dumped_names(self->arena);
	EXPECT_STREQ("a b c ", names);
	free(names);
}

TEST_F(names, dumped_as_bytes)
{
	char *names;

	pt_exec(self->thread, "LOAD_CONST r0, 1\nSTORE_GLOBAL r0, '\u00e9t\u00e9 \u20ac'\n" END);
	names = dumped_names(self->arena);
	EXPECT_STREQ("\u00e9t\u00e9 \u20ac ", names);
	free(names);
}

/* The namespace grows with what is in it. */
TEST_F(names, many)
{
	char *text, *names;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	fprintf(out, "LOAD_CONST r0, 1\n");
	for (int i = 0; i < 1000; i++)
		fprintf(out, "STORE_GLOBAL r0, name_%d\n", i);
	fprintf(out, END);
	fclose(out);
	EXPECT_EXEC("", text);
	EXPECT_EQ(1000, pt_stat(self->arena).names);
	names = dumped_names(self->arena);
	EXPECT_EQ(names, strstr(names, "name_0 name_1 name_2 "));
	free(names);
	free(text);
}

/* ---- slots ---- */

TEST_F(names, an_empty_slot_is_unbound)
{
	EXPECT_EQ(0, strncmp(pt_exec(self->thread, "PRINT r0, end\n" END), "UnboundLocalError: ", 19));
}

TEST_F(names, a_deleted_slot_is_unbound)
{
	EXPECT_EQ(0, strncmp(pt_exec(self->thread,
		"LOAD_CONST r0, 1\nDELETE_FAST r0\nPRINT r0, end\n" END), "UnboundLocalError: ", 19));
}

TEST_F(names, deleting_an_empty_slot)
{
	EXPECT_EQ(0, strncmp(pt_exec(self->thread, "DELETE_FAST r0\n" END), "UnboundLocalError: ", 19));
}

TEST_F(names, a_consumed_slot_is_unbound)
{
	EXPECT_EQ(0, strncmp(pt_exec(self->thread,
		"LOAD_CONST r0, 1\nSTORE_GLOBAL r0!, x\nPRINT r0, end\n" END),
		"UnboundLocalError: ", 19));
}

/* A function's slots are its own: nothing of the caller is in them. */
TEST_F(names, slots_belong_to_one_frame)
{
	EXPECT_EQ(0, strncmp(pt_exec(self->thread,
		"LOAD_CONST r1, 1\nMAKE_FUNCTION r0, f\nCALL r2, r0, ()\n" END
		".code f\nPRINT r1, end\n" END), "UnboundLocalError: ", 19));
}

TEST_HARNESS_MAIN
