/* SPDX-License-Identifier: BSD-2-Clause */
/* Tests malloc(3) of the front, under other names. */
#define malloc front_malloc
#define calloc front_calloc
#define realloc front_realloc
#define free front_free
/* NOLINTNEXTLINE(bugprone-suspicious-include): the macros above rename the functions */
#include "front/malloc.c"
#undef malloc
#undef calloc
#undef realloc
#undef free

#include "unit.h"

static void blocks_are_aligned_and_apart(void **state)
{
	char *blocks[300];

	(void)state;
	for (size_t i = 0; i < 300; i++) {
		blocks[i] = front_malloc(i);
		assert_non_null(blocks[i]);
		assert_int_equal((uintptr_t)blocks[i] % 16, 0);
		memset(blocks[i], (int)i, i);
	}
	for (size_t i = 0; i < 300; i++) {
		for (size_t j = 0; j < i; j++)
			assert_int_equal((unsigned char)blocks[i][j], i & 0xff);
		front_free(blocks[i]);
	}
	front_free(NULL);
}

static void a_program_that_frees_needs_no_more_memory(void **state)
{
	(void)state;
	front_free(front_malloc(5000));
	const char *before = next;
	for (int i = 0; i < 100000; i++)
		front_free(front_malloc(5000 + (size_t)i % 3000));
	assert_ptr_equal(next, before);
}

static void calloc_clears_a_block_that_was_used(void **state)
{
	(void)state;
	char *block = front_malloc(100);
	memset(block, 1, 100);
	front_free(block);
	char *cleared = front_calloc(10, 10);
	assert_ptr_equal(cleared, block);
	for (int i = 0; i < 100; i++)
		assert_int_equal(cleared[i], 0);
	front_free(cleared);
}

static void realloc_keeps_the_contents(void **state)
{
	(void)state;
	char *text = front_realloc(NULL, 10);
	strcpy(text, "contents");
	for (size_t size = 10; size < ((size_t)1 << 23); size *= 3) {
		text = front_realloc(text, size);
		assert_non_null(text);
		assert_string_equal(text, "contents");
		text[size - 1] = '\0';
	}
	text = front_realloc(text, 9);
	assert_string_equal(text, "contents");
	front_free(text);
}

static void impossible_sizes_are_refused(void **state)
{
	volatile size_t most = SIZE_MAX; /* volatile, because the compiler refuses such a size */

	(void)state;
	errno = 0;
	assert_null(front_malloc(most));
	assert_int_equal(errno, ENOMEM);
	assert_null(front_malloc(most / 2));
	assert_null(front_calloc(most / 2, 3));
	char *block = front_malloc(1);
	assert_null(front_realloc(block, most - 8));
	front_free(block);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(blocks_are_aligned_and_apart),
	cmocka_unit_test(a_program_that_frees_needs_no_more_memory),
	cmocka_unit_test(calloc_clears_a_block_that_was_used),
	cmocka_unit_test(realloc_keeps_the_contents),
	cmocka_unit_test(impossible_sizes_are_refused),
};

UNIT_MAIN(tests)
