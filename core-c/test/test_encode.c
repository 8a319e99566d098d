/* SPDX-License-Identifier: BSD-2-Clause */
/* Tests that reading a plan returns the operations and arguments that were added to the plan. */
#include "unit.h"

#include <errno.h>

static void arguments_are_read_as_they_were_given(void **state)
{
	void *plan = NULL;

	(void)state;
	int size = UNIT_PLAN(&plan, device, PF_S("/dev/x"), PF_N(0600), PF_N(7), PF_N(UINT64_MAX));
	assert_int_equal(pf_plan_check(plan, (size_t)size), 0);
	const struct pf_op *op = pf_plan_op(plan, 0);
	assert_int_equal(op->code, PF_OP_device);
	assert_string_equal(pf_plan_string(plan, op->arg[0]), "/dev/x");
	assert_int_equal(op->arg[1], 0600);
	assert_int_equal(op->arg[2], 7);
	assert_true(op->arg[3] == UINT64_MAX);
	free(plan);
}

static void operations_keep_their_order(void **state)
{
	struct pf_encoder encoder = {0};
	void *plan = NULL;

	(void)state;
	PF_ENCODE(&encoder, keyring);
	for (uint64_t i = 0; i < 1000; i++)
		PF_ENCODE(&encoder, umask, PF_N(i));
	int size = pf_encode_finish(&encoder, &plan);
	assert_int_equal(pf_plan_check(plan, (size_t)size), 0);
	assert_int_equal(pf_plan_count(plan), 1001);
	assert_int_equal(pf_plan_op(plan, 0)->code, PF_OP_keyring);
	for (uint32_t i = 0; i < 1000; i++)
		assert_int_equal(pf_plan_op(plan, i + 1)->arg[0], i);
	free(plan);
}

static void lists_hold_every_string(void **state)
{
	char *list[] = {"/bin/sh", "-c", "", "echo hi", NULL};
	void *plan = NULL;

	(void)state;
	int size = UNIT_PLAN(&plan, exec, PF_S(list[0]), PF_L(list));
	assert_int_equal(pf_plan_check(plan, (size_t)size), 0);
	const uint64_t *entry = pf_plan_list(plan, pf_plan_op(plan, 0)->arg[1]);
	for (int i = 0; list[i]; i++)
		assert_string_equal(pf_plan_string(plan, entry[i]), list[i]);
	assert_int_equal(entry[4], 0);
	free(plan);
}

static void a_list_may_be_empty(void **state)
{
	char *list[] = {NULL};
	void *plan = NULL;

	(void)state;
	int size = UNIT_PLAN(&plan, environ, PF_L(list));
	assert_int_equal(pf_plan_check(plan, (size_t)size), 0);
	assert_int_equal(*pf_plan_list(plan, pf_plan_op(plan, 0)->arg[0]), 0);
	free(plan);
}

static void a_missing_string_is_empty(void **state)
{
	void *plan = NULL;

	(void)state;
	int size = UNIT_PLAN(&plan, mount, PF_S("proc"), PF_S("/proc"));
	assert_int_equal(pf_plan_check(plan, (size_t)size), 0);
	assert_string_equal(pf_plan_string(plan, pf_plan_op(plan, 0)->arg[3]), "");
	free(plan);
}

static void a_filter_is_read_as_it_was_given(void **state)
{
	struct sock_filter lines[] = {{0x20, 0, 0, 4}, {6, 0, 0, 0x7fff0000}};
	const struct sock_fprog filter = {2, lines};
	void *plan = NULL;
	uint32_t count;

	(void)state;
	int size = UNIT_PLAN(&plan, seccomp, PF_S("odd"), PF_B(&filter));
	assert_int_equal(pf_plan_check(plan, (size_t)size), 0);
	const struct pf_op *op = pf_plan_op(plan, 0);
	assert_string_equal(pf_plan_string(plan, op->arg[0]), "odd");
	const void *read = pf_plan_filter(plan, op->arg[1], &count);
	assert_int_equal(count, 2);
	assert_memory_equal(read, lines, sizeof(lines));
	free(plan);
}

