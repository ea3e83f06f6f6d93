// SPDX-License-Identifier: GPL-2.0
/*
 * The contract of linux/pymm.h: QUERY and CONFIG.
 */
#include <errno.h>
#include <unistd.h>

#include "kselftest_harness.h"
#include "pymm_util.h"

PT_FIXTURE(uapi)

/* More than all names need. */
#define NAMES_ROOM	16384

/* ---- QUERY ---- */

TEST_F(uapi, query_of_a_bare_arena)
{
	int bare = pt_open();
	struct pymm_query query = pt_query(bare);
	struct pymm_stat stat = pt_stat(bare);

	EXPECT_EQ(PYMM_RIGHTS_ALL, query.rights);
	EXPECT_EQ(PYMM_ABI_VERSION, query.abi_version);
	EXPECT_EQ(PYMM_OP_SLEEP + 1, query.nr_opcodes);
	EXPECT_EQ(PYMM_TYPE_RLOCK + 1, query.nr_types);
	EXPECT_EQ(PYMM_RUN_RESUME | PYMM_RUN_ABANDON | PYMM_RUN_CHECK | PYMM_RUN_INTERRUPT, query.run_flags);
	EXPECT_EQ(0x7f, query.config_fields);
	EXPECT_EQ(PYMM_CONFIG_F_GC | PYMM_CONFIG_F_CHECK_ALL, query.config_flags);
	EXPECT_EQ(65536, query.max_insns);
	EXPECT_EQ(4096, query.max_consts);
	EXPECT_EQ(256, query.max_slots);
	EXPECT_EQ(1000, query.max_depth);
	EXPECT_LT(0, query.max_image_size);
	EXPECT_EQ(1 << PYMM_POLICY_CPYTHON | 1 << PYMM_POLICY_FIFO | 1 << PYMM_POLICY_IO_BOOST,
		  query.policies);
	EXPECT_EQ(0, stat.objects);
	EXPECT_EQ(0, stat.bytes);
	close(bare);
}

TEST_F(uapi, arena_ids_differ)
{
	int other = pt_open();

	EXPECT_NE(pt_query(self->arena).arena_id, pt_query(other).arena_id);
	close(other);
}

/* Reads all names into @buffer of @size bytes; returns the bytes needed. */
static uint32_t read_names(int arena, char *buffer, uint32_t size)
{
	struct pymm_query query = { .names = (uintptr_t)buffer, .names_size = size };

	if (pt_ioctl(arena, PYMM_IOC_QUERY, &query))
		pt_die("QUERY with names");
	return query.names_size;
}

TEST_F(uapi, query_opcode_names)
{
	static const char *const opcodes[] = {
#define PYMM_OP(nr, name, dst, src1, src2, imm, flags) [nr] = #name,
#include <linux/pymm_ops.h>
#undef PYMM_OP
	};
	char room[NAMES_ROOM], *names = room;

	ASSERT_GT(NAMES_ROOM, read_names(self->arena, names, NAMES_ROOM));
	for (unsigned int i = 0; i < ARRAY_SIZE(opcodes); i++) {
		EXPECT_STREQ(opcodes[i] ? opcodes[i] : "", names);
		names += strlen(names) + 1;
	}
}

TEST_F(uapi, query_type_names)
{
	static const char *const types[] = {
		"", "NoneType", "bool", "int", "str", "tuple", "list", "dict", "code", "function",
		"lock", "cell", "type", "instance", "method", "weakref", "float", "bytes",
		"set", "frozenset", "slice",
		"object", "builtin_function_or_method", "range", "range_iterator", "iterator", "module",
		"exception", "traceback", "frame", "RLock",
	};
	char room[NAMES_ROOM], *names = room;
	char *end = names + read_names(self->arena, names, NAMES_ROOM);

	for (unsigned int i = 0; i < pt_query(self->arena).nr_opcodes; i++)
		names += strlen(names) + 1;
	for (unsigned int i = 0; i < ARRAY_SIZE(types); i++) {
		EXPECT_STREQ(types[i], names);
		names += strlen(names) + 1;
	}
	EXPECT_EQ(0, end - names);
}

TEST_F(uapi, query_names_exact_room)
{
	uint32_t needed = read_names(self->arena, NULL, 0);
	char room[NAMES_ROOM], *names = room;

	memset(names, 0xee, needed + 1);
	EXPECT_EQ(needed, read_names(self->arena, names, needed));
	EXPECT_EQ(0, names[needed - 1]);
	EXPECT_EQ((char)0xee, names[needed]);
}

TEST_F(uapi, query_names_too_little_room)
{
	uint32_t needed = read_names(self->arena, NULL, 0);
	char room[NAMES_ROOM], *names = room;

	memset(names, 0xee, needed);
	EXPECT_EQ(needed, read_names(self->arena, names, needed - 1));
	for (uint32_t i = 0; i < needed; i++) {
		ASSERT_EQ((char)0xee, names[i]);
	}
}

/* ---- CONFIG ---- */

TEST_F(uapi, config_defaults)
{
	struct pymm_config config = pt_config(self->arena);

	EXPECT_EQ(PYMM_CONFIG_F_GC, config.flags);
	EXPECT_EQ(5000000, config.switch_interval_ns);
	EXPECT_EQ(2000, config.thresholds[0]);
	EXPECT_EQ(10, config.thresholds[1]);
	EXPECT_EQ(10, config.thresholds[2]);
	EXPECT_EQ(1024, config.max_threads);
	EXPECT_EQ(0x7fffffff, config.max_objects);
	EXPECT_EQ(256ULL << 20, config.max_bytes);
	EXPECT_EQ(PYMM_POLICY_CPYTHON, config.policy);
}

