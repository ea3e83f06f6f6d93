// SPDX-License-Identifier: GPL-2.0-only
/*
 * Scene functions: a mutable default argument.
 */
#include "demo.h"

/* first = append_to_list(1), and print() of that; then of the second call. */
#define CALL(argument, name) \
	ASM("LOAD_GLOBAL r0, append_to_list") \
	ASM("LOAD_CONST r1, " argument) \
	ASM("CALL r0, r0!, r1!") \
	ASM("STORE_GLOBAL r0, " name) \
	ASM("PRINT r0!, end")

static int define(struct demo *demo)
{
	demo_python(demo, "def append_to_list(item, my_list=[]):");
	return demo_run(demo, "    my_list.append(item); return my_list",
			ASM("MAKE_FUNCTION r0, append_to_list")
			ASM("BUILD_LIST r1, ()")
			ASM("BUILD_TUPLE r1, r1..r1!")
			ASM("SET_FUNCTION_ATTRIBUTE r0, r1!, defaults")
			ASM("STORE_GLOBAL r0!, append_to_list")
			".code append_to_list item my_list\n"
			ASM("LIST_APPEND my_list, item!")
			ASM("RETURN_VALUE my_list!"), NULL);
}

int demo_functions(struct demo *demo)
{
	struct seen made, first, second, list;
	unsigned int before, after;
	int ret = define(demo);

	if (!ret)
		ret = demo_find_type(demo, PYMM_TYPE_LIST, &before, &made);
	if (!ret)
		ret = demo_prints(demo, "a = append_to_list(1); print(a)", CALL("1", "a"), "[1]");
	if (!ret)
		ret = demo_name(demo, "a", &first);
	if (!ret)
		ret = demo_prints(demo, "b = append_to_list(2); print(b)", CALL("2", "b"),
				  "[1, 2]");
	if (!ret)
		ret = demo_prints(demo, "print(a)", ASM("LOAD_GLOBAL r0, a") ASM("PRINT r0!, end"),
				  "[1, 2]");
	if (!ret)
		ret = demo_name(demo, "b", &second);
	if (!ret)
		ret = demo_find_type(demo, PYMM_TYPE_LIST, &after, &list);
	if (ret)
		return ret;
	demo_claim(demo, "D2", first.id == second.id, "a and b name object %u", second.id);
	demo_claim(demo, "D1", before == 1 && made.refs == 1 && after == 1 && made.id == list.id &&
		   list.refs == 3,
		   "lists before the first call: %u, object %u, with one reference, from the "
		   "defaults; lists after the second: %u, object %u, with %u, two of names",
		   before, made.id, after, list.id, list.refs);
	return CMD_OK;
}
