/* SPDX-License-Identifier: BSD-2-Clause */
/* Tests that the detach key is found in the encodings of all keyboard protocols. */
#include "unit.h"

#include <stdio.h>

#include "src/terminal/detach_key.h"

/* Types bytes into a terminal with these modes. Returns the offset of the key's last byte, or
 * -1. */
static int typed(int control, const char *modes_set, const char *bytes, size_t size)
{
	struct pf_detach_key key = {.key = control};
	struct pf_ecma48 parser = {0};
	struct pf_modes modes = {0};

	pf_modes_feed(&modes, &parser, modes_set, strlen(modes_set));
	for (size_t i = 0; i < size; i++) {
		enum pf_key_event event = pf_detach_key_next(&key, &modes, (unsigned char)bytes[i]);
		if (event == PF_KEY_BYTE || event == PF_KEY_SEQUENCE)
			return (int)i;
	}
	return -1;
}

#define TYPED(key, bytes) typed(key, "", bytes, sizeof(bytes) - 1)

/* A key, and the bytes that a terminal sends for the key. */
static const struct {
	int key;
	const char *bytes;
} keys[] = {
	/* kitty: Ctrl-Space (plain, pressed, repeated, with Caps Lock, also with Num Lock, with its
	 * text), Ctrl-2 and Ctrl-@ */
	{0, "\033[32;5u"},
	{0, "\033[32;5:1u"},
	{0, "\033[32;5:2u"},
	{0, "\033[32;69u"},
	{0, "\033[32;197u"},
	{0, "\033[32;5;32u"},
	{0, "\033[50;5u"},
	{0, "\033[50:64;6u"},
	{0, "\033[64;6u"},
	{1, "\033[97;5u"},
	{1, "\033[1092::97;5u"}, /* on a Cyrillic keyboard */
	{1, "\033[113:65:97;5u"},
	{29, "\033[93;5u"},
	{28, "\033[92;5u"},
	{30, "\033[54:94;6u"},
	{31, "\033[45:95;6u"},
	{31, "\033[47;5u"},
	{127, "\033[127u"},
	{127, "\033[127;1:1u"},
	{9, "\033[9;1u"},
	{13, "\033[13u"},
	{13, "\033[109;5u"},
	{1, "\2331092::97;5u"},
	/* modifyOtherKeys */
	{0, "\033[27;5;32~"},
	{0, "\033[27;6;64~"},
	{0, "\033[27;5;50~"},
	{1, "\033[27;5;97~"},
	{29, "\033[27;5;93~"},
	{31, "\033[27;6;95~"},
	/* win32-input-mode */
	{0, "\033[32;57;0;1;8;1_"},
	{0, "\033[32;57;32;1;4;1_"},
	{0, "\033[50;3;0;1;24;1_"},
	{0, "\033[50;3;0;1;8_"},
	{1, "\033[65;30;1;1;8;1_"},
	{1, "\033[65;30;1;1;168;1_"}, /* with Caps Lock and Num Lock */
	{29, "\033[221;27;29;1;8;1_"},
	{28, "\033[220;43;28;1;8;1_"},
	{127, "\033[8;14;8;1;0;1_"},
};

static const struct {
	int key;
	const char *bytes;
} others[] = {
	{0, "\033[32u"},
	{0, "\033[32;1u"},
	{0, "\033[32;5:3u"}, /* key release */
	{0, "\033[32;7u"},   /* with Alt */
	{0, "\033[32;13u"},  /* with Super */
	{0, "\033[97;5u"},
	{0, "\033[57442;5u"}, /* Ctrl alone */
	{1, "\033[97;6u"},    /* with Shift */
	{1, "\033[97u"},
	{9, "\033[32;5u"},
	{0, "\033[27;3;32~"},
	{0, "\033[27;5~"},
	{0, "\033[3;5~"},
	{0, "\033[32;57;0;0;8;1_"}, /* key release */
	{0, "\033[17;29;0;1;8;1_"}, /* Ctrl alone */
	{0, "\033[32;57;32;1;0;1_"},
	{0, "\033[50;3;64;1;9;1_"}, /* with AltGr */
	{1, "\033[65;30;97;1;0;1_"},
	{0, "\033[?1;2c"},
	{0, "\033[24;80R"},
	{0, "\033]11;rgb:0000/0000/0000\033\\"},
	{0, "text \xc3\xa9 \033OA\033[A\033x"},
};

