/* SPDX-License-Identifier: BSD-2-Clause */
/* Tests the parser of --rlimit. */
#define _GNU_SOURCE
#include "unit.h"

#include <errno.h>

#include "src/base/error.h"
#include "src/spec/rlimit_parse.h"

static int parse(const char *text, struct pf_rlimit ret[PF_RESOURCES], struct pflask_error *reterr)
{
	struct pf_strings fields = {0};

	assert_int_equal(pf_strings_add(&fields, text), 0);
	int r = pf_rlimits_parse(&fields, ret, reterr);
	pf_strings_clear(&fields);
	return r;
}

/* Checks that a text sets the limits of this resource, and of no other. */
static void expect(const char *text, int resource, uint64_t soft, uint64_t hard)
{
	struct pf_rlimit limits[PF_RESOURCES] = {0};
	struct pflask_error error = {0};

	if (parse(text, limits, &error) < 0)
		fail_msg("%s: %s", text, error.message);
	for (int i = 0; i < PF_RESOURCES; i++)
		assert_int_equal(limits[i].text != NULL, i == resource);
	assert_true(limits[resource].soft == soft && limits[resource].hard == hard);
}

static void a_limit_is_a_number_or_unlimited(void **state)
{
	(void)state;
	expect("nofile=10", RLIMIT_NOFILE, 10, 10);
	expect("nofile=10:20", RLIMIT_NOFILE, 10, 20);
	expect("NPROC=0", RLIMIT_NPROC, 0, 0);
	expect("RLIMIT_Core=1:unlimited", RLIMIT_CORE, 1, PF_UNLIMITED);
	expect("as=Unlimited", RLIMIT_AS, PF_UNLIMITED, PF_UNLIMITED);
	expect("rttime=18446744073709551614", RLIMIT_RTTIME, PF_UNLIMITED - 1, PF_UNLIMITED - 1);
}

static void refuse(const char *text, const char *why, const char *hint)
{
	struct pf_rlimit limits[PF_RESOURCES] = {0};
	struct pflask_error error = {0};

	assert_int_equal(parse(text, limits, &error), -EINVAL);
	assert_string_equal(error.field, "rlimit");
	if (strncmp(error.message, text, strlen(text)) != 0 || !strstr(error.message, why))
		assert_string_equal(error.message, why);
	assert_string_equal(error.hint, hint);
}

static void other_texts_are_refused(void **state)
{
	static const char list[] = "{rlimit=nofile=1024}; man 2 setrlimit lists the names";
	static const char shape[] = "must be NAME=SOFT or NAME=SOFT:HARD";
	static const char fitting[] = "{rlimit=nofile=1024:4096}";

	(void)state;
	refuse("files=10", "no such limit", list);
	refuse("=10", "no such limit", list);
	refuse("nofil=10:20", "no such limit", "{rlimit=nofile=10:20}");
	refuse("RLIMIT_STAK=5", "no such limit", "{rlimit=stack=5}");
	refuse("nofile", shape, fitting);
	refuse("nofile=", shape, fitting);
	refuse("nofile=x", shape, fitting);
	refuse("nofile=-1", shape, fitting);
	refuse("nofile= 1", shape, fitting);
	refuse("nofile=1:", shape, fitting);
	refuse("nofile=:1", shape, fitting);
	refuse("nofile=1:2:3", shape, fitting);
	refuse("nofile=1K", shape, fitting);
	refuse("nofile=unlimitedx", shape, fitting);
	refuse("nofile=18446744073709551616", shape, fitting);
	refuse("nofile=2:1", "the soft limit is higher than the hard limit", fitting);
	refuse("nofile=unlimited:1", "the soft limit is higher than the hard limit", fitting);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(a_limit_is_a_number_or_unlimited),
	cmocka_unit_test(other_texts_are_refused),
};

UNIT_MAIN(tests)
