/* SPDX-License-Identifier: BSD-2-Clause */
/* Tests origins: the field of the spec that an error names for an operation. */
#include "unit.h"

#include <errno.h>

#include "src/base/origins.h"
#include "src/spec/spec.h"

static struct pf_origins origins;

static int note(uint32_t first, uint32_t count, int number, const char *field, char *text)
{
	return pf_origins_add(&origins, &(struct pf_origin){first, count, number, field, text});
}

static int set_up(void **state)
{
	(void)state;
	if (note(3, 2, 0, "mount", "tmp:/a") < 0 || note(5, 1, 0, "mount", "tmp:/b") < 0)
		return -1;
	return note(9, 11, 0, "keep", "");
}

static int tear_down(void **state)
{
	(void)state;
	pf_origins_clear(&origins);
	return origins.count == 0 && !origins.items ? 0 : -1;
}

/* Checks the origin of an operation. `field` is NULL if the operation has no origin. */
static void expect(uint32_t index, const char *field, const char *text)
{
	const struct pf_origin *got = pf_origins_find(&origins, index, EIO);

	assert_int_equal(!got, !field);
	if (!got)
		return;
	assert_string_equal(got->field, field);
	assert_string_equal(got->text, text);
}

static void each_operation_has_its_origin(void **state)
{
	(void)state;
	for (uint32_t i = 0; i < 3; i++)
		expect(i, NULL, NULL);
	expect(3, "mount", "tmp:/a");
	expect(4, "mount", "tmp:/a");
	expect(5, "mount", "tmp:/b");
	for (uint32_t i = 6; i < 9; i++)
		expect(i, NULL, NULL);
	for (uint32_t i = 9; i < 20; i++)
		expect(i, "keep", "");
	expect(20, NULL, NULL);
}

static void other_operations_have_no_origin(void **state)
{
	static const uint32_t indexes[] = {2, 6, 20, INT32_MAX, UINT32_MAX};

	(void)state;
	for (size_t i = 0; i < UNIT_COUNT(indexes); i++)
		expect(indexes[i], NULL, NULL);
}

static void a_field_may_be_to_blame_for_one_error(void **state)
{
	(void)state;
	assert_int_equal(note(20, 1, EACCES, "chroot", "/a"), 0);
	expect(20, NULL, NULL);
	assert_string_equal(pf_origins_find(&origins, 20, EACCES)->field, "chroot");
	assert_null(pf_origins_find(&origins, 21, EACCES));
}

static void the_later_note_counts(void **state)
{
	(void)state;
	assert_int_equal(note(4, 1, EACCES, "chroot", "/a"), 0);
	expect(4, "mount", "tmp:/a");
	assert_string_equal(pf_origins_find(&origins, 4, EACCES)->field, "chroot");
	assert_int_equal(note(4, 1, 0, "netif", "pasta"), 0);
	assert_string_equal(pf_origins_find(&origins, 4, EACCES)->field, "netif");
}

/* An operation without an origin has the field that ops.def gives. */
static void an_operation_has_a_field_of_its_own(void **state)
{
	const struct pf_origins none = {0};
	struct pf_encoder encoder = {0};
	void *plan = NULL;

	(void)state;
	PF_ENCODE(&encoder, chdir, PF_S("/x"));
	PF_ENCODE(&encoder, fork);
	assert_true(pf_encode_finish(&encoder, &plan) > 0);
	assert_string_equal(pf_origin_of(&none, plan, 0, EIO).field, "chdir");
	assert_string_equal(pf_origin_of(&none, plan, 0, EIO).text, "");
	assert_string_equal(pf_origin_of(&none, plan, 1, EIO).field, "");
	assert_int_equal(note(0, 1, EACCES, "user", "u"), 0);
	assert_string_equal(pf_origin_of(&origins, plan, 0, EIO).field, "chdir");
	assert_string_equal(pf_origin_of(&origins, plan, 0, EACCES).field, "user");
	assert_string_equal(pf_origin_of(&origins, plan, 0, EACCES).text, "u");
	free(plan);
}

static void every_field_is_one_of_a_spec(void **state)
{
	const struct pf_origins none = {0};
	pflask_spec *spec = pf_spec_new();
	int named = 0;

	(void)state;
	for (int code = 0; code < PF_OP_COUNT; code++) {
		void *plan = unit_plan_of_all((enum pf_op_code)code);
		const char *field = pf_origin_of(&none, plan, 0, EIO).field;
		free(plan);
		if (!*field)
			continue;
		named++;
		assert_int_not_equal(pf_spec_set(spec, field, "1", &(struct pflask_error){0}),
				     -ENOENT);
	}
	assert_true(named > 0);
	pf_spec_free(spec);
}

static void no_operations_have_no_origin(void **state)
{
	(void)state;
	assert_int_equal(note(20, 0, 0, "mount", "bind:/x:/y"), 0);
	expect(20, NULL, NULL);
}

static void the_text_is_a_copy(void **state)
{
	char text[] = "tmp:/copied";

	(void)state;
	assert_int_equal(note(20, 1, 0, "mount", text), 0);
	text[0] = 'x';
	expect(20, "mount", "tmp:/copied");
}

static void without_origins_nothing_is_found(void **state)
{
	const struct pf_origins none = {0};
	struct pf_origins cleared = {0};

	(void)state;
	assert_null(pf_origins_find(&none, 0, EIO));
	pf_origins_clear(&cleared);
	pf_origins_clear(&cleared);
}

#define WITH_ORIGINS(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

static const struct CMUnitTest tests[] = {
	WITH_ORIGINS(each_operation_has_its_origin),
	WITH_ORIGINS(other_operations_have_no_origin),
	WITH_ORIGINS(a_field_may_be_to_blame_for_one_error),
	WITH_ORIGINS(the_later_note_counts),
	WITH_ORIGINS(an_operation_has_a_field_of_its_own),
	cmocka_unit_test(every_field_is_one_of_a_spec),
	WITH_ORIGINS(no_operations_have_no_origin),
	WITH_ORIGINS(the_text_is_a_copy),
	cmocka_unit_test(without_origins_nothing_is_found),
};

UNIT_MAIN(tests)