static void every_way_of_sending_it_is_the_key(void **state)
{
	(void)state;
	for (size_t i = 0; i < UNIT_COUNT(keys); i++) {
		size_t size = strlen(keys[i].bytes);
		assert_int_equal(typed(keys[i].key, "", keys[i].bytes, size), size - 1);
	}
	for (size_t i = 0; i < UNIT_COUNT(others); i++)
		assert_int_equal(typed(others[i].key, "", others[i].bytes, strlen(others[i].bytes)),
				 -1);
}

static void the_control_character_itself_is_the_key(void **state)
{
	(void)state;
	assert_int_equal(TYPED(0, "ab\0c"), 2);
	assert_int_equal(TYPED(29, "ab\0\x1d"), 3);
	assert_int_equal(TYPED(0, "\033[3\0"), 3);
	assert_int_equal(TYPED(0, "\033]0;\0"), 4);
	assert_int_equal(TYPED(27, "x\033[A"), 1);
	assert_int_equal(TYPED(127, "x\177"), 1);
}

/* The detach key is found even after an unfinished sequence. For the parser, Alt-P and Alt-] begin
 * control strings. */
static void the_key_is_found_after_any_other_key(void **state)
{
	static const char *const before[] = {"\033",     "\033P",  "\033]",    "\033_",
					     "\033O",    "\033[",  "\033[1;5", "\302",
					     "\342\202", "\033[M", "\033X\033"};
	char bytes[64];

	(void)state;
	for (size_t i = 0; i < UNIT_COUNT(before); i++) {
		int size = snprintf(bytes, sizeof(bytes), "%s\033[32;5u", before[i]);
		assert_int_equal(typed(0, "", bytes, (size_t)size), size - 1);
	}
}

/* A NUL byte in a report of the mouse is not the detach key. In the default encoding, a click far
 * to the right is reported with a NUL byte. */
static void coordinates_are_no_key(void **state)
{
	(void)state;
	assert_int_equal(typed(0, "\033[?1000h", "\033[M \0\0\0", 7), 6);
	assert_int_equal(typed(0, "\033[?1000h", "\033[M \0!\033[M\0\0\0x", 13), -1);
	assert_int_equal(typed(0, "\033[?9h", "\033[M \0!", 6), -1);
	assert_int_equal(typed(0, "\033[?1000;1006h", "\033[M \0!", 6), 4);
	assert_int_equal(typed(0, "", "\033[M \0!", 6), 4);
}

static void what_has_a_keyboard_protocol_on_is_known(void **state)
{
	static const struct {
		const char *bytes;
		int encodes;
	} rows[] = {
		{"", 0},
		{"\033[?2004h\033[?1h\033=\033[?1000h", 0},
		{"\033[>1u", 1},
		{"\033[>1u\033[<u", 0},
		{"\033[=1u", 1},
		{"\033[?1049h\033[>1u", 1},
		{"\033[?1049h\033[>1u\033[?1049l", 0},
		{"\033[>4;2m", 1},
		{"\033[>4;1m\033[>4m", 0},
		{"\033[?9001h", 1},
		{"\033[?9001h\033c", 0},
	};

	(void)state;
	for (size_t i = 0; i < UNIT_COUNT(rows); i++) {
		struct pf_ecma48 parser = {0};
		struct pf_modes modes = {0};
		pf_modes_feed(&modes, &parser, rows[i].bytes, strlen(rows[i].bytes));
		assert_int_equal(pf_modes_encode_keys(&modes), rows[i].encodes);
	}
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(every_way_of_sending_it_is_the_key),
	cmocka_unit_test(the_control_character_itself_is_the_key),
	cmocka_unit_test(the_key_is_found_after_any_other_key),
	cmocka_unit_test(coordinates_are_no_key),
	cmocka_unit_test(what_has_a_keyboard_protocol_on_is_known),
};

UNIT_MAIN(tests)
