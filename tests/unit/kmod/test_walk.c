// SPDX-License-Identifier: GPL-2.0-only
/* The walker finds what is wrong: each case breaks one thing, and expects a report of it. */
#include <stdlib.h>

#include "cases.h"
#include "../../../kmod/frame.h"

/* One of each, a hole in the object table, and a paused call. */
static const char text[] =
	"LOAD_CONST r0, 1000\n"
	"LOAD_CONST r1, 'a long string, interned not'\n"
	"BUILD_LIST r2, r0..r1\n"
	"STORE_GLOBAL r2!, list\n"
	"LOAD_CONST r2, 'identifier_shaped'\n"
	"BUILD_TUPLE r3, r0..r2\n"
	"STORE_GLOBAL r3, tuple\n"
	"BUILD_MAP r4, r2..r3\n"
	"STORE_GLOBAL r4!, dict\n"
	"LOAD_CONST r4, 1\nLOAD_CONST r6, 2\nLOAD_CONST r8, 3\nLOAD_CONST r10, 4\nLOAD_CONST r12, 5\nLOAD_CONST r14, 6\n"
	"COPY r5, r4\nCOPY r7, r4\nCOPY r9, r4\nCOPY r11, r4\nCOPY r13, r4\nCOPY r15, r4\n"
	"BUILD_MAP r4, r4..r15\n"
	"STORE_GLOBAL r4!, indexed\n"
	"STORE_GLOBAL r1!, long\n"
	"STORE_GLOBAL r2!, interned\n"
	"LOAD_CONST r1, 'abc'\n"
	"LOAD_CONST r2, '-'\n"
	"BINARY_OP r1, r1!, r2!, +\n"
	"STORE_GLOBAL r1!, short\n"
	"STORE_GLOBAL r0!, int\n"
	"LOCK_NEW r0\n"
	"STORE_GLOBAL r0!, lock\n"
	"BUILD_LIST r0, ()\n"
	"BUILD_LIST r1, r0!\n"
	"BUILD_LIST r2, r1!\n"
	"BUILD_LIST r3, r2!\n"
	"DELETE_FAST r3\n"
	"MAKE_FUNCTION r0, loop\n"
	"CALL r0, r0!, ()\n"
	"RETURN_VALUE r0!\n"
	".code loop\n"
	".slot one two\n"
	"BUILD_LIST one, ()\n"
	"LOAD_CONST two, None\n"
	"DELETE_FAST two\n"
	"again:\n"
	"JUMP_BACKWARD again\n";

static struct pymm_object *named(struct cases *cases, const char *name)
{
	return pymm_object(unit_arena(&cases->unit), case_id(cases, name));
}

static void *payload(struct cases *cases, const char *name)
{
	return *pymm_payload(unit_arena(&cases->unit), case_id(cases, name));
}

static struct pymm_heap *heap(struct cases *cases)
{
	return &unit_arena(&cases->unit)->heap;
}

static struct pymm_gc *gc(struct cases *cases)
{
	return &unit_arena(&cases->unit)->gc;
}

static struct pymm_frame *frame(struct cases *cases)
{
	return unit_thread(&cases->unit.thread)->frame;
}

/* The word that holds an object's type, flags and aux. */
static void *flags(struct cases *cases, const char *name)
{
	return &named(cases, name)->refs + 1;
}

#define FLAG(flag) ((u32)(flag) << 8)

/* Words of payloads whose structures are private: of a dict, of a long str. */
enum {
	DICT_USED, DICT_CAP, DICT_MASK, DICT_VALUE, DICT_KEY, DICT_HASH,
	STR_BYTES = 0, STR_CHARS, STR_HASH, STR_TEXT,
};

/* A dict of six entries has room for 10 of 3 words, then its index. */
#define DICT_INDEX (DICT_VALUE + 10 * 3)

static u32 *dict_slot(struct cases *cases)
{
	u32 *index = (u32 *)payload(cases, "indexed") + DICT_INDEX;

	while (!*index)
		index++;
	return index;
}

