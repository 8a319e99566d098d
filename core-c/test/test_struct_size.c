/* SPDX-License-Identifier: BSD-2-Clause */
/* Tests structures of callers that were compiled with an older or newer header. */
#include "unit.h"

#include <errno.h>

#include "src/base/error.h"
#include "src/base/struct_size.h"

/* A structure with one more member. */
struct grown {
	uint32_t first, second;
};

static const struct grown known = {1, 2};

static void an_older_caller_gets_what_it_knows(void **state)
{
	uint32_t memory[3] = {7, 7, 7};

	(void)state;
	pf_copy_to_caller(memory, sizeof(uint32_t), &known, sizeof(known));
	assert_int_equal(memory[0], 1);
	assert_int_equal(memory[1], 7);
}

static void a_newer_caller_gets_zeros(void **state)
{
	uint32_t memory[4] = {7, 7, 7, 7};

	(void)state;
	pf_copy_to_caller(memory, 3 * sizeof(uint32_t), &known, sizeof(known));
	assert_int_equal(memory[0], 1);
	assert_int_equal(memory[1], 2);
	assert_int_equal(memory[2], 0);
	assert_int_equal(memory[3], 7);
}

static void a_size_below_the_least_is_refused(void **state)
{
	struct pflask_error error;

	(void)state;
	assert_int_equal(pf_check_struct_size(600, 600, NULL), 0);
	assert_int_equal(pf_check_struct_size(UINT32_MAX, 600, NULL), 0);
	assert_int_equal(pf_check_struct_size(599, 600, &error), -EINVAL);
	assert_string_equal(error.message,
			    "a structure of 599 bytes is too small: at least 600 are required");
}

static void an_error_that_cannot_be_written_is_refused(void **state)
{
	struct pflask_error error, caller = {0};

	(void)state;
	assert_int_equal(pf_error_begin(&error, NULL, 0), 0);
	assert_int_equal(pf_error_begin(&error, &caller, sizeof(caller)), 0);
	assert_int_equal(pf_error_begin(&error, &caller, PF_LEAST_ERROR - 1), -EINVAL);
}

static void an_error_is_given_on_failure_alone(void **state)
{
	struct pflask_error error, caller = {.code = 77};

	(void)state;
	pf_error_begin(&error, &caller, sizeof(caller));
	assert_int_equal(pf_error_give(1, &error, &caller, sizeof(caller)), 1);
	assert_int_equal(caller.code, 77);
	pf_error_field(&error, "chroot", ENOENT, "why");
	assert_int_equal(pf_error_give(-ENOENT, &error, NULL, 0), -ENOENT);
	assert_int_equal(pf_error_give(-ENOENT, &error, &caller, 0), -ENOENT);
	assert_int_equal(caller.code, 77);
	assert_int_equal(pf_error_give(-ENOENT, &error, &caller, sizeof(caller)), -ENOENT);
	assert_string_equal(caller.message, "why");
}

static void a_failure_always_has_an_error(void **state)
{
	struct pflask_error error, caller = {0};

	(void)state;
	pf_error_begin(&error, &caller, sizeof(caller));
	pf_error_give(-ENOMEM, &error, &caller, sizeof(caller));
	assert_int_equal(caller.code, PFLASK_INTERNAL);
	assert_int_equal(caller.number, ENOMEM);
	assert_string_equal(caller.message, "Cannot allocate memory");
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(an_older_caller_gets_what_it_knows),
	cmocka_unit_test(a_newer_caller_gets_zeros),
	cmocka_unit_test(a_size_below_the_least_is_refused),
	cmocka_unit_test(an_error_that_cannot_be_written_is_refused),
	cmocka_unit_test(an_error_is_given_on_failure_alone),
	cmocka_unit_test(a_failure_always_has_an_error),
};

UNIT_MAIN(tests)
