// SPDX-License-Identifier: GPL-2.0-only
/*
 * Scene mutable: what is modified in place.
 */
#include <string.h>

#include "demo.h"

static int append(struct demo *demo)
{
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
	demo_seen(demo, before.id && before.id == after.id && before.value == 3 && after.value == 4,
		  "id(my_list) was %u and is %u; its length was %d and is %d", before.id, after.id,
		  (int)before.value, (int)after.value);
	output.text[strcspn(output.text, "\n")] = '\0';
	demo_claim(demo, "C1", !strcmp(output.text, "[1, 2, 3, 4]"), "it printed %s", output.text);
	return CMD_OK;
}

/* my_list += [5]: in place, and the name is bound to the same object again. */
static int augment(struct demo *demo)
{
	const struct log_event *event;
	struct seen before, after;
	int ret = demo_name(demo, "my_list", &before), place;

	demo_log_clear(demo);
	if (!ret)
		ret = demo_run(demo, "my_list += [5]",
			       ASM("LOAD_GLOBAL r0, my_list")
			       ASM("LOAD_CONST r1, 5")
			       ASM("BUILD_LIST r1, r1..r1!")
			       ASM("BINARY_OP r0, r0!, r1!, +=")
			       ASM("STORE_GLOBAL r0!, my_list"), NULL);
	if (!ret)
		ret = demo_name(demo, "my_list", &after);
	if (ret)
		return ret;
	demo_seen(demo, before.id == after.id && after.value == before.value + 1,
		  "+= kept id(my_list), %u, whose length was %d and is %d", after.id,
		  (int)before.value, (int)after.value);
	if (!demo->log)
		return CMD_OK;
	place = demo_log_find(demo, LOG_BIND, after.id, 0);
	event = demo_log_event(demo, place < 0 ? 0 : place);
	demo_seen(demo, place >= 0 && event->old_id == event->id,
		  "event: my_list was bound, before to %u, now to %u", event->old_id, event->id);
	return CMD_OK;
}

static int concatenate(struct demo *demo)
{
	struct seen my_list, more;
	int ret = augment(demo);

	if (ret)
		return ret;
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
	demo_claim(demo, "S17", my_list.id != more.id && my_list.value == 5 && more.value == 6,
		   "object %u has still %d items, the new one, %u, has %d", my_list.id,
		   (int)my_list.value, more.id, (int)more.value);
	return CMD_OK;
}

static int grow(struct demo *demo)
{
	struct seen made, held, before, after;
	int ret;

	ret = demo_run(demo, "item = 4000; l = []",
		       ASM("LOAD_CONST r0, 4000")
		       ASM("STORE_GLOBAL r0!, item")
		       ASM("BUILD_LIST r0, ()")
		       ASM("STORE_GLOBAL r0!, l"), NULL);
	if (!ret)
		ret = demo_name(demo, "item", &made);
	if (!ret)
		ret = demo_name(demo, "l", &before);
	if (!ret)
		ret = demo_run(demo, "l.append(item)",
			       ASM("LOAD_GLOBAL r0, l")
			       ASM("LOAD_GLOBAL r1, item")
			       ASM("LIST_APPEND r0!, r1!"), NULL);
	if (!ret)
		ret = demo_name(demo, "item", &held);
	if (!ret)
		ret = demo_name(demo, "l", &after);
	if (ret)
		return ret;
	demo_claim(demo, "S15", before.id == after.id && !before.nr_refs && after.nr_refs == 1 &&
		   held.refs == made.refs + 1,
		   "object %u referred to %u objects, and refers to %u; the count of %u, the item, "
		   "was %u and is %u", after.id, before.nr_refs, after.nr_refs, held.id, made.refs,
		   held.refs);
	return CMD_OK;
}

/* Of the names l, d, s and o. */
static int look_at_four(struct demo *demo, struct seen *seen)
{
	static const char *const names[] = { "l", "d", "s", "o" };
	int ret = CMD_OK;

	for (int i = 0; i < 4 && !ret; i++)
		ret = demo_name(demo, names[i], &seen[i]);
	return ret;
}

static int four_types(struct demo *demo)
{
	struct seen before[4], after[4];
	bool same = true;
	int ret;

	ret = demo_run(demo, "class C: ...",
		       ASM("LOAD_CONST r0, None")
		       ASM("BUILD_MAP r1, ()")
		       ASM("BUILD_CLASS r0, r0!, r1!, C")
		       ASM("STORE_GLOBAL r0!, C"), NULL);
	if (!ret)
		ret = demo_run(demo, "l = []; d = {}; s = set(); o = C()",
			       ASM("BUILD_LIST r0, ()")
			       ASM("STORE_GLOBAL r0!, l")
			       ASM("BUILD_MAP r0, ()")
			       ASM("STORE_GLOBAL r0!, d")
			       ASM("BUILD_SET r0, ()")
			       ASM("STORE_GLOBAL r0!, s")
			       ASM("LOAD_GLOBAL r0, C")
			       ASM("CALL r0, r0!, ()")
			       ASM("STORE_GLOBAL r0!, o"), NULL);
	if (!ret)
		ret = look_at_four(demo, before);
	if (!ret)
		ret = demo_prints(demo, "l.append(1); d[1] = 1; s.add(1); o.x = 1; "
				  "print(l, d, s, o.x)",
				  ASM("LOAD_CONST r1, 1")
				  ASM("LOAD_GLOBAL r0, l")
				  ASM("LIST_APPEND r0, r1")
				  ASM("PRINT r0")
				  ASM("LOAD_GLOBAL r0, d")
				  ASM("STORE_SUBSCR r1, r0, r1")
				  ASM("PRINT r0")
				  ASM("LOAD_GLOBAL r0, s")
				  ASM("SET_ADD r0, r1")
				  ASM("PRINT r0")
				  ASM("LOAD_GLOBAL r0, o")
				  ASM("STORE_ATTR r0, r1!, x")
				  ASM("LOAD_ATTR r0, r0!, x")
				  ASM("PRINT r0!, end"), "[1] {1: 1} {1} 1");
	if (!ret)
		ret = look_at_four(demo, after);
	if (ret)
		return ret;
	for (int i = 0; i < 4; i++)
		same &= before[i].id && before[i].id == after[i].id;
	demo_claim(demo, "S16", same, "their ids were %u %u %u %u and are %u %u %u %u",
		   before[0].id, before[1].id, before[2].id, before[3].id,
		   after[0].id, after[1].id, after[2].id, after[3].id);
	return CMD_OK;
}

int demo_mutable(struct demo *demo)
{
	int ret = grow(demo);

	if (!ret)
		ret = four_types(demo);
	if (!ret)
		ret = append(demo);
	if (!ret)
		ret = demo_log_begin(demo);
	if (!ret)
		ret = concatenate(demo);
	return ret ? ret : demo_log_end(demo);
}
