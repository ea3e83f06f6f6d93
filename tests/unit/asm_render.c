// SPDX-License-Identifier: GPL-2.0-only
/*
 * Output records as text. What is expected is what CPython 3.13 prints.
 */
#include <errno.h>
#include <inttypes.h>
#include <pymm/pymm.h>
#include <stdlib.h>
#include <string.h>

#include "asm_tap.h"

/* Records being put together. */
struct records {
	char data[1024];
	size_t size;
};

static void put(struct records *records, uint32_t kind, uint32_t len, const void *data,
		size_t size)
{
	struct pymm_record record = { .kind = kind, .len = len };

	memcpy(records->data + records->size, &record, sizeof(record));
	records->size += sizeof(record);
	memcpy(records->data + records->size, data, size);
	memset(records->data + records->size + size, 0, (8 - size % 8) % 8);
	records->size += (size + 7) & ~(size_t)7;
}

static uint32_t container(char kind)
{
	switch (kind) {
	case 'a':
		return PYMM_RECORD_LIST;
	case 't':
		return PYMM_RECORD_TUPLE;
	case 'S':
		return PYMM_RECORD_SET;
	case 'Z':
		return PYMM_RECORD_FROZENSET;
	case 'l':
		return PYMM_RECORD_SLICE;
	default:
		return PYMM_RECORD_DICT;
	}
}

/*
 * Records from a short notation: N None, T True, F False, iNUMBER; sTEXT; aLEN;
 * list, tLEN; tuple, dLEN; dict, SLEN; set, ZLEN; frozenset, lLEN; slice, oID,TYPE; object,
 * cID,TYPE; cycle, fFLOAT; bBYTES; E end of line, rSTART,STOP,STEP; range, e end of a value,
 * yKIND,TEXT; any record of a text, xKIND,LEN; any head.
 */
static void parse(const char *at, struct records *records)
{
	records->size = 0;
	while (*at) {
		char kind = *at++;
		const char *end = strchr("NTFEe", kind) ? at : strchr(at, ';');
		int64_t number = strtoll(at, NULL, 10);
		const char *comma = strchr(at, ',');
		double real = kind == 'f' ? strtod(at, NULL) : 0;
		uint32_t pair[2] = { (uint32_t)number, comma ? (uint32_t)atoi(comma + 1) : 0 };
		int64_t range[3];

		if (kind == 'N' || kind == 'T' || kind == 'F')
			put(records, kind == 'N' ? PYMM_RECORD_NONE : kind == 'T' ?
			    PYMM_RECORD_TRUE : PYMM_RECORD_FALSE, 0, "", 0);
		else if (kind == 'E' || kind == 'e')
			put(records, PYMM_RECORD_END, kind == 'E', "", 0);
		else if (kind == 'i')
			put(records, PYMM_RECORD_INT, 8, &number, 8);
		else if (kind == 'f')
			put(records, PYMM_RECORD_FLOAT, 8, &real, 8);
		else if (kind == 's' || kind == 'b')
			put(records, kind == 's' ? PYMM_RECORD_STR : PYMM_RECORD_BYTES,
			    (uint32_t)(end - at), at, (size_t)(end - at));
		else if (kind == 'o' || kind == 'c')
			put(records, kind == 'o' ? PYMM_RECORD_OBJECT : PYMM_RECORD_CYCLE, 8, pair, 8);
		else if (kind == 'y')
			put(records, pair[0], (uint32_t)(end - comma - 1), comma + 1, (size_t)(end - comma - 1));
		else if (kind == 'r' && sscanf(at, "%" SCNd64 ",%" SCNd64 ",%" SCNd64, &range[0], &range[1], &range[2]) == 3)
			put(records, PYMM_RECORD_RANGE, 24, range, 24);
		else if (kind == 'x')
			put(records, pair[0], pair[1], "", 0);
		else
			put(records, container(kind), pair[0], "", 0);
		at = end + !strchr("NTFEe", kind);
	}
}

struct rendering {
	const char *records;
	const char *text;	/* NULL: refused */
};

