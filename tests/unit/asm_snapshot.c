// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the kernel is believed when it dumps an arena: nothing that would lead a
 * reader astray. The library's file is part of this one, to reach its check.
 */
#include "../../user/lib/snapshot.c"

#include <stdio.h>

#include "asm_tap.h"

/* A dump being put together. */
struct dump {
	_Alignas(8) char data[1024];
	size_t size;
};

static void *put(struct dump *dump, uint16_t kind, size_t head, const void *tail, size_t size)
{
	struct pymm_dump_record *record = (void *)(dump->data + dump->size);

	memset(record, 0, head + ((size + 7) & ~(size_t)7));
	memcpy((char *)record + head, tail, size);
	record->kind = kind;
	record->head = (uint16_t)head;
	record->size = (uint32_t)(head + ((size + 7) & ~(size_t)7));
	dump->size += record->size;
	return record;
}

static struct pymm_dump_object *put_object(struct dump *dump, uint32_t id, uint16_t type,
					   const void *tail, size_t size)
{
	struct pymm_dump_object *object =
		put(dump, PYMM_DUMP_OBJECT, sizeof(*object), tail, size);

	object->id = id;
	object->type = type;
	object->nr_refs = (uint32_t)(type == PYMM_TYPE_STR ? size : size / 4);
	return object;
}

static struct pymm_dump_name *put_name(struct dump *dump, uint32_t id, const char *name)
{
	struct pymm_dump_name *binding =
		put(dump, PYMM_DUMP_NAME, sizeof(*binding), name, strlen(name));

	binding->id = id;
	binding->len = (uint32_t)strlen(name);
	return binding;
}

/* An arena with a record of every kind, one of a kind that is not known, heads that have grown. */
static void make_good(struct dump *dump)
{
	uint32_t refs[3] = { 9, 9, 7 }, slots[2] = { 0, 9 };
	struct pymm_dump_frame *frame;

	dump->size = 0;
	put(dump, PYMM_DUMP_ARENA, sizeof(struct pymm_dump_arena) + 8, "", 0);
	put_object(dump, 9, PYMM_TYPE_LIST, refs, sizeof(refs));
	put_object(dump, 7, PYMM_TYPE_STR, "hello", 5);
	put(dump, 77, sizeof(struct pymm_dump_record), "future", 6);
	put_name(dump, 9, "list");
	put_name(dump, 7, "text");
	frame = put(dump, PYMM_DUMP_FRAME, sizeof(*frame), slots, sizeof(slots));
	frame->nr_slots = 2;
}

static int check_dump(struct dump *dump, struct pymm_snapshot *snapshot)
{
	*snapshot = (struct pymm_snapshot){ .data = dump->data, .size = dump->size };
	return check(snapshot);
}

static void test_good(struct tap *tap)
{
	const struct pymm_dump_record *record = NULL;
	const struct pymm_dump_name *name;
	struct pymm_snapshot snapshot;
	unsigned int count = 0;
	struct dump dump;
	int ret;

	make_good(&dump);
	ret = check_dump(&dump, &snapshot);
	tap_case(tap, !ret, "a dump with unknown kinds and longer heads", "%d", ret);
	while ((record = pymm_snapshot_next(&snapshot, record)))
		count++;
	tap_case(tap, count == 7, "all records are walked", "%u", count);
	name = pymm_snapshot_name(&snapshot, "text");
	tap_case(tap, name && name->id == 7 && !pymm_snapshot_name(&snapshot, "tex") &&
		 !pymm_snapshot_name(&snapshot, ""), "names are found", "%u", name ? name->id : 0);
	tap_case(tap, pymm_snapshot_object(&snapshot, 7)->type == PYMM_TYPE_STR &&
		 pymm_snapshot_object(&snapshot, 9)->type == PYMM_TYPE_LIST &&
		 !pymm_snapshot_object(&snapshot, 8), "objects are found in any order", "not found");
	vec_free(&snapshot.objects);
}

static void refused(struct tap *tap, struct dump *dump, const char *name)
{
	struct pymm_snapshot snapshot;
	int ret = check_dump(dump, &snapshot);

	tap_case(tap, ret == -EPROTO, name, "%d", ret);
	vec_free(&snapshot.objects);
}

static void test_bad(struct tap *tap)
{
	struct pymm_dump_record *first;
	struct dump dump;
	bool cut = true;

	make_good(&dump);
	for (size_t full = dump.size; dump.size > 1; dump.size--) {
		struct pymm_snapshot snapshot;

		/* Between two records the dump is only shorter. */
		if (dump.size != full && dump.size % 8)
			cut &= check_dump(&dump, &snapshot) == -EPROTO;
		else
			check_dump(&dump, &snapshot);
		vec_free(&snapshot.objects);
	}
	tap_case(tap, cut, "dumps that are cut off", "one was accepted");
	make_good(&dump);
	first = (void *)dump.data;
	first->kind = PYMM_DUMP_NAME;
	refused(tap, &dump, "an arena is the first record");
	first->kind = PYMM_DUMP_ARENA;
	first->size = 0;
	refused(tap, &dump, "a record without size");
	first->size = 44;
	refused(tap, &dump, "a size that is no multiple of 8");
	first->size = 40;
	first->head = 24;
	refused(tap, &dump, "a head that is too short");
	first->head = 48;
	refused(tap, &dump, "a head longer than its record");
	dump.size = 0;
	put(&dump, PYMM_DUMP_ARENA, sizeof(struct pymm_dump_arena), "", 0);
	put_object(&dump, 1, PYMM_TYPE_LIST, "", 0)->nr_refs = UINT32_MAX;
	refused(tap, &dump, "more references than there is room for");
	((struct pymm_dump_object *)(dump.data + sizeof(struct pymm_dump_arena)))->type = PYMM_TYPE_STR;
	refused(tap, &dump, "more text than there is room for");
	dump.size = sizeof(struct pymm_dump_arena);
	put_name(&dump, 1, "name")->len = 9;
	refused(tap, &dump, "a name longer than its record");
	dump.size = sizeof(struct pymm_dump_arena);
	((struct pymm_dump_frame *)put(&dump, PYMM_DUMP_FRAME, sizeof(struct pymm_dump_frame), "", 0))
		->nr_slots = 1;
	refused(tap, &dump, "more slots than there is room for");
}

int main(void)
{
	struct tap tap = { 0 };

	test_good(&tap);
	test_bad(&tap);
	return tap_end(&tap);
}
