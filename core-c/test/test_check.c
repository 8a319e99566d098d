/* SPDX-License-Identifier: BSD-2-Clause */
/* Checks that specs with contradictions or malformed values are refused, and that the error names
 * the field. */
#include "unit.h"

#include <errno.h>
#include <string.h>

#include "src/spec/spec.h"

#define MACHINE_64 "abcdefghijklmnopqrstuvwxyz-ABCDEFGHIJKLMNOPQRSTUVWXYZ.0123456789"
#define NAME_64 "abcdefghijklmnopqrstuvwxyz-ABCDEFGHIJKLMNOPQRSTUVWXYZ._012345678"

/* A spec, as fields and their values, and the field that the error must name. NULL: the spec is
 * valid. */
static const struct {
	const char *blamed;
	const char *words[7];
} cases[] = {
	{NULL, {NULL}},
	{NULL, {"hostname", "box"}},
	{NULL, {"hostname", NAME_64}},
	{"hostname", {"hostname", NAME_64 "x"}},
	{"hostname", {"hostname", ""}},
	{"hostname", {"hostname", "a b"}},
	{"hostname", {"hostname", "a/b"}},
	{"hostname", {"hostname", "caf\303\251"}},
	{"hostname", {"hostname", "box", "utsns", "no"}},
	{NULL, {"setenv", "A=", "setenv", "B=c=d"}},
	{"setenv", {"setenv", "A"}},
	{"setenv", {"setenv", "A=1", "setenv", ""}},
	{"setenv", {"setenv", "=1"}},
	{NULL, {"asPid1", "yes"}},
	{"asPid1", {"asPid1", "yes", "pidns", "no"}},
	{NULL, {"mountns", "no", "command", "/bin/true"}},
	{"mountns", {"mountns", "no", "command", "/sbin/init"}},
	{"mountns", {"mountns", "no", "command", "systemd"}},
	{"pidns", {"pidns", "no", "command", "/sbin/init"}},
	{"userMap", {"userns", "no", "userMap", "0:0:1"}},
	{"mount", {"mountns", "no", "mount", "/a:/b"}},
	{"ephemeral", {"mountns", "no", "ephemeral", "yes"}},
	{"bindProc", {"mountns", "no", "bindProc", "yes"}},
	{"unmaskProc", {"mountns", "no", "unmaskProc", "yes"}},
	{"unmaskProc", {"bindProc", "yes", "unmaskProc", "yes"}},
	{"readOnly", {"mountns", "no", "readOnly", "yes"}},
	{"changes", {"changes", "/tmp/x"}},
	{"keep", {"keep", "/tmp/x"}},
	{NULL, {"ephemeral", "yes", "changes", "/tmp/x", "keep", "/tmp/y"}},
	{NULL, {"rows", "65535", "cols", "65535"}},
	{"rows", {"rows", "65536"}},
	{"cols", {"cols", "65536"}},
	{NULL, {"killSignal", "64"}},
	{"killSignal", {"killSignal", "65"}},
	{NULL, {"killAfter", "2147483647"}},
	{"killAfter", {"killAfter", "2147483648"}},
	{NULL, {"dieWithParent", "yes"}},
	{"dieWithParent", {"dieWithParent", "yes", "detach", "yes"}},
	{NULL, {"timeout", "2147483647"}},
	{"timeout", {"timeout", "2147483648"}},
	{"openFiles", {"openFiles", "2147483648"}},
	{NULL, {"machine", "a"}},
	{NULL, {"machine", "web-1.example--2.0"}},
	{NULL, {"machine", MACHINE_64}},
	{"machine", {"machine", MACHINE_64 "x"}},
	{"machine", {"machine", ""}},
	{"machine", {"machine", "a b"}},
	{"machine", {"machine", "a/b"}},
	{"machine", {"machine", "a_b"}},
	{"machine", {"machine", "$PID"}},
	{"machine", {"machine", "caf\303\251"}},
	{"machine", {"machine", "a..b"}},
	{"machine", {"machine", ".host"}},
	{"machine", {"machine", "a."}},
	{"machine", {"machine", "-a"}},
	{"machine", {"machine", "a-"}},
	{"machine", {"machine", "a-.b"}},
	{"machine", {"machine", "a.-b"}},
	{NULL, {"machine", "a", "registered", "yes"}},
	{"machine", {"machine", "a", "registered", "no"}},
};

