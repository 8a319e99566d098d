/* SPDX-License-Identifier: BSD-2-Clause */
/* Tests names and texts. Error numbers and signals have the names and texts of the C library.
 * Capabilities and resources have the names of the kernel. */
#define _GNU_SOURCE
#include "unit.h"

#include <ctype.h>
#include <limits.h>
#include <linux/capability.h>
#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>

#include "src/base/numbers.h"

static void test_errnos(void **state)
{
	char room[PF_NUMBER_TEXT];

	(void)state;
	for (int i = 1; i < 134; i++) {
		if (!strerrorname_np(i)) {
			assert_string_equal(pf_errno_text(i), "unknown error");
			continue;
		}
		assert_string_equal(pf_errno_name(i, room), strerrorname_np(i));
		assert_string_equal(pf_errno_text(i), strerror(i));
	}
	assert_string_equal(pf_errno_text(INT_MAX), "unknown error");
	assert_string_equal(pf_errno_text(INT_MIN), "unknown error");
	for (int i = -1; i < 5000; i += 135) {
		snprintf(room, sizeof(room), "E%d", i);
		char other[PF_NUMBER_TEXT];
		assert_string_equal(pf_errno_name(i, other), room);
		assert_string_equal(pf_errno_text(i), "unknown error");
	}
}

static void test_signals(void **state)
{
	(void)state;
	for (int i = 1; i < 32; i++)
		assert_string_equal(pf_signal_name(i), sigabbrev_np(i));
	for (int i = 32; i <= 65; i++)
		assert_null(pf_signal_name(i));
	assert_null(pf_signal_name(0));
	assert_null(pf_signal_name(-1));
}

/* Checks that a name is found in any case, and that the name is the nearest name of a text with one
 * slip. */
static void expect_name(pf_name_of name_of, int number, const char *name)
{
	char other[32];

	snprintf(other, sizeof(other), "%sx", name);
	assert_string_equal(name_of(number), name);
	assert_int_equal(pf_named(name_of, name, strlen(name)), number);
	assert_int_equal(pf_named(name_of, other, strlen(name)), number);
	assert_int_equal(pf_named(name_of, other, strlen(other)), -1);
	assert_string_equal(pf_nearest_name(name_of, other, strlen(other)), name);
	for (char *c = other; *c; c++)
		*c = (char)toupper(*c);
	assert_int_equal(pf_named(name_of, other, strlen(name)), number);
}

static void test_names(void **state)
{
	(void)state;
	expect_name(pf_capability_name, CAP_CHOWN, "chown");
	expect_name(pf_capability_name, CAP_NET_BIND_SERVICE, "net_bind_service");
	expect_name(pf_capability_name, CAP_LAST_CAP, "checkpoint_restore");
	expect_name(pf_resource_name, RLIMIT_CPU, "cpu");
	expect_name(pf_resource_name, RLIMIT_NOFILE, "nofile");
	expect_name(pf_resource_name, RLIMIT_NLIMITS - 1, "rttime");
	assert_null(pf_capability_name(CAP_LAST_CAP + 1));
	assert_null(pf_resource_name(RLIMIT_NLIMITS));
	assert_null(pf_nearest_name(pf_capability_name, "", 0));
	assert_null(pf_nearest_name(pf_resource_name, "xyz", 3));
	assert_int_equal(pf_prefix_length("CAP_x", "cap_"), 4);
	assert_int_equal(pf_prefix_length("CAPx", "cap_"), 0);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(test_errnos),
	cmocka_unit_test(test_signals),
	cmocka_unit_test(test_names),
};

UNIT_MAIN(tests)
