/* SPDX-License-Identifier: BSD-2-Clause */
/* Tests specs: fields are set by name, and malformed values are refused. */
#include "unit.h"

#include <errno.h>

#include "src/spec/spec.h"

static struct pflask_error error;

static int set_up(void **state)
{
	*state = pf_spec_new();
	return *state ? 0 : -1;
}

static int tear_down(void **state)
{
	return pf_spec_free(*state) ? -1 : 0;
}

static void the_defaults_are_those_of_the_header(void **state)
{
	const pflask_spec *spec = *state;

	assert_int_equal(spec->command.count, 0);
	assert_null(spec->chroot);
	assert_null(spec->chdir);
	assert_null(spec->hostname);
	assert_true(spec->mountns && spec->ipcns && spec->utsns && spec->pidns);
	assert_true(spec->userns == PF_AUTO && spec->netns == PF_AUTO);
	assert_false(spec->asPid1 || spec->ephemeral);
	assert_false(spec->terminal || spec->ownStderr);
	assert_true(spec->killAfter == PF_UNSET);
	assert_int_equal(spec->openFiles, 0);
}

static void nothing_is_freed_twice(void **state)
{
	(void)state;
	assert_null(pf_spec_free(NULL));
}

static void a_list_is_appended_to(void **state)
{
	pflask_spec *spec = *state;

	assert_int_equal(pf_spec_set(spec, "command", "/bin/sh", &error), 0);
	assert_int_equal(pf_spec_set(spec, "command", "", &error), 0);
	assert_int_equal(pf_spec_set(spec, "command", "-c", &error), 0);
	assert_int_equal(spec->command.count, 3);
	assert_string_equal(spec->command.items[0], "/bin/sh");
	assert_string_equal(spec->command.items[1], "");
	assert_string_equal(spec->command.items[2], "-c");
	assert_null(spec->command.items[3]);
}

static void a_string_is_copied_and_replaced(void **state)
{
	pflask_spec *spec = *state;
	char name[] = "first";

	assert_int_equal(pf_spec_set(spec, "hostname", name, &error), 0);
	name[0] = 'x';
	assert_string_equal(spec->hostname, "first");
	assert_int_equal(pf_spec_set(spec, "hostname", "second", &error), 0);
	assert_string_equal(spec->hostname, "second");
}

static void a_flag_is_yes_or_no(void **state)
{
	static const char *const malformed[] = {"", "1", "true", "Yes", "yes ", "n"};
	pflask_spec *spec = *state;

	assert_int_equal(pf_spec_set(spec, "netns", "yes", &error), 0);
	assert_true(spec->netns);
	for (size_t i = 0; i < UNIT_COUNT(malformed); i++)
		assert_int_equal(pf_spec_set(spec, "netns", malformed[i], &error), -EINVAL);
	assert_true(spec->netns);
	assert_int_equal(pf_spec_set(spec, "netns", "no", &error), 0);
	assert_false(spec->netns);
}

static void a_number_is_decimal(void **state)
{
	static const char *const malformed[] = {"",
						"-1",
						"+1",
						" 1",
						"1 ",
						"1k",
						"0x10",
						"1.0",
						"9007199254740993",
						"18446744073709551617"};
	pflask_spec *spec = *state;

	assert_int_equal(pf_spec_set(spec, "rows", "0", &error), 0);
	assert_int_equal(spec->rows, 0);
	assert_int_equal(pf_spec_set(spec, "rows", "9007199254740992", &error), 0);
	assert_true(spec->rows == 1ull << 53);
	for (size_t i = 0; i < UNIT_COUNT(malformed); i++)
		assert_int_equal(pf_spec_set(spec, "rows", malformed[i], &error), -EINVAL);
	assert_true(spec->rows == 1ull << 53);
}

/* Each field accepts a value of its type. A flag or a number refuses other values. */
static void every_field_has_its_type(void **state)
{
	enum type { LIST, STRING, FLAG, NUMBER };
	static const struct {
		const char *name;
		enum type type;
	} fields[] = {
#define PF_FIELD(name, type) {#name, type},
#include "defs/spec.def"
	};
	static const char *const good[] = {"a:b", "a:b", "yes", "7"};
	static const int others[] = {0, 0, -EINVAL, -EINVAL};

	for (size_t i = 0; i < UNIT_COUNT(fields); i++) {
		enum type type = fields[i].type;
		assert_int_equal(pf_spec_set(*state, fields[i].name, good[type], &error), 0);
		assert_int_equal(pf_spec_set(*state, fields[i].name, "7x", &error), others[type]);
		assert_int_equal(pf_spec_set(*state, fields[i].name, "", &error), others[type]);
		assert_int_equal(pf_spec_set(*state, fields[i].name, NULL, &error), -EINVAL);
	}
	const pflask_spec *spec = *state;
	assert_int_equal(spec->mount.count, 3);
	assert_int_equal(spec->userMap.count, 3);
	assert_string_equal(spec->keep, "");
	assert_int_equal(spec->userns, PF_YES);
	assert_int_equal(spec->killAfter, 7);
}

static void what_is_no_field_is_refused(void **state)
{
	static const char *const unknown[] = {"", "Command", "netn", "netnss", "kill-after"};

	for (size_t i = 0; i < UNIT_COUNT(unknown); i++)
		assert_int_equal(pf_spec_set(*state, unknown[i], "yes", &error), -ENOENT);
	assert_int_equal(pf_spec_set(*state, "chroot", NULL, &error), -EINVAL);
}

/* The error has the field and the reason. */
static void an_error_says_why(void **state)
{
	static const struct {
		const char *field, *value;
		int result;
		const char *message;
	} cases[] = {
		{"comand", "id", -ENOENT, "unknown field of a spec"},
		{"netns", "maybe", -EINVAL, "maybe: invalid value"},
		{"rows", "-1", -EINVAL, "-1: invalid value"},
		{"chroot", NULL, -EINVAL, "NULL: invalid value"},
	};

	for (size_t i = 0; i < UNIT_COUNT(cases); i++) {
		int r = pf_spec_set(*state, cases[i].field, cases[i].value, &error);
		assert_int_equal(r, cases[i].result);
		assert_int_equal(error.code, PFLASK_INVALID);
		assert_int_equal(error.number, 0);
		assert_string_equal(error.field, cases[i].field);
		assert_string_equal(error.message, cases[i].message);
	}
}

#define WITH_SPEC(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

static const struct CMUnitTest tests[] = {
	WITH_SPEC(the_defaults_are_those_of_the_header),
	WITH_SPEC(nothing_is_freed_twice),
	WITH_SPEC(a_list_is_appended_to),
	WITH_SPEC(a_string_is_copied_and_replaced),
	WITH_SPEC(a_flag_is_yes_or_no),
	WITH_SPEC(a_number_is_decimal),
	WITH_SPEC(every_field_has_its_type),
	WITH_SPEC(what_is_no_field_is_refused),
	WITH_SPEC(an_error_says_why),
};

UNIT_MAIN(tests)
