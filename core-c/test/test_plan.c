/* SPDX-License-Identifier: BSD-2-Clause */
/* Tests the check of plans: a corrupted plan that passes the check is safe to read. */
#include "unit.h"

#include <errno.h>

#include "pflask.h"
#include "src/base/op_names.h"

struct plan {
	char *bytes;
	size_t size;
};

static int set_up(void **state)
{
	static struct plan plan;
	void *bytes = NULL;
	int size = unit_plan(&bytes);

	plan = (struct plan){bytes, (size_t)size};
	*state = &plan;
	return size > 0 ? 0 : -1;
}

static int tear_down(void **state)
{
	free(((struct plan *)*state)->bytes);
	return 0;
}

static struct pf_op *op_at(const struct plan *plan, uint32_t index)
{
	return (struct pf_op *)pf_plan_op(plan->bytes, index);
}

static int check(const struct plan *plan)
{
	return pf_plan_check(plan->bytes, plan->size);
}

static size_t sum_of_filter(const void *plan, uint64_t offset)
{
	uint32_t count;
	const unsigned char *bytes = pf_plan_filter(plan, offset, &count);
	size_t sum = 0;

	for (size_t i = 0; i < (size_t)count * PF_INSTRUCTION; i++)
		sum += bytes[i];
	return sum;
}

/* Reads every string, list and filter. Returns a sum, so that the compiler does not remove the
 * reads. */
static size_t read_all(const void *plan)
{
	size_t sum = 0;

	for (uint32_t i = 0; i < pf_plan_count(plan); i++) {
		const struct pf_op *op = pf_plan_op(plan, i);
		const char *kinds = pf_op_table[op->code].arguments;
		for (int j = 0; kinds[j]; j++) {
			if (kinds[j] == 's')
				sum += strlen(pf_plan_string(plan, op->arg[j]));
			if (kinds[j] == 'b')
				sum += sum_of_filter(plan, op->arg[j]);
			if (!pf_is_list(kinds[j]))
				continue;
			for (const uint64_t *e = pf_plan_list(plan, op->arg[j]); *e; e++)
				sum += strlen(pf_plan_string(plan, *e));
		}
	}
	return sum;
}

static void every_operation_has_a_name_and_few_arguments(void **state)
{
	(void)state;
	for (int i = 0; i < PF_OP_COUNT; i++) {
		assert_true(*pf_op_names[i]);
		assert_true(strlen(pf_op_table[i].arguments) <= PF_OP_ARGS);
		assert_int_equal(strspn(pf_op_table[i].arguments, "sluonapgdmfhicrvb"),
				 strlen(pf_op_table[i].arguments));
	}
}

static void a_plan_that_was_made_passes(void **state)
{
	const struct plan *plan = *state;

	assert_int_equal(check(plan), 0);
	assert_int_equal(pf_plan_count(plan->bytes), 9);
	assert_true(read_all(plan->bytes) > 0);
}

static void an_operation_is_found(void **state)
{
	const struct plan *plan = *state;

	assert_ptr_equal(pf_plan_find(plan->bytes, PF_OP_exec), op_at(plan, 5));
	assert_null(pf_plan_find(plan->bytes, PF_OP_chroot));
}

/* A plan that was cut never passes the check. Each copy is exactly as large as the cut plan, so
 * that the sanitizer sees a read beyond the end. */
static void a_plan_that_was_cut_never_passes(void **state)
{
	const struct plan *plan = *state;

	for (size_t size = 0; size < plan->size; size++) {
		char *cut = malloc(size + !size);
		memcpy(cut, plan->bytes, size);
		assert_int_equal(pf_plan_check(cut, size), -EINVAL);
		if (size >= sizeof(struct pf_plan_header)) {
			((struct pf_plan_header *)(void *)cut)->size = (uint32_t)size;
			if (pf_plan_check(cut, size) == 0)
				read_all(cut);
		}
		free(cut);
	}
}

static void any_byte_may_be_changed(void **state)
{
	const struct plan *plan = *state;
	size_t passed = 0, sum = 0;

	for (size_t i = 0; i < plan->size; i++) {
		const char usual = plan->bytes[i];
		for (int value = 0; value < 256; value++) {
			plan->bytes[i] = (char)value;
			if (check(plan) < 0)
				continue;
			passed++;
			sum += read_all(plan->bytes);
		}
		plan->bytes[i] = usual;
	}
	assert_true(passed > plan->size);
	assert_true(passed < plan->size * 256);
	assert_true(sum > 0);
}

static void the_header_must_be_right(void **state)
{
	const struct plan *plan = *state;
	struct pf_plan_header *header = (void *)plan->bytes, usual = *header;

	header->magic++;
	assert_int_equal(check(plan), -EINVAL);
	*header = usual;
	header->abi++;
	assert_int_equal(check(plan), -EINVAL);
	*header = usual;
	header->size--;
	assert_int_equal(check(plan), -EINVAL);
	*header = usual;
	header->count = UINT32_MAX;
	assert_int_equal(check(plan), -EINVAL);
	*header = usual;
	assert_int_equal(check(plan), 0);
	assert_int_equal(pf_plan_check(plan->bytes, PF_PLAN_MAX + 1), -EINVAL);
}