/* The filter of a plan has at most as many instructions as the kernel takes. */
static void a_filter_that_is_too_long_does_not_pass(void **state)
{
	static struct sock_filter lines[PF_FILTER_MAX + 1];
	const struct sock_fprog longest = {PF_FILTER_MAX, lines};
	const struct sock_fprog too_long = {PF_FILTER_MAX + 1, lines};
	void *plan = NULL;

	(void)state;
	int size = UNIT_PLAN(&plan, seccomp, PF_S(""), PF_B(&longest));
	assert_int_equal(pf_plan_check(plan, (size_t)size), 0);
	free(plan);
	size = UNIT_PLAN(&plan, seccomp, PF_S(""), PF_B(&too_long));
	assert_int_equal(pf_plan_check(plan, (size_t)size), -EINVAL);
	free(plan);
}

/* The offsets of one operation do not depend on other operations. */
static void several_lists_stay_apart(void **state)
{
	char *first[] = {"a", "b", NULL}, *second[] = {"c", NULL};
	struct pf_encoder encoder = {0};
	void *plan = NULL;

	(void)state;
	PF_ENCODE(&encoder, environ, PF_L(first));
	PF_ENCODE(&encoder, exec, PF_S("d"), PF_L(second));
	int size = pf_encode_finish(&encoder, &plan);
	assert_int_equal(pf_plan_check(plan, (size_t)size), 0);
	const uint64_t *a = pf_plan_list(plan, pf_plan_op(plan, 0)->arg[0]);
	const uint64_t *b = pf_plan_list(plan, pf_plan_op(plan, 1)->arg[1]);
	assert_string_equal(pf_plan_string(plan, a[0]), "a");
	assert_string_equal(pf_plan_string(plan, a[1]), "b");
	assert_int_equal(a[2], 0);
	assert_string_equal(pf_plan_string(plan, b[0]), "c");
	assert_int_equal(b[1], 0);
	free(plan);
}

static void too_large_plans_are_refused(void **state)
{
	struct pf_encoder encoder = {0};
	char *huge = malloc(PF_PLAN_MAX + 2);
	void *plan = NULL;

	(void)state;
	memset(huge, 'x', PF_PLAN_MAX + 1);
	huge[PF_PLAN_MAX + 1] = '\0';
	PF_ENCODE(&encoder, chdir, PF_S(huge));
	PF_ENCODE(&encoder, fork);
	assert_int_equal(pf_encode_finish(&encoder, &plan), -E2BIG);
	assert_null(plan);
	free(huge);
}

/* Two strings do not fit into a plan together, although each string fits alone. */
static void what_is_too_large_together_is_refused(void **state)
{
	struct pf_encoder encoder = {0};
	char *large = malloc(PF_PLAN_MAX / 2);
	void *plan = NULL;

	(void)state;
	memset(large, 'x', PF_PLAN_MAX / 2 - 1);
	large[PF_PLAN_MAX / 2 - 1] = '\0';
	PF_ENCODE(&encoder, chdir, PF_S(large));
	PF_ENCODE(&encoder, chdir, PF_S(large));
	assert_int_equal(pf_encode_finish(&encoder, &plan), -E2BIG);
	assert_null(plan);
	free(large);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(arguments_are_read_as_they_were_given),
	cmocka_unit_test(operations_keep_their_order),
	cmocka_unit_test(lists_hold_every_string),
	cmocka_unit_test(a_list_may_be_empty),
	cmocka_unit_test(a_missing_string_is_empty),
	cmocka_unit_test(a_filter_is_read_as_it_was_given),
	cmocka_unit_test(a_filter_that_is_too_long_does_not_pass),
	cmocka_unit_test(several_lists_stay_apart),
	cmocka_unit_test(too_large_plans_are_refused),
	cmocka_unit_test(what_is_too_large_together_is_refused),
};

UNIT_MAIN(tests)
