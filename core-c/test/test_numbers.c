/* SPDX-License-Identifier: BSD-2-Clause */
/* Tests that error numbers and signals have the names and texts of the C library. */
#define _GNU_SOURCE
#include "unit.h"

#include <limits.h>
#include <signal.h>
#include <stdio.h>

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

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(test_errnos),
	cmocka_unit_test(test_signals),
};

UNIT_MAIN(tests)