static void *word(struct cases *cases, int which)
{
	struct pymm_arena *arena = unit_arena(&cases->unit);
	u32 *dict = payload(cases, "dict"), *str = payload(cases, "long");

	switch (which) {
	case 0: return &named(cases, "list")->refs;
	case 1: return &named(cases, "int")->refs;
	case 2: return &pymm_object(arena, PYMM_NO_NONE)->refs;
	case 3: return pymm_pos(arena, case_id(cases, "list"));
	case 4: return &gc(cases)->order[*pymm_pos(arena, case_id(cases, "list"))];
	case 5: return &gc(cases)->segs[PYMM_SEG_GEN0].live;
	case 6: return &gc(cases)->segs[PYMM_SEG_GEN0].end;
	case 7: return &gc(cases)->segs[PYMM_SEG_GEN1].end;
	case 8: return &gc(cases)->order[gc(cases)->cap - 1];
	case 9: return flags(cases, "list");
	case 10: return &heap(cases)->free;
	case 11: return &pymm_object(arena, heap(cases)->free)->len;
	case 12: return &heap(cases)->objects;
	case 13: return &heap(cases)->bytes;
	case 14: return &heap(cases)->bump;
	case 15: return &named(cases, "list")->cap;
	case 16: return payload(cases, "list");
	case 17: return &dict[DICT_USED];
	case 18: return &dict[DICT_MASK];
	case 19: return &dict[DICT_KEY];
	case 20: return &dict[DICT_HASH];
	case 21: return dict_slot(cases);
	case 22: return &named(cases, "dict")->len;
	case 23: return &str[STR_CHARS];
	case 24: return &str[STR_BYTES];
	case 25: return &str[STR_TEXT];
	case 26: return flags(cases, "interned");
	case 27: return flags(cases, "long");
	case 28: return flags(cases, "dict");
	case 29: return (u32 *)&named(cases, "short")->ival + 1;
	case 30: return &named(cases, "int")->ival;
	case 31: return &frame(cases)->slots[0];
	case 32: return &frame(cases)->slots[1];
	case 33: return &frame(cases)->pc;
	case 34: return &unit_thread(&cases->unit.thread)->depth;
	case 35: return &arena->nr_threads.counter;
	case 36: return &pymm_object(arena, gc(cases)->carcass)->len;
	case 37: return &unit_thread(&cases->unit.thread)->walk_top;
	case 38: return &arena->gil.nr_waiters;
	case 39: return &pymm_object(arena, heap(cases)->bump)->refs + 1;
	case 40: return pymm_payload(arena, case_id(cases, "int"));
	case 41: return &frame(cases)->nr_slots;
	case 42: return pymm_gc_refs(arena, case_id(cases, "list"));
	case 43: return pymm_gc_refs(arena, heap(cases)->free);
	case 44: return (u32 *)payload(cases, "indexed") + DICT_MASK;
	default: return NULL;
	}
}

/* What is added to which word, and what the report says of it. */
static const struct {
	const char *name;
	int word;
	u32 add;
	const char *report;
} breaks[] = {
	{ "a count too large", 0, 1, "has a count of 2, but 1 references" },
	{ "a count too small", 1, -1, "references" },
	{ "an immortal object that is mortal", 2, 2, "1 is mortal" },
	{ "a position too large", 3, 1, "but pos[" },
	{ "an object that is not in the order", 4, 1u << 20, "which is not alive" },
	{ "a wrong number of young objects", 5, 1, "but counts" },
	{ "a segment that ends early", 6, -1, "but counts" },
	{ "a segment that takes from the next one", 7, 1, "segment 3 has 1 objects, but counts 0" },
	{ "an object behind the segments", 8, 1, "outside of segments" },
	{ "a tracked object that says it is not", 9, -FLAG(PYMM_OBJ_TRACKED), "which is not tracked" },
	{ "an object that says it is dying", 9, FLAG(PYMM_OBJ_DYING), "against the stacks" },
	{ "an object left in a collection", 42, 1, "of a collection" },
	{ "a free header left in a collection", 43, 1, "of a collection" },
	{ "an object left in print", 9, FLAG(PYMM_OBJ_PRINTING), "after the operation" },
	{ "a free list that begins elsewhere", 10, 1, "the free list has" },
	{ "a free list that ends early", 10, 0, "is neither alive nor free" },
	{ "a free list that goes astray", 11, 1u << 20, "was never used" },
	{ "a count of objects too large", 12, 1, "are counted" },
	{ "a count of bytes too large", 13, 8, "are counted" },
	{ "a count of bytes too small", 13, -8, "are counted" },
	{ "headers without chunks", 14, 1u << 20, "chunks" },
	{ "a list with too much room", 15, 1, "but should have" },
	{ "an item that is not alive", 16, 1u << 20, "which is not alive" },
	{ "an item that is empty", 16, 0, "has no item" },
	{ "a dict that counts entries it has not got", 17, 9, "the dict" },
	{ "a dict with a wrong mask", 18, 8, "but should have" },
	{ "an index with a wrong mask", 44, 16, "but should have" },
	{ "a dict whose key is another object", 19, 1u << 20, "dead objects" },
	{ "a dict with a wrong hash", 20, 1, "entry" },
	{ "a dict whose index leads elsewhere", 21, 100, "the index of dict" },
	{ "a dict whose index leads nowhere", 21, 0, "leads to 5 entries" },
	{ "a dict with a wrong length", 22, 1, "but its length is" },
	{ "a str that counts its characters wrong", 23, 1, "characters, but counts" },
	{ "a str that counts its bytes wrong", 24, 1, "should have" },
	{ "a str that is not UTF-8", 25, 0x80, "is not UTF-8" },
	{ "a str that is interned and denies it", 26, -FLAG(PYMM_OBJ_INTERNED), "against its flag" },
	{ "a str that only says it is interned", 27, FLAG(PYMM_OBJ_INTERNED), "against its flag" },
	{ "a dict of a tuple, not tracked", 28, -FLAG(PYMM_OBJ_TRACKED), "not tracked" },
	{ "a short str that is not padded", 29, 1u << 24, "is not padded" },
	{ "an int that should be shared", 30, -995, "should be a shared one" },
	{ "a slot that is not alive", 31, 1u << 20, "which is not alive" },
	{ "a slot that took no reference", 32, PYMM_NO_FIRST_MORTAL + 8, "references" },
	{ "a frame beyond its end", 33, 1000, "is at" },
	{ "a wrong number of calls", 34, 1, "calls, but counts" },
	{ "a wrong number of threads", 35, 1, "threads, but" },
	{ "a carcass that is not empty", 36, 1, "the carcass is not empty" },
	{ "a comparison left half done", 37, 1, "is not at rest" },
	{ "a waiter that does not wait", 38, 1, "wait for the GIL" },
	{ "an object that was never used", 39, PYMM_TYPE_INT, "was never used, but lives" },
	{ "an atom that is tracked", 27, FLAG(PYMM_OBJ_TRACKED), "against the order" },
	{ "an int with a payload", 40, 8, "has a payload" },
	{ "a frame with more room than it has", 41, 8u << 16, "but should have" },
};