static void an_operation_must_be_known(void **state)
{
	const struct plan *plan = *state;

	op_at(plan, 0)->code = PF_OP_COUNT;
	assert_int_equal(check(plan), -EINVAL);
	op_at(plan, 0)->code = PF_OP_clone;
	op_at(plan, 0)->zero = 1;
	assert_int_equal(check(plan), -EINVAL);
}

static void a_string_must_lie_inside(void **state)
{
	const struct plan *plan = *state;
	const uint64_t outside[] = {0, sizeof(struct pf_plan_header) - 1, plan->size, UINT64_MAX};

	for (size_t i = 0; i < UNIT_COUNT(outside); i++) {
		op_at(plan, 5)->arg[0] = outside[i];
		assert_int_equal(check(plan), -EINVAL);
	}
	op_at(plan, 5)->arg[0] = plan->size - 1;
	assert_int_equal(check(plan), 0);
	plan->bytes[plan->size - 1] = 'x';
	assert_int_equal(check(plan), -EINVAL);
}

static void a_list_must_be_aligned_and_end(void **state)
{
	const struct plan *plan = *state;
	struct pf_op *environ = op_at(plan, 4);
	const uint64_t usual = environ->arg[0];

	environ->arg[0] = usual + 1;
	assert_int_equal(check(plan), -EINVAL);
	environ->arg[0] = UINT64_MAX - 7;
	assert_int_equal(check(plan), -EINVAL);
	environ->arg[0] = usual;
	uint64_t *entry = (uint64_t *)pf_plan_list(plan->bytes, usual);
	entry[1] = plan->size;
	assert_int_equal(check(plan), -EINVAL);
}

struct visits {
	uint64_t seen[8];
	int count, stop_at;
};

static int visit(uint64_t *argument, void *context)
{
	struct visits *visits = context;

	visits->seen[visits->count++] = *argument;
	*argument += 100;
	return visits->count == visits->stop_at ? -7 : 0;
}

/* Returns a plan that has descriptors of the caller and other numbers. */
static void *plan_of_fds(void)
{
	struct pf_encoder encoder = {0};
	void *plan = NULL;

	PF_ENCODE(&encoder, changes, PF_N(5), PF_N(1));
	PF_ENCODE(&encoder, clone, PF_N(3));
	PF_ENCODE(&encoder, file, PF_N(0), PF_S("/a"), PF_N(0600), PF_N(4));
	PF_ENCODE(&encoder, umask, PF_N(022));
	PF_ENCODE(&encoder, file, PF_N(9), PF_S("/b"), PF_N(0600), PF_N(4));
	PF_ENCODE(&encoder, keep, PF_S("/k"), PF_N(8));
	assert_true(pf_encode_finish(&encoder, &plan) > 0);
	return plan;
}

static void descriptors_of_the_caller_are_visited_in_order(void **state)
{
	struct visits visits = {.count = 0};
	void *plan = plan_of_fds();

	(void)state;
	assert_int_equal(pf_plan_each_fd(plan, visit, &visits), 0);
	assert_int_equal(visits.count, 4);
	assert_int_equal(visits.seen[0], 5);
	assert_int_equal(visits.seen[1], 0);
	assert_int_equal(visits.seen[2], 9);
	assert_int_equal(visits.seen[3], 8);
	/* The visitor has changed the descriptors in the plan. */
	assert_int_equal(pf_plan_op(plan, 0)->arg[0], 105);
	assert_int_equal(pf_plan_op(plan, 2)->arg[0], 100);
	assert_int_equal(pf_plan_op(plan, 4)->arg[0], 109);
	assert_int_equal(pf_plan_op(plan, 0)->arg[1], 1);
	assert_int_equal(pf_plan_op(plan, 1)->arg[0], 3);
	assert_int_equal(pf_plan_op(plan, 2)->arg[2], 0600);
	free(plan);
}

static void a_visit_can_stop_the_walk(void **state)
{
	struct visits visits = {.stop_at = 2};
	void *plan = plan_of_fds();

	(void)state;
	assert_int_equal(pf_plan_each_fd(plan, visit, &visits), -7);
	assert_int_equal(visits.count, 2);
	assert_int_equal(pf_plan_op(plan, 4)->arg[0], 9);
	free(plan);
}

static void a_plan_without_descriptors_has_none_to_visit(void **state)
{
	struct visits visits = {.count = 0};
	void *plan = NULL;

	(void)state;
	assert_true(UNIT_PLAN(&plan, umask, PF_N(7)) > 0);
	assert_int_equal(pf_plan_each_fd(plan, visit, &visits), 0);
	assert_int_equal(visits.count, 0);
	free(plan);
}

#define WITH_PLAN(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(every_operation_has_a_name_and_few_arguments),
	WITH_PLAN(a_plan_that_was_made_passes),
	WITH_PLAN(an_operation_is_found),
	WITH_PLAN(a_plan_that_was_cut_never_passes),
	WITH_PLAN(any_byte_may_be_changed),
	WITH_PLAN(the_header_must_be_right),
	WITH_PLAN(an_operation_must_be_known),
	WITH_PLAN(a_string_must_lie_inside),
	WITH_PLAN(a_list_must_be_aligned_and_end),
	cmocka_unit_test(descriptors_of_the_caller_are_visited_in_order),
	cmocka_unit_test(a_visit_can_stop_the_walk),
	cmocka_unit_test(a_plan_without_descriptors_has_none_to_visit),
};

UNIT_MAIN(tests)
