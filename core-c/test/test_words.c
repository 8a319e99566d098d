/* SPDX-License-Identifier: BSD-2-Clause */
/* Tests that pf_worded() puts a program's words in place of names in braces, pf_one_line() writes
 * invisible characters as escapes, and pf_json_string() writes a string of JSON. */
#define _GNU_SOURCE
#include "unit.h"

#include <stdio.h>

#include "src/explain/json.h"
#include "src/explain/one_line.h"
#include "src/explain/words.h"

static const struct pf_words words = {
	.typed = "keepenv\t--clearenv\nnetns\t--netif\n",
	.others = "program\tprog\nlist\tprog --list\nexec=*\tprog "
		  "--exec=*\na=*\t--a=*\na=1\tnever\nb=no\t--no-b\n"
		  "b=yes\t--b\nb\t--b\nkeepenv\t--keepenv\nc=*\t--c=*,*\nd=1\t--d\nd=*\t--d=*\n"
		  "dd=2\t*\nempty\t\n",
};

static void expect_worded(const char *text, const char *expected)
{
	char *result = pf_worded(text, &words);

	assert_string_equal(result, expected);
	free(result);
}

static void test_words(void **state)
{
	(void)state;
	expect_worded("", "");
	expect_worded("{list}", "prog --list");
	expect_worded("{exec=NAME} -- true", "prog --exec=NAME -- true");
	expect_worded("leave out {a=/}", "leave out --a=/");
	expect_worded("{a=b:c}: why", "--a=b:c: why");
	expect_worded("sudo {program} {a=/x y} ..., or {b}; {b=no}",
		      "sudo prog --a=/x y ..., or --b; --no-b");
	expect_worded("({b=yes})", "(--b)");
	expect_worded("{a=/b}c{d} e", "--a=/b}c{d e");
	expect_worded("{a=} {}", "--a= {}");
	expect_worded("{a=1}", "--a=1");
	expect_worded("{b} {a=cut o", "--b --a=cut o");
	expect_worded("{a=x\ny}\n{b}", "--a=x\ny\n--b");
	expect_worded("/a/{list} {list}/b x{list} {list}x {list",
		      "/a/{list} {list}/b x{list} {list}x {list");
	expect_worded("{no} {no=1} {b=maybe} {lis} {listen}",
		      "{no} {no=1} {b=maybe} {lis} {listen}");
	expect_worded("{program=1} {list=1}", "{program=1} {list=1}");
}

static void test_lists(void **state)
{
	(void)state;
	expect_worded("{keepenv} {netns}", "--clearenv --netif");
	expect_worded("{c=*x} {d=1} {d=10} {d=}", "--c=*x,*x --d --d=10 --d=");
	expect_worded("{dd=2} {empty}.", "* {empty}.");
	expect_worded("{empty} x", " x");
	const struct pf_words none = {0}, cut = {"a\tx", "b\nc"};
	char *text = pf_worded("x {list}", &none);
	assert_string_equal(text, "x {list}");
	free(text);
	text = pf_worded("{a} {b} {c}", &cut);
	assert_string_equal(text, "x {b} {c}");
	free(text);
}

static void test_reason(void **state)
{
	(void)state;
	static const char *const rows[][2] = {
		{"a {list}: b {list}", "a {list}: b prog --list"},
		{"b {list}", "b prog --list"},
		{"{list}: a: {list}", "{list}: a: prog --list"},
		{"a:{list}", "a:{list}"},
	};

	for (size_t i = 0; i < UNIT_COUNT(rows); i++) {
		char *text = pf_worded_reason(rows[i][0], &words);
		assert_string_equal(text, rows[i][1]);
		free(text);
	}
}

static void test_typed(void **state)
{
	const char *option = NULL;

	(void)state;
	assert_int_equal(pf_typed(&words, "netns", &option), strlen("--netif"));
	assert_memory_equal(option, "--netif", strlen("--netif"));
	assert_int_equal(pf_typed(&words, "b", &option), 0);
	assert_int_equal(pf_typed(&words, "", &option), 0);
}

static void expect_line(const char *text, const char *expected)
{
	char *line = pf_one_line(text);

	assert_string_equal(line, expected);
	free(line);
}

static void test_one_line(void **state)
{
	(void)state;
	expect_line("", "");
	expect_line("a b \\ \xc3\xa9 \xe4\xb8\xad \xf0\x9f\x98\x80",
		    "a b \\ \xc3\xa9 \xe4\xb8\xad \xf0\x9f\x98\x80");
	expect_line("a\nb\x1b[2J\t\x7f", "a\\x0ab\\x1b[2J\\x09\\x7f");
	expect_line("\xc2\x9b\xc2\xad", "\\x9b\\xad");
	expect_line("\xe2\x80\xae\xe2\x80\xa8\xef\xbb\xbf", "\\u202e\\u2028\\ufeff");
	expect_line("\xf3\xa0\x80\x81", "\\U000e0001");
	expect_line("\xff"
		    "a\xc3",
		    "\\xffa\\xc3");
	expect_line("\xe2\x82", "\\xe2\\x82");
	expect_line("\xed\xa0\x80\xf4\x90\x80\x80", "\\xed\\xa0\\x80\\xf4\\x90\\x80\\x80");
	expect_line("\xef\xbf\xbd\xf4\x8f\xbf\xbd", "\xef\xbf\xbd\xf4\x8f\xbf\xbd");
}

static void expect_json(const char *text, const char *expected)
{
	char *json = NULL;
	size_t size;
	FILE *out = open_memstream(&json, &size);

	assert_non_null(out);
	pf_json_string(out, text);
	fclose(out);
	assert_string_equal(json, expected);
	free(json);
}

static void test_json(void **state)
{
	(void)state;
	expect_json(NULL, "null");
	expect_json("", "\"\"");
	expect_json("a\"b\\c/", "\"a\\\"b\\\\c/\"");
	expect_json("\b\f\n\r\t", "\"\\b\\f\\n\\r\\t\"");
	expect_json("\x01\x1b\x1f\x7f", "\"\\u0001\\u001b\\u001f\\u007f\"");
	expect_json("\xc2\x9b\xe4\xb8\xad", "\"\\u009b\xe4\xb8\xad\"");
	expect_json("\xe2\x80\xae\xe2\x80\xa8", "\"\\u202e\\u2028\"");
	expect_json("\xf3\xa0\x80\x81\xf0\x9f\x98\x80", "\"\\udb40\\udc01\xf0\x9f\x98\x80\"");
	expect_json("\xff\xc3(", "\"\xef\xbf\xbd\xef\xbf\xbd(\"");
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(test_words),    cmocka_unit_test(test_lists),
	cmocka_unit_test(test_reason),   cmocka_unit_test(test_typed),
	cmocka_unit_test(test_one_line), cmocka_unit_test(test_json),
};

UNIT_MAIN(tests)
