/* SPDX-License-Identifier: BSD-2-Clause */
/* Tests id maps: valid ids are accepted, other ids are refused, and no two lines overlap. */
#include "unit.h"

#include <errno.h>

#include "src/ids/id_map.h"

#define LAST 4294967294u /* 4294967295 is (uid_t)-1, which the kernel takes as "do not change" */

static void an_id_is_decimal_and_not_minus_one(void **state)
{
	static const struct {
		const char *text;
		uint32_t id;
	} good[] = {
		{"0", 0},
		{"1", 1},
		{"65534", 65534},
		{"007", 7},
		{"4294967294", LAST},
		{"00000000000000000000004294967294", LAST},
	};
	static const char *const bad[] = {"",
					  "-1",
					  "+1",
					  " 1",
					  "1 ",
					  "1:",
					  "0x1",
					  "1e3",
					  "one",
					  "4294967295",
					  "4294967296",
					  "4294967297",
					  "18446744073709551615",
					  "18446744073709551616",
					  "18446744073709551617",
					  "99999999999999999999999999"};
	uint32_t id = 4711;

	(void)state;
	for (size_t i = 0; i < UNIT_COUNT(bad); i++)
		assert_int_equal(pf_id_parse(bad[i], &id), -EINVAL);
	assert_int_equal(id, 4711);
	for (size_t i = 0; i < UNIT_COUNT(good); i++) {
		assert_int_equal(pf_id_parse(good[i].text, &id), 0);
		assert_int_equal(id, good[i].id);
	}
}

static void a_line_must_hold_valid_ids(void **state)
{
	static const struct {
		const char *text;
		struct pf_id_line line;
	} good[] = {
		{"0:0:1", {0, 0, 1}},
		{"0:100000:65536", {0, 100000, 65536}},
		{"4294967294:0:1", {LAST, 0, 1}},
		{"0:4294967294:1", {0, LAST, 1}},
		{"1:1:4294967294", {1, 1, LAST}},
		{"0:0:4294967294", {0, 0, LAST}},
		{"0:0:4294967295", {0, 0, LAST + 1}},
		{"4294967290:4294967290:5", {LAST - 4, LAST - 4, 5}},
	};
	static const char *const bad[] = {
		"0:0:0",
		"4294967294:0:2",
		"0:4294967294:2",
		"2:0:4294967294",
		"0:2:4294967294",
		"0:0:4294967296",
		"0:1:4294967295",
		"4294967295:0:1",
		"0:4294967295:1",
		"0:4294967296:1",
		"",
		"0",
		"0:0",
		"0:0:",
		"0::1",
		":0:1",
		"0:0:1:",
		"0:0:1:1",
		"0:0:1 ",
		" 0:0:1",
		"0 0 1",
		"0:0:-1",
		"-1:0:1",
		"0:0:1\n",
		"a:b:c",
		"u:0:0:1",
		"0,0,1",
		"0:0:18446744073709551617",
	};
	struct pf_id_line line = {1, 2, 3}, untouched = line;

	(void)state;
	for (size_t i = 0; i < UNIT_COUNT(bad); i++)
		assert_int_equal(pf_id_line_parse(bad[i], &line), -EINVAL);
	assert_memory_equal(&line, &untouched, sizeof(line));
	for (size_t i = 0; i < UNIT_COUNT(good); i++) {
		assert_int_equal(pf_id_line_parse(good[i].text, &line), 0);
		assert_memory_equal(&line, &good[i].line, sizeof(line));
	}
}

/* Two lines, and whether they overlap. A map cannot have two lines that overlap, in either
 * order. */