static void break_word(struct cases *cases, unsigned int i)
{
	u32 *at, was;
	struct unit_report report;

	at = word(cases, breaks[i].word);
	was = *at;
	/* Adding nothing means to empty it. */
	*at = breaks[i].add ? was + breaks[i].add : 0;
	if (unit_walk(unit_arena(&cases->unit), &report))
		case_fail(cases, "nothing was found");
	else if (!strstr(report.text, breaks[i].report))
		case_fail(cases, "expected: %s, seen: %s", breaks[i].report, report.text);
	*at = was;
}

static void break_all(struct cases *cases)
{
	struct unit_image image = unit_assemble(text);

	for (unsigned int i = 0; i < ARRAY_SIZE(breaks); i++) {
		case_begin(cases);
		case_equal(cases, 0, unit_run(&cases->unit.thread, &image, 100));
		case_equal(cases, PYMM_STATUS_LIMIT, cases->unit.thread.run.status);
		case_walk(cases);
		break_word(cases, i);
		unit_abandon(&cases->unit.thread);
		case_end(cases, breaks[i].name);
	}
	free(image.data);
}

/* Two entries of one key: an int, and another int made to look like it. */
static void key_twice(struct cases *cases, const char *name, const char *more)
{
	struct unit_report report;
	char *text = case_join("LOAD_CONST r0, 1000\nLOAD_CONST r2, 1001\nLOAD_CONST r1, 1\nCOPY r3, r1\n"
			       "STORE_GLOBAL r2, int\nBUILD_MAP r0, r0..r3\n", more,
			       "STORE_GLOBAL r0!, dict\n" END, NULL);

	case_begin_hashes(cases, 0);
	case_exec(cases, "", text);
	named(cases, "int")->ival--;
	case_check(cases, !unit_walk(unit_arena(&cases->unit), &report));
	case_check(cases, strstr(report.text, "has a key twice"));
	named(cases, "int")->ival++;
	free(text);
	case_end(cases, name);
}

static void test_key_twice(struct cases *cases)
{
	key_twice(cases, "a dict with a key twice", "");
	key_twice(cases, "a dict with an index and a key twice",
		  "LOAD_CONST r4, 6\nmore:\nSTORE_SUBSCR r1, r0, r4\nBINARY_OP r4, r4!, r1, -\nPOP_JUMP_IF_FALSE r4, done\n"
		  "JUMP_BACKWARD more\ndone:\n");
}

/* The shim finds memory that is left. */
static void test_leak(struct cases *cases)
{
	struct unit_report report;
	void *memory;

	shim_reset(0);
	*cases->failure = '\0';
	memory = kmalloc(8, GFP_KERNEL);
	shim_check(!unit_open(&cases->unit), "the module cannot be used");
	case_check(cases, !unit_close(&cases->unit, &report));
	case_check(cases, strstr(report.text, "1 allocations, 8 bytes, are left"));
	kfree(memory);
	tap_case(&cases->tap, !*cases->failure, "an allocation that is left", "%s", cases->failure);
}

int main(void)
{
	struct cases cases = { 0 };

	break_all(&cases);
	test_key_twice(&cases);
	test_leak(&cases);
	return tap_end(&cases.tap);
}
