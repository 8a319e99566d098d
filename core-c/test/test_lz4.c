/* SPDX-License-Identifier: BSD-2-Clause */
/* Tests the decompression of pflask-init (src/base/lz4.h). */
#define _GNU_SOURCE
#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <unistd.h>

#include "src/base/lz4.h"

extern const char pf_helper_image[], pf_helper_image_end[];
extern const uint32_t pf_helper_size;

#define HELPER "build/pflask-init"
#define DAMAGES 2000

/* Decodes in buffers of exactly these sizes, so that a sanitizer sees each wrong access. */
static int decode(const void *block, size_t size, const char *expected, size_t room)
{
	char *from = malloc(size), *to = malloc(room);

	memcpy(from, block, size);
	int r = pf_lz4_decode(from, size, to, room);
	if (r == 0 && expected)
		assert_memory_equal(to, expected, room);
	free(from);
	free(to);
	return r;
}

/* Decodes a block that is a string. The output must be the expected string. */
static int decode_text(const char *block, size_t size, const char *expected)
{
	return decode(block, size - 1, expected, strlen(expected));
}

#define DECODE(block, expected) decode_text((block), sizeof(block), (expected))

static void literals_and_matches(void **state)
{
	(void)state;
	assert_int_equal(DECODE("\x50hello", "hello"), 0);
	assert_int_equal(DECODE("\x32"
				"abc\x03\0\x50"
				"ABCDE",
				"abcabcabcABCDE"),
			 0);
	assert_int_equal(DECODE("\x10"
				"a\1\0\x10"
				"b",
				"aaaaab"),
			 0);
	assert_int_equal(DECODE("\x1f"
				"a\1\0\x02\x10"
				"b",
				"aaaaaaaaaaaaaaaaaaaaaab"),
			 0);
	assert_int_equal(DECODE("\xf0\x01"
				"0123456789abcdef",
				"0123456789abcdef"),
			 0);
}

static void a_block_that_is_not_well_formed(void **state)
{
	static const struct {
		const char *bytes;
		size_t size;
	} blocks[] = {
		{"\x50hell", 5},     /* fewer bytes than the token says */
		{"\x40hell", 5},     /* less output than expected */
		{"\x60hello!", 7},   /* more output than expected */
		{"\xf0", 1},         /* no further byte of the length */
		{"\xf0\xff\xff", 3}, /* a length without an end */
		{"\x10"
		 "a\1",
		 3}, /* half of a distance */
		{"\x10"
		 "a\0\0\x00",
		 5}, /* the distance 0 */
		{"\x10"
		 "a\2\0\x00",
		 5}, /* a match before the output */
		{"\x11"
		 "a\1\0\x00",
		 5}, /* a match beyond the output */
		{"\x10"
		 "a\1\0",
		 4}, /* the last sequence has a match */
	};

	(void)state;
	for (size_t i = 0; i < UNIT_COUNT(blocks); i++)
		assert_int_equal(decode(blocks[i].bytes, blocks[i].size, NULL, 5), -EBADMSG);
}

static void the_helper_is_what_was_compressed(void **state)
{
	const size_t size = (size_t)(pf_helper_image_end - pf_helper_image);
	char *expected = malloc(pf_helper_size);
	int fd = open(HELPER, O_RDONLY | O_CLOEXEC);

	(void)state;
	assert_true(size < pf_helper_size);
	assert_int_equal(read(fd, expected, pf_helper_size), pf_helper_size);
	assert_int_equal(lseek(fd, 0, SEEK_END), pf_helper_size);
	close(fd);
	assert_int_equal(decode(pf_helper_image, size, expected, pf_helper_size), 0);
	assert_int_equal(decode(pf_helper_image, size - 1, NULL, pf_helper_size), -EBADMSG);
	assert_int_equal(decode(pf_helper_image, size, NULL, pf_helper_size - 1), -EBADMSG);
	assert_int_equal(decode(pf_helper_image, size, NULL, pf_helper_size + 1), -EBADMSG);
	free(expected);
}

/* The start of the block, with one byte changed at each position. */
static void damage_never_leads_outside_the_buffers(void **state)
{
	static const uint8_t changes[] = {0x0f, 0xf0, 0xff, 0x80};
	char block[DAMAGES];

	(void)state;
	for (size_t i = 0; i < sizeof(block); i++) {
		memcpy(block, pf_helper_image, sizeof(block));
		block[i] = (char)(block[i] ^ changes[i % sizeof(changes)]);
		decode(block, i + 1, NULL, 4096);
		decode(block, sizeof(block), NULL, 4096);
	}
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(literals_and_matches),
	cmocka_unit_test(a_block_that_is_not_well_formed),
	cmocka_unit_test(the_helper_is_what_was_compressed),
	cmocka_unit_test(damage_never_leads_outside_the_buffers),
};

UNIT_MAIN(tests)