static pflask_spec *spec_of(const char *const *words)
{
	pflask_spec *spec = pf_spec_new();

	for (; *words; words += 2)
		assert_int_equal(pf_spec_set(spec, words[0], words[1], &(struct pflask_error){0}),
				 0);
	return spec;
}

static void the_right_field_is_blamed(void **state)
{
	(void)state;
	for (size_t i = 0; i < UNIT_COUNT(cases); i++) {
		struct pflask_error error = {0};
		pflask_spec *spec = spec_of(cases[i].words);
		int r = pf_spec_check(spec, &error);
		pf_spec_free(spec);
		assert_int_equal(r, cases[i].blamed ? -EINVAL : 0);
		assert_string_equal(error.field, cases[i].blamed ? cases[i].blamed : "");
		assert_int_equal(error.code, cases[i].blamed ? PFLASK_INVALID : 0);
		assert_null(strchr(error.message, '\n'));
	}
}

static void contradictions_have_a_remedy(void **state)
{
	static const struct {
		const char *message, *hint, *words[5];
	} contradictions[] = {
		{"box: requires a uts namespace",
		 "leave out {utsns=no}",
		 {"hostname", "box", "utsns", "no"}},
		{"A: must be NAME=VALUE", "{setenv=NAME=VALUE}", {"setenv", "A"}},
		{"requires a pid namespace",
		 "leave out {pidns=no}",
		 {"asPid1", "yes", "pidns", "no"}},
		{"/a:/b: requires a mount namespace",
		 "leave out {mountns=no}",
		 {"mountns", "no", "mount", "/a:/b"}},
		{"requires a mount namespace",
		 "leave out {mountns=no}",
		 {"mountns", "no", "ephemeral", "yes"}},
		{"a: contradicts {registered=no}",
		 "leave out {registered=no}",
		 {"machine", "a", "registered", "no"}},
		{"requires {ephemeral=yes}", "{ephemeral=yes} {changes=2}", {"changes", "1"}},
		{"requires {ephemeral=yes}", "{ephemeral=yes} {lower=DIR}", {"lower", "/a"}},
		{"requires {changes=2}", "{changes=2}", {"changesFormat", "json"}},
	};

	(void)state;
	for (size_t i = 0; i < UNIT_COUNT(contradictions); i++) {
		struct pflask_error error = {0};
		pflask_spec *spec = spec_of(contradictions[i].words);
		assert_int_equal(pf_spec_check(spec, &error), -EINVAL);
		pf_spec_free(spec);
		assert_string_equal(error.message, contradictions[i].message);
		assert_string_equal(error.hint, contradictions[i].hint);
	}
}

static void only_init_and_systemd_boot(void **state)
{
	static const struct {
		int boots;
		const char *words[5];
	} commands[] = {
		{0, {NULL}},
		{1, {"command", "/sbin/init"}},
		{1, {"command", "init"}},
		{1, {"command", "/lib/systemd/systemd"}},
		{1, {"command", "/sbin/init", "pidns", "no"}},
		{0, {"command", "/bin/initx"}},
		{0, {"command", "/bin/xinit"}},
		{0, {"command", "/init/sh"}},
		{0, {"command", "echo", "command", "init"}},
	};

	(void)state;
	for (size_t i = 0; i < UNIT_COUNT(commands); i++) {
		pflask_spec *spec = spec_of(commands[i].words);
		assert_int_equal(pf_spec_boots(spec), commands[i].boots);
		pf_spec_free(spec);
	}
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(the_right_field_is_blamed),
	cmocka_unit_test(contradictions_have_a_remedy),
	cmocka_unit_test(only_init_and_systemd_boot),
};

UNIT_MAIN(tests)