static const struct rendering renderings[] = {
	{ "", "" },
	{ "NETEFE", "None\nTrue\nFalse\n" },
	{ "i-9223372036854775808;ei9223372036854775807;E", "-9223372036854775808 9223372036854775807\n" },
	{ "sa 'b' \n;E", "a 'b' \n\n" },
	{ "s;E", "\n" },
	{ "s;eE", NULL },
	{ "a0;E", "[]\n" },
	{ "t0;E", "()\n" },
	{ "d0;E", "{}\n" },
	{ "t1;i1;E", "(1,)\n" },
	{ "t2;i1;NE", "(1, None)\n" },
	{ "t1;t1;t0;E", "(((),),)\n" },
	{ "a3;a0;t1;a1;i1;sx;E", "[[], ([1],), 'x']\n" },
	{ "d2;sa;i1;t1;i2;a1;NE", "{'a': 1, (2,): [None]}\n" },
	{ "d1;i1;d1;i2;d0;E", "{1: {2: {}}}\n" },
	{ "a1;sit's;E", "[\"it's\"]\n" },
	{ "a1;sa\"b;E", "['a\"b']\n" },
	{ "a1;sa\"b';E", "['a\"b\\'']\n" },
	{ "a1;s\\\n\r\t\x01\x7f;E", "['\\\\\\n\\r\\t\\x01\\x7f']\n" },
	{ "a1;s\xc3\xa9\xc2\xa0\xc2\xad;E", "['\xc3\xa9\\xa0\\xad']\n" },
	{ "a1;s\xe2\x80\x8b\xe2\x82\xac\xf0\x9f\x90\x8d\xf3\xa0\x80\x81;E",
	  "['\\u200b\xe2\x82\xac\xf0\x9f\x90\x8d\\U000e0001']\n" },
	{ "o7,9;E", "<function at id 7>\n" },
	{ "a2;o8,10;o9,77;E", "[<lock at id 8>, <? at id 9>]\n" },
	{ "a1;c1,6;E", "[[...]]\n" },
	{ "d1;i1;c1,7;E", "{1: {...}}\n" },
	{ "t1;a1;c1,5;E", "([(...)],)\n" },
	{ "f1;ef-0;ef.5;ef1e-4;ef1e-5;ef123e-9;E", "1.0 -0.0 0.5 0.0001 1e-05 1.23e-07\n" },
	{ "f1e15;ef1e16;ef1234567890123456;ef12345678901234567;E",
	  "1000000000000000.0 1e+16 1234567890123456.0 1.2345678901234568e+16\n" },
	{ "f1e100;ef5e-324;ef1.7976931348623157e308;E", "1e+100 5e-324 1.7976931348623157e+308\n" },
	{ "finf;ef-inf;efnan;ef-nan;E", "inf -inf nan nan\n" },
	/* Floats next to a power of 2, where the nearest decimal of 16 digits is another float. */
	{ "a2;f0x1p-44;f-0x1p-44;E", "[5.684341886080802e-14, -5.684341886080802e-14]\n" },
	{ "f0x1p-1074;ef0x1p-1022;ef0x1p1023;E", "5e-324 2.2250738585072014e-308 8.98846567431158e+307\n" },
	{ "b;eba;ea1;bb;E", "b'' b'a' [b'b']\n" },
	{ "bit's;eba\"b;eba\"b';E", "b\"it's\" b'a\"b' b'a\"b\\''\n" },
	{ "b\\\n\r\t\x01 ~\x7f\x80\xc3\xa9\xff;E", "b'\\\\\\n\\r\\t\\x01 ~\\x7f\\x80\\xc3\\xa9\\xff'\n" },
	{ "S0;eZ0;E", "set() frozenset()\n" },
	{ "S1;i1;eS2;i1;sa;E", "{1} {1, 'a'}\n" },
	{ "Z1;i1;eZ2;Z1;Z0;NE", "frozenset({1}) frozenset({frozenset({frozenset()}), None})\n" },
	{ "a2;S0;Z1;t1;NE", "[set(), frozenset({(None,)})]\n" },
	{ "l3;i1;i2;NE", "slice(1, 2, None)\n" },
	{ "a1;l3;Nl3;sa;a0;NNE", "[slice(None, slice('a', [], None), None)]\n" },
	{ "a1;c1,18;ea1;c1,19;E", "[set(...)] [frozenset(...)]\n" },
	{ "y12,int;E", "<class 'int'>\n" },
	{ "a2;y20,len;y22,m;E", "[<built-in function len>, <module 'm'>]\n" },
	{ "a2;r0,3,1;r5,-1,-2;E", "[range(0, 3), range(5, -1, -2)]\n" },
	/* Not whole, or not in order. */
	{ "N", NULL },
	{ "E", NULL },
	{ "a1;E", NULL },
	{ "a1;NNE", NULL },
	{ "a2;NE", NULL },
	{ "d1;NE", NULL },
	{ "Nx11,2;", NULL },
	{ "x4,8;", NULL },
	{ "x4,4;i1;E", NULL },
	{ "x5,4294967295;E", NULL },
	{ "x6,4294967295;", NULL },
	{ "x8,4294967295;NNNNE", NULL },
	{ "x0,0;E", NULL },
	{ "x15,0;E", NULL },
	{ "x15,4;i1;E", NULL },
	{ "x16,99;i1;E", NULL },
	{ "S1;E", NULL },
	{ "l2;NNE", NULL },
	{ "l4;NNNNE", NULL },
	{ "l3;NNE", NULL },
	{ "x99,0;E", NULL },
	{ "x21,8;i1;E", NULL },
	{ "x20,9;E", NULL },
	{ "x22,9;E", NULL },
	{ "x13,2;NNE", NULL },
	{ "x1,8;i1;E", NULL },
	{ "s\xff;E", NULL },
	{ "a1;s\xc3;E", NULL },
};