static void lines_overlap_neither_inside_nor_outside(void **state)
{
	static const struct {
		struct pf_id_line a, b;
		int overlap;
	} cases[] = {
		{{0, 100, 10}, {10, 110, 10}, 0},       {{0, 100, 10}, {9, 200, 1}, 1},
		{{0, 100, 10}, {10, 109, 1}, 1},        {{0, 100, 10}, {200, 99, 2}, 1},
		{{0, 100, 10}, {200, 98, 2}, 0},        {{5, 100, 1}, {5, 200, 1}, 1},
		{{5, 100, 1}, {6, 100, 1}, 1},          {{5, 100, 1}, {4, 101, 1}, 0},
		{{0, 0, 100}, {50, 500, 1}, 1},         {{0, 0, 100}, {500, 50, 1}, 1},
		{{0, 0, LAST}, {LAST, LAST, 1}, 0},     {{0, 0, LAST}, {LAST - 1, LAST, 1}, 1},
		{{0, 0, LAST}, {LAST, LAST - 1, 1}, 1}, {{1, 1, LAST}, {0, 0, 1}, 0},
		{{1, 1, LAST}, {0, LAST, 1}, 1},
	};

	(void)state;
	for (size_t i = 0; i < UNIT_COUNT(cases); i++)
		for (int swapped = 0; swapped < 2; swapped++) {
			struct pf_id_map map = {.count = 0};
			const struct pf_id_line *a = swapped ? &cases[i].b : &cases[i].a;
			const struct pf_id_line *b = swapped ? &cases[i].a : &cases[i].b;
			assert_int_equal(pf_id_map_add(&map, a), 0);
			assert_int_equal(pf_id_map_add(&map, b), cases[i].overlap ? -EEXIST : 0);
			assert_int_equal(map.count, cases[i].overlap ? 1 : 2);
		}
}

/* The kernel accepts at most 340 lines. */
static void a_map_has_a_last_line(void **state)
{
	struct pf_id_map map = {.count = 0};
	struct pf_id_line line = {0, 0, 1};

	(void)state;
	for (uint32_t i = 0; i < 340; i++) {
		line = (struct pf_id_line){2 * i, 1000 + 2 * i, 1};
		assert_int_equal(pf_id_map_add(&map, &line), 0);
	}
	assert_int_equal(map.count, 340);
	assert_int_equal(pf_id_map_add(&map, &line), -EEXIST);
	line = (struct pf_id_line){1, 1, 1};
	assert_int_equal(pf_id_map_add(&map, &line), -E2BIG);
	assert_int_equal(map.count, 340);
	assert_true(pf_id_map_has(&map, 678));
	assert_false(pf_id_map_has(&map, 1));
}

static void what_is_inside_is_mapped(void **state)
{
	static const struct pf_id_line lines[] = {{10, 0, 5}, {100, 1000, 1}, {LAST, 2000, 1}};
	struct pf_id_map map = {.count = 0};

	(void)state;
	assert_false(pf_id_map_has(&map, 0));
	for (size_t i = 0; i < UNIT_COUNT(lines); i++)
		assert_int_equal(pf_id_map_add(&map, &lines[i]), 0);
	for (uint32_t id = 0; id < 200; id++)
		assert_int_equal(pf_id_map_has(&map, id), (id >= 10 && id < 15) || id == 100);
	assert_false(pf_id_map_has(&map, 1000));
	assert_false(pf_id_map_has(&map, LAST - 1));
	assert_true(pf_id_map_has(&map, LAST));
	assert_false(pf_id_map_has(&map, UINT32_MAX));
}

static void lines_are_written_as_the_kernel_reads_them(void **state)
{
	static const struct pf_id_line lines[] = {{0, 100000, 65536}, {LAST, 0, 1}};
	struct pf_id_map map = {.count = 0};
	struct pf_strings text = {0};

	(void)state;
	assert_int_equal(pf_id_map_text(&map, &text), 0);
	assert_int_equal(text.count, 0);
	for (size_t i = 0; i < UNIT_COUNT(lines); i++)
		assert_int_equal(pf_id_map_add(&map, &lines[i]), 0);
	assert_int_equal(pf_id_map_text(&map, &text), 0);
	assert_int_equal(text.count, 2);
	assert_string_equal(text.items[0], "0 100000 65536");
	assert_string_equal(text.items[1], "4294967294 0 1");
	pf_strings_clear(&text);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(an_id_is_decimal_and_not_minus_one),
	cmocka_unit_test(a_line_must_hold_valid_ids),
	cmocka_unit_test(lines_overlap_neither_inside_nor_outside),
	cmocka_unit_test(a_map_has_a_last_line),
	cmocka_unit_test(what_is_inside_is_mapped),
	cmocka_unit_test(lines_are_written_as_the_kernel_reads_them),
};

UNIT_MAIN(tests)
