/* SPDX-License-Identifier: BSD-2-Clause */
/* Which option has asked for an operation. */
#include "unit.h"

#include "src/base/origins.h"

static struct pf_origins origins;

static int set_up(void **state)
{
	(void)state;
	if (pf_origins_add(&origins, 3, 2, "mount", "tmp:/a") < 0 ||
	    pf_origins_add(&origins, 5, 1, "mount", "tmp:/b") < 0)
		return -1;
	return pf_origins_add(&origins, 9, 11, "keep", "");
}

static int tear_down(void **state)
{
	(void)state;
	pf_origins_clear(&origins);
	return origins.count == 0 && !origins.items ? 0 : -1;
}

/* Checks what has asked for an operation; NULL: nothing has. */
static void expect(int32_t index, const char *field, const char *text)
{
	const struct pf_origin *got = pf_origins_find(&origins, index);

	assert_int_equal(!got, !field);
	if (!got)
		return;
	assert_string_equal(got->field, field);
	assert_string_equal(got->text, text);
}

static void each_operation_has_its_origin(void **state)
{
	(void)state;
	for (int32_t i = 0; i < 3; i++)
		expect(i, NULL, NULL);
	expect(3, "mount", "tmp:/a");
	expect(4, "mount", "tmp:/a");
	expect(5, "mount", "tmp:/b");
	for (int32_t i = 6; i < 9; i++)
		expect(i, NULL, NULL);
	for (int32_t i = 9; i < 20; i++)
		expect(i, "keep", "");
	expect(20, NULL, NULL);
}

/* What init says is not believed. */
static void an_index_may_be_anything(void **state)
{
	static const int32_t indexes[] = {-1, INT32_MIN, INT32_MAX, 20, 2};

	(void)state;
	for (size_t i = 0; i < UNIT_COUNT(indexes); i++)
		assert_null(pf_origins_find(&origins, indexes[i]));
}

static void no_operations_have_no_origin(void **state)
{
	(void)state;
	assert_int_equal(pf_origins_add(&origins, 20, 0, "mount", "bind:/x:/y"), 0);
	expect(20, NULL, NULL);
}

static void the_text_is_a_copy(void **state)
{
	char text[] = "tmp:/copied";

	(void)state;
	assert_int_equal(pf_origins_add(&origins, 20, 1, "mount", text), 0);
	text[0] = 'x';
	expect(20, "mount", "tmp:/copied");
}

static void without_origins_nothing_is_found(void **state)
{
	const struct pf_origins none = {0};
	struct pf_origins cleared = {0};

	(void)state;
	assert_null(pf_origins_find(&none, 0));
	assert_null(pf_origins_find(&none, -1));
	pf_origins_clear(&cleared);
	pf_origins_clear(&cleared);
}

#define WITH_ORIGINS(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

static const struct CMUnitTest tests[] = {
	WITH_ORIGINS(each_operation_has_its_origin),        WITH_ORIGINS(an_index_may_be_anything),
	WITH_ORIGINS(no_operations_have_no_origin),         WITH_ORIGINS(the_text_is_a_copy),
	cmocka_unit_test(without_origins_nothing_is_found),
};

UNIT_MAIN(tests)
