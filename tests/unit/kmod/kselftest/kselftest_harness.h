/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The kernel tests on the shim: what tests/kselftest uses of the kernel's harness of that name,
 * without a process for each test. So the same assertions run at native speed, under sanitizers,
 * with a walk of each arena that is closed, and a look at what each test leaves behind.
 *
 * Only tests can run here that need no second process or thread and no system call but those of
 * the device; Makefile names their files.
 */
#ifndef UNIT_KSELFTEST_HARNESS_H
#define UNIT_KSELFTEST_HARNESS_H

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define ARRAY_SIZE(array)	(sizeof(array) / sizeof((array)[0]))

/* A test that runs; @bail: leave it now. */
struct __test_metadata {
	bool failed;
	bool skipped;
	void (*leave)(struct __test_metadata *metadata) __attribute__((noreturn));
};

struct kt_test {
	const char *name;
	void (*run)(struct __test_metadata *metadata);
	struct kt_test *next;
};

void kt_register(struct kt_test *test);

static inline bool kt_bail(struct __test_metadata *metadata, bool leave)
{
	if (leave)
		metadata->leave(metadata);
	return false;
}

#define TH_LOG(format, ...) \
	fprintf(stderr, "# %s:%d: " format "\n", __FILE__, __LINE__, ##__VA_ARGS__)

#define SKIP(statement, format, ...)						\
do {										\
	printf("# SKIP " format "\n", ##__VA_ARGS__);				\
	_metadata->skipped = true;						\
	statement;								\
} while (0)

#define KT_TEST(function)							\
	static void function(struct __test_metadata *_metadata);		\
	static struct kt_test function##_test = { .name = #function, .run = function }; \
	static __attribute__((constructor)) void function##_register(void)	\
	{									\
		kt_register(&function##_test);					\
	}									\
	static void function(struct __test_metadata *_metadata)

#define TEST(name)		KT_TEST(name)
#define FIXTURE(name)		struct name##_data
#define FIXTURE_DATA(name)	struct name##_data
#define FIXTURE_SETUP(name)							\
	static void name##_setup(struct __test_metadata *_metadata __attribute__((unused)), \
				 struct name##_data *self __attribute__((unused)))
#define FIXTURE_TEARDOWN(name)							\
	static void name##_teardown(struct __test_metadata *_metadata __attribute__((unused)), \
				    struct name##_data *self __attribute__((unused)))
#define TEST_F(fixture, name)							\
	static void fixture##_##name##_body(struct __test_metadata *_metadata,	\
					    struct fixture##_data *self);	\
	KT_TEST(fixture##_##name)						\
	{									\
		struct fixture##_data self;					\
										\
		memset(&self, 0, sizeof(self));					\
		fixture##_setup(_metadata, &self);				\
		if (!_metadata->skipped)					\
			fixture##_##name##_body(_metadata, &self);		\
		fixture##_teardown(_metadata, &self);				\
	}									\
	static void fixture##_##name##_body(struct __test_metadata *_metadata __attribute__((unused)), \
					    struct fixture##_data *self __attribute__((unused)))

/* Nothing here is as slow as in a guest. */
#define TEST_F_TIMEOUT(fixture, name, timeout)	TEST_F(fixture, name)

/* What follows, a statement or a semicolon, is executed when the comparison fails. */
#define KT_COMPARE(expected, seen, op, leave)					\
	for (bool __bad = ({							\
		__typeof__(expected) __expected = (expected);			\
		__typeof__(seen) __seen = (seen);				\
										\
		if (!(__expected op __seen)) {					\
			TH_LOG("expected %s %s %s: %lld, %lld", #expected, #op, #seen, \
			       (long long)__expected, (long long)__seen);	\
			_metadata->failed = true;				\
		}								\
		!(__expected op __seen);					\
	}); __bad; __bad = kt_bail(_metadata, leave))

#define KT_STRINGS(expected, seen, op, leave)					\
	for (bool __bad = ({							\
		const char *__expected = (expected), *__seen = (seen);		\
		bool __differ = !(strcmp(__expected, __seen) op 0);		\
										\
		if (__differ) {							\
			TH_LOG("expected %s %s %s:\n%s\n%s", #expected, #op, #seen, __expected, \
			       __seen);						\
			_metadata->failed = true;				\
		}								\
		__differ;							\
	}); __bad; __bad = kt_bail(_metadata, leave))

#define EXPECT_EQ(a, b)		KT_COMPARE(a, b, ==, false)
#define EXPECT_NE(a, b)		KT_COMPARE(a, b, !=, false)
#define EXPECT_LT(a, b)		KT_COMPARE(a, b, <, false)
#define EXPECT_LE(a, b)		KT_COMPARE(a, b, <=, false)
#define EXPECT_GT(a, b)		KT_COMPARE(a, b, >, false)
#define EXPECT_GE(a, b)		KT_COMPARE(a, b, >=, false)
#define EXPECT_TRUE(a)		KT_COMPARE(0, !!(a), !=, false)
#define EXPECT_FALSE(a)		KT_COMPARE(0, !!(a), ==, false)
#define EXPECT_STREQ(a, b)	KT_STRINGS(a, b, ==, false)
#define EXPECT_STRNE(a, b)	KT_STRINGS(a, b, !=, false)
#define ASSERT_EQ(a, b)		KT_COMPARE(a, b, ==, true)
#define ASSERT_NE(a, b)		KT_COMPARE(a, b, !=, true)
#define ASSERT_LT(a, b)		KT_COMPARE(a, b, <, true)
#define ASSERT_LE(a, b)		KT_COMPARE(a, b, <=, true)
#define ASSERT_GT(a, b)		KT_COMPARE(a, b, >, true)
#define ASSERT_GE(a, b)		KT_COMPARE(a, b, >=, true)
#define ASSERT_TRUE(a)		KT_COMPARE(0, !!(a), !=, true)
#define ASSERT_FALSE(a)		KT_COMPARE(0, !!(a), ==, true)
#define ASSERT_STREQ(a, b)	KT_STRINGS(a, b, ==, true)

/* The program's main() is in kselftest.c. */
#define TEST_HARNESS_MAIN

#endif /* UNIT_KSELFTEST_HARNESS_H */