/* A field of struct pymm_config: where it is and what it may be. */
static const struct bounds {
	const char *name;
	uint32_t selector;
	unsigned int at;
	unsigned int size;
	uint64_t low;
	uint64_t high;
} bounds[] = {
	{ "switch_interval_ns", PYMM_CONFIG_SWITCH_INTERVAL,
	  offsetof(struct pymm_config, switch_interval_ns), 8, 1, 3600000000000ULL },
	{ "thresholds[0]", PYMM_CONFIG_THRESHOLDS,
	  offsetof(struct pymm_config, thresholds[0]), 4, 0, 0x7fffffff },
	{ "thresholds[1]", PYMM_CONFIG_THRESHOLDS,
	  offsetof(struct pymm_config, thresholds[1]), 4, 0, 0x7fffffff },
	{ "thresholds[2]", PYMM_CONFIG_THRESHOLDS,
	  offsetof(struct pymm_config, thresholds[2]), 4, 0, 0x7fffffff },
	{ "max_threads", PYMM_CONFIG_MAX_THREADS,
	  offsetof(struct pymm_config, max_threads), 4, 1, 65536 },
	{ "max_objects", PYMM_CONFIG_MAX_OBJECTS,
	  offsetof(struct pymm_config, max_objects), 8, 1024, 0x7fffffff },
	{ "max_bytes", PYMM_CONFIG_MAX_BYTES,
	  offsetof(struct pymm_config, max_bytes), 8, 1 << 20, 1ULL << 40 },
};

/* Set one field, the others as they are; what the kernel then says is in force. */
static int set_field(int arena, const struct bounds *field, uint64_t value, uint64_t *now)
{
	struct pymm_config config = pt_config(arena);
	int ret;

	config.fields = field->selector;
	memcpy((uint8_t *)&config + field->at, &value, field->size);
	ret = pt_ioctl(arena, PYMM_IOC_CONFIG, &config);
	config = pt_config(arena);
	*now = 0;
	memcpy(now, (uint8_t *)&config + field->at, field->size);
	return ret;
}

TEST_F(uapi, config_bounds_accepted)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(bounds); i++) {
		uint64_t now;

		EXPECT_EQ(0, set_field(self->arena, &bounds[i], bounds[i].low, &now))
			TH_LOG("%s", bounds[i].name);
		EXPECT_EQ(bounds[i].low, now);
		EXPECT_EQ(0, set_field(self->arena, &bounds[i], bounds[i].high, &now))
			TH_LOG("%s", bounds[i].name);
		EXPECT_EQ(bounds[i].high, now);
	}
}

TEST_F(uapi, config_below_bound)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(bounds); i++) {
		uint64_t before, now;

		if (!bounds[i].low)
			continue;
		ASSERT_EQ(0, set_field(self->arena, &bounds[i], bounds[i].high, &before));
		EXPECT_EQ(-EINVAL, set_field(self->arena, &bounds[i], bounds[i].low - 1, &now))
			TH_LOG("%s", bounds[i].name);
		EXPECT_EQ(before, now);
	}
}

TEST_F(uapi, config_above_bound)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(bounds); i++) {
		uint64_t before, now;

		ASSERT_EQ(0, set_field(self->arena, &bounds[i], bounds[i].low, &before));
		EXPECT_EQ(-EINVAL, set_field(self->arena, &bounds[i], bounds[i].high + 1, &now))
			TH_LOG("%s", bounds[i].name);
		EXPECT_EQ(before, now);
	}
}

TEST_F(uapi, config_ignores_what_is_not_selected)
{
	struct pymm_config config;

	memset(&config, 0xff, sizeof(config));
	config.fields = PYMM_CONFIG_MAX_THREADS;
	config.max_threads = 5;
	config.reserved = 0;
	EXPECT_EQ(0, pt_ioctl(self->arena, PYMM_IOC_CONFIG, &config));
	EXPECT_EQ(5, config.max_threads);
	EXPECT_EQ(PYMM_CONFIG_F_GC, config.flags);
	EXPECT_EQ(5000000, config.switch_interval_ns);
	EXPECT_EQ(2000, config.thresholds[0]);
	EXPECT_EQ(0x7fffffff, config.max_objects);
	EXPECT_EQ(256ULL << 20, config.max_bytes);
	EXPECT_EQ(PYMM_POLICY_CPYTHON, config.policy);
}

TEST_F(uapi, config_sets_all_or_nothing)
{
	struct pymm_config config = {
		.fields = PYMM_CONFIG_SWITCH_INTERVAL | PYMM_CONFIG_FLAGS |
			  PYMM_CONFIG_THRESHOLDS | PYMM_CONFIG_MAX_THREADS |
			  PYMM_CONFIG_MAX_OBJECTS | PYMM_CONFIG_MAX_BYTES,
		.flags = 0,
		.switch_interval_ns = 7,
		.thresholds = { 1, 2, 3 },
		.max_threads = 9,
		.max_objects = 2048,
		.max_bytes = 1,
	};
	struct pymm_config before = pt_config(self->arena);
	struct pymm_config now;

	EXPECT_EQ(-EINVAL, pt_ioctl(self->arena, PYMM_IOC_CONFIG, &config));
	now = pt_config(self->arena);
	EXPECT_EQ(0, memcmp(&before, &now, sizeof(now)));
}

TEST_HARNESS_MAIN