static void test_rendering(struct tap *tap, const struct rendering *rendering)
{
	struct records records;
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);
	bool ok;
	int ret;

	if (!out)
		abort();
	parse(rendering->records, &records);
	ret = pymm_output_render(records.data, records.size, out);
	fclose(out);
	ok = rendering->text ? !ret && !strcmp(text, rendering->text) : ret == -EINVAL;
	tap_case(tap, ok, rendering->text ? "rendered" : "refused", "%s: %d, %s",
		 rendering->records, ret, text);
	free(text);
}

/* Cut anywhere, records are refused; and no depth of nesting is too much. */
static void test_extremes(struct tap *tap)
{
	enum { DEPTH = 200000 };
	struct pymm_record list = { PYMM_RECORD_LIST, 1 }, end = { PYMM_RECORD_END, 1 };
	struct pymm_record *deep = calloc(DEPTH + 2, sizeof(*deep));
	FILE *out = fopen("/dev/null", "w");
	struct records records;
	bool refused = true;

	if (!deep || !out)
		abort();
	parse("d1;sa;t2;i1;NE", &records);
	for (size_t size = 1; size < records.size; size++)
		refused &= pymm_output_render(records.data, size, out) == -EINVAL;
	tap_case(tap, refused, "records that are cut off", "one was accepted");
	for (int i = 0; i < DEPTH; i++)
		deep[i] = list;
	deep[DEPTH].kind = PYMM_RECORD_NONE;
	deep[DEPTH + 1] = end;
	tap_case(tap, !pymm_output_render(deep, (DEPTH + 2) * sizeof(*deep), out), "deep nesting",
		 "refused");
	fclose(out);
	free(deep);
}

static void test_names(struct tap *tap)
{
	tap_case(tap, !strcmp(pymm_exception_name(PYMM_EXC_NAME_ERROR), "NameError"), "exceptions",
		 "%s", pymm_exception_name(PYMM_EXC_NAME_ERROR));
	tap_case(tap, !strcmp(pymm_exception_name(12345), "?"), "unknown exceptions", "%s",
		 pymm_exception_name(12345));
	tap_case(tap, !strcmp(pymm_type_name(PYMM_TYPE_LOCK), "lock") &&
		 !strcmp(pymm_type_name(0), "?"), "types", "%s", pymm_type_name(0));
	tap_case(tap, strlen(pymm_reject_text(PYMM_REJECT_UTF8)) && strlen(pymm_reject_text(~0U)),
		 "reasons", "empty");
}

/* Each name is that of one policy, and leads back to it. */
static void test_policies(struct tap *tap)
{
	uint32_t found = 77, count = 0;
	bool same = true;

	for (; pymm_policy_name(count); count++) {
		same &= !pymm_policy_from_name(pymm_policy_name(count), &found);
		same &= found == count;
	}
	tap_case(tap, same && count == PYMM_POLICY_IO_BOOST + 1, "policies", "%u of them", count);
	tap_case(tap, !strcmp(pymm_policy_name(PYMM_POLICY_IO_BOOST), "io-boost"), "a policy", "%s",
		 pymm_policy_name(PYMM_POLICY_IO_BOOST));
	found = 77;
	tap_case(tap, pymm_policy_from_name("lifo", &found) == -EINVAL && found == 77 &&
		 pymm_policy_from_name("", &found) == -EINVAL && !pymm_policy_name(~0U),
		 "unknown policies", "%u", found);
}

int main(void)
{
	struct tap tap = { 0 };

	for (size_t i = 0; i < sizeof(renderings) / sizeof(renderings[0]); i++)
		test_rendering(&tap, &renderings[i]);
	test_extremes(&tap);
	test_names(&tap);
	test_policies(&tap);
	return tap_end(&tap);
}
