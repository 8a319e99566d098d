/* SPDX-License-Identifier: BSD-2-Clause */
/* Tests how the modes that a program sets in a terminal are tracked. Two escape sequences are made
 * from the tracked modes: one sets the modes again, the other resets them. */
#include "unit.h"

#include "src/terminal/modes_text.h"

#define ALL 15u

static struct pf_modes after(const char *bytes)
{
	struct pf_ecma48 parser = {0};
	struct pf_modes modes = {0};

	pf_modes_feed(&modes, &parser, bytes, strlen(bytes));
	return modes;
}

static const char *text_of(void (*add)(const struct pf_modes *modes, struct pf_text *text),
			   const struct pf_modes *modes)
{
	static char room[PF_MODES_TEXT_MAX + 1];
	struct pf_text text = {.data = room, .room = PF_MODES_TEXT_MAX};

	add(modes, &text);
	room[text.size] = '\0';
	return room;
}

static void enter(const struct pf_modes *modes, struct pf_text *text)
{
	pf_modes_enter(modes, ALL, text);
}

/* Each row has bytes that set modes, the sequence that sets the modes again, and the sequence that
 * resets the modes. NULL: equal to the bytes. */
static const struct row {
	const char *bytes, *enter, *leave;
} rows[] = {
	{"just text \xc3\xa9\r\n\t", "", ""},
	{"\033[?1049h", NULL, "\033[?1049l"},
	{"\033[?1049h\033[?1049l", "", ""},
	{"\033[?47h", NULL, "\033[?47l"},
	{"\033[?1047h\033[?1049l", "", ""},
	{"\033[?25l", NULL, "\033[?25h"},
	{"\033[?25h\033[?7h\033[?1l\033[?2004l\033[4l", "", ""},
	{"\033[?25;7l", "\033[?7l\033[?25l", "\033[?7h\033[?25h"},
	{"\033[?1000;1006h", "\033[?1000h\033[?1006h", "\033[?1000l\033[?1006l"},
	{"\033[?1002;1003h\033[?1002l", "\033[?1003h", "\033[?1003l"},
	{"\033[?1004h\033[?2004h", NULL, "\033[?1004l\033[?2004l"},
	{"\033[?2026h\033[?2031h\033[?2048h", NULL, "\033[?2026l\033[?2031l\033[?2048l"},
	{"\033[?9001h", NULL, "\033[?9001l"},
	{"\033[4h", NULL, "\033[4l"},
	{"\033[12l", NULL, "\033[12h"},
	{"\033=", NULL, "\033>"},
	{"\033[?66h", "\033=", "\033>"},
	{"\033=\033>", "", ""},
	{"\033[?1h\033=", NULL, "\033[?1l\033>"},
	{"\033[?31337h\033[?2026$p\033[?1048h", "", ""},
	/* modes saved and restored */
	{"\033[?1000h\033[?1000s\033[?1000l", "", ""},
	{"\033[?1000h\033[?1000s\033[?1000l\033[?1000r", "\033[?1000h", "\033[?1000l"},
	/* keyboard protocols */
	{"\033[>1u", NULL, "\033[<1u"},
	{"\033[>1u\033[>31u", NULL, "\033[<2u"},
	{"\033[>1u\033[>31u\033[<u", "\033[>1u", "\033[<1u"},
	{"\033[>1u\033[<9u", "", ""},
	{"\033[=5u", "\033[=5;1u", "\033[=0;1u"},
	{"\033[=5u\033[>1u\033[=2;2u", "\033[=5;1u\033[>3u", "\033[<1u\033[=0;1u"},
	{"\033[=7u\033[=5;3u", "\033[=2;1u", "\033[=0;1u"},
	{"\033[?u\033[u", "", ""},
	{"\033[>1u\033[?1049h\033[>3u", NULL, "\033[<1u\033[?1049l\033[<1u"},
	{"\033[>4;2m", NULL, "\033[>4m"},
	{"\033[>4;2m\033[>4m", "", ""},
	{"\033[>4;1m\033[>4n", "\033[>4n", "\033[>4m"},
	{"\033[>4;2m\033[>m", "", ""},
	{"\033[>4;1f", NULL, "\033[>4f"},
	{"\033 G", NULL, "\033 F"},
	{"\033[62;0\"p", "\033[62;1\"p\033 G", "\033 F\033[64;1\"p"},
	{"\033[64;2\"p", "\033 G", "\033 F"},
	{"\033[61\"p", "\033[61;1\"p", "\033[64;1\"p"},
	{"\033[63;1\"p", NULL, "\033[64;1\"p"},
	{"\033 G\033[65;1\"p", "", ""},
	{"\033[?2l", NULL, "\033<"},
	{"\033[?2l\033<", "", ""},
	{"\033[?1;2l", "\033[?2l", "\033<"},
	{"\033 G\033[?2l\033[?25l", "\033[?25l\033 G\033[?2l", "\033<\033 F\033[?25h"},
	/* function keys; their earlier texts cannot be restored */
	{"\033P0;1|17/726d0d\033\\", "", "\033P0;1|\033\\"},
	{"\033P1|\033\\\033c", "", "\033P0;1|\033\\"},
	{"\033P0;1|\033\\", "", "\033P0;1|\033\\"},
	/* the status line */
	{"\033[2$~\033[1$}", NULL, "\033[0$}\033[0$~"},
	{"\033[1$~", NULL, "\033[0$~"},
	{"\033[2$~\033[1$}\033[0$}\033[$~", "", ""},
	/* attributes of characters */
	{"\033[1;31m", "", "\033[m"},
	{"\033[1;31m\033[0m", "", ""},
	{"\033[1m\033[m", "", ""},
	{"\033[38;5;0m", "", "\033[m"},
	{"\033[38:5:0m", "", "\033[m"},
	{"\033[2;9r", NULL, "\0337\033[r\0338"},
	{"\033[2;9r\033[r", "", ""},
	{"\033[4 q", NULL, "\033[0 q"},
	{"\033(0", NULL, "\033(B"},
	{"\033(0\033(B", "", ""},
	{"\033)0\016", NULL, "\033)B\017"},
	{"\033(%5", "", "\033(B"},
	{"\033%@", NULL, "\033%G"},
	{"\033H", "", "\033[?5W"},
	{"\033[3g\033[?5W", "", ""},
	{"\033[1'z", NULL, "\033[0'z"},
	/* control strings; after some of them, no mode is set */
	{"\033]0;title\007", "", ""},
	{"\033]11;red\033\\", "", "\033]111\033\\"},
	{"\033]11;?\033\\", "", ""},
	{"\033]11;red\033\\\033]111\033\\", "", ""},
	{"\033]4;1;red\007\033]104;1\007", "", "\033]104\033\\"},
	{"\033]4;1;red\007\033]104\007", "", ""},
	{"\033]8;;https://example.org/?q\007", "", "\033]8;;\033\\"},
	{"\033]9;4;1;50\007", "", "\033]9;4;0\033\\"},
	{"\033]9;hello\007", "", ""},
	{"\033]22;wait\007", "", "\033]22;\033\\"},
	/* resets */
	{"\033[?1049h\033[?1000h\033[>1u\033[>4;2m\033[2;9r\033c", "", ""},
	{"\033[?1h\033[?25l\033[?2004h\033[4h\033[1m\033(0\033[!p", "\033[?2004h", "\033[?2004l"},
};

static void each_mode_is_set_again_and_put_back(void **state)
{
	(void)state;
	for (size_t i = 0; i < UNIT_COUNT(rows); i++) {
		struct pf_modes modes = after(rows[i].bytes);
		const char *again = rows[i].enter ? rows[i].enter : rows[i].bytes;
		assert_string_equal(text_of(enter, &modes), again);
		assert_string_equal(text_of(pf_modes_leave, &modes), rows[i].leave);
	}
}

static void input_in_pieces_is_parsed_alike(void **state)
{
	(void)state;
	for (size_t i = 0; i < UNIT_COUNT(rows); i++) {
		struct pf_modes whole = after(rows[i].bytes);
		size_t size = strlen(rows[i].bytes);
		for (size_t at = 0; at <= size; at++) {
			struct pf_ecma48 parser = {0};
			struct pf_modes modes = {0};
			pf_modes_feed(&modes, &parser, rows[i].bytes, at);
			pf_modes_feed(&modes, &parser, rows[i].bytes + at, size - at);
			assert_memory_equal(&modes, &whole, sizeof(modes));
		}
	}
}

/* One sequence sets exactly the recorded modes again. After the other sequence, no mode is set. */
static void both_texts_do_what_they_say(void **state)
{
	struct pf_ecma48 parser = {0};

	(void)state;
	for (size_t i = 0; i < UNIT_COUNT(rows); i++) {
		struct pf_modes modes = after(rows[i].bytes), again = {0};
		const char *text = text_of(enter, &modes);
		pf_modes_feed(&again, &parser, text, strlen(text));
		again.saved = modes.saved;
		again.strings = modes.strings;
		again.others |= modes.others & (PF_MODES_COLOURED | PF_MODES_TABS);
		for (int set = 0; set < 4; set++)
			if (modes.charset[set] == '?')
				again.charset[set] = '?';
		assert_memory_equal(&again, &modes, sizeof(modes));
		text = text_of(pf_modes_leave, &modes);
		pf_modes_feed(&modes, &parser, text, strlen(text));
		assert_string_equal(text_of(enter, &modes), "");
	}
}

static void a_keyboard_of_any_depth_is_put_back(void **state)
{
	struct pf_modes modes = {0};
	struct pf_ecma48 parser = {0};

	(void)state;
	for (int i = 0; i < 1000; i++)
		pf_modes_feed(&modes, &parser, "\033[>1u", 5);
	assert_string_equal(text_of(pf_modes_leave, &modes), "\033[<1000u");
	struct pf_modes again = {0};
	const char *text = text_of(enter, &modes);
	pf_modes_feed(&again, &parser, text, strlen(text));
	assert_int_equal(again.keyboard[0].flags[0], 1);
	assert_true(again.keyboard[0].depth < PF_KEYBOARD_DEPTH);
}

/* The buffers hold the longest possible sequences. */
static void everything_at_once_fits(void **state)
{
	struct pf_modes modes;
	char room[PF_MODES_TEXT_MAX * 2];

	(void)state;
	memset(&modes, 0xff, sizeof(modes));
	for (int leaves = 0; leaves < 2; leaves++) {
		struct pf_text text = {.data = room, .room = sizeof(room)};
		if (leaves)
			pf_modes_leave(&modes, &text);
		else
			pf_modes_enter(&modes, ALL, &text);
		assert_true(text.size < PF_MODES_TEXT_MAX - 8);
	}
}

/* A member of struct pf_modes, its largest possible value, and an impossible value. */
static void modes_that_no_bytes_can_set_are_refused(void **state)
{
	static const struct {
		size_t place, size;
		uint64_t good, bad;
	} members[] = {
#define MEMBER(member, good, bad) \
	{offsetof(struct pf_modes, member), sizeof(((struct pf_modes *)0)->member), good, bad}
		MEMBER(changed, 1, 1ull << 63),
		MEMBER(saved, 1, 1ull << 63),
		MEMBER(strings, 65535, 65536),
		MEMBER(alternate, 47, 46),
		MEMBER(alternate, 1047, 1003),
		MEMBER(alternate, 1049, 65535),
		MEMBER(top, 65535, 0),
		MEMBER(bottom, 65535, 0),
		MEMBER(others, 127, 128),
		MEMBER(cursor_style, 99, 100),
		MEMBER(level, 3, 4),
		MEMBER(status_line, 2, 3),
		MEMBER(shift, 3, 4),
		MEMBER(charset[0], '0', 0x1b),
		MEMBER(charset[1], '~', 0x05),
		MEMBER(charset[2], '?', 0x9b),
		MEMBER(charset[3], 'A', '/'),
		MEMBER(charset[3], '0', 0x7f),
		MEMBER(modify[7], 100, 101),
		MEMBER(modify[0], PF_KEY_DISABLED, 254),
		MEMBER(format[7], 100, PF_KEY_DISABLED),
		MEMBER(keyboard[0].flags[0], 31, 32),
		MEMBER(keyboard[1].flags[7], 31, 255),
		MEMBER(keyboard[1].depth, 65535, 0),
	};

	(void)state;
	for (size_t i = 0; i < UNIT_COUNT(members); i++) {
		struct pf_modes modes = {0};
		assert_true(pf_modes_is_sound(&modes));
		memcpy((char *)&modes + members[i].place, &members[i].good, members[i].size);
		assert_true(pf_modes_is_sound(&modes));
		memcpy((char *)&modes + members[i].place, &members[i].bad, members[i].size);
		assert_int_equal(pf_modes_is_sound(&modes), members[i].bad == 0);
	}
}

/* The modes are sound after any bytes. Otherwise a client would refuse a message of its own
 * monitor. */
static void modes_of_any_bytes_are_sound(void **state)
{
	static const char letters[] = "\033\033\033\033[[[[?>=<!\"$%'()*+-.0123456789;:"
				      "hlsrumnfpqzgWcABFGHno~}|]P\\\007\016\017\x9b";
	struct pf_ecma48 parser = {0};
	struct pf_modes modes = {0};
	uint32_t seed = 1;

	(void)state;
	for (int i = 0; i < 1000000; i++) {
		seed = seed * 1664525 + 1013904223;
		pf_modes_feed(&modes, &parser, &letters[(seed >> 8) % (sizeof(letters) - 1)], 1);
		assert_true(pf_modes_is_sound(&modes));
		assert_true(pf_ecma48_is_sound(&parser));
	}
}

static void all_classes_together_are_all_modes(void **state)
{
	struct pf_modes modes = after("\033[?25l\033[?2004h\033[?1000h\033[?1049h\033[>4;2m");
	char room[PF_MODES_TEXT_MAX];
	struct pf_text text = {.data = room, .room = sizeof(room)};
	struct pf_ecma48 parser = {0};
	struct pf_modes again = {0};

	(void)state;
	for (unsigned class = 1; class <= 8; class *= 2)
		pf_modes_enter(&modes, class, &text);
	pf_modes_feed(&again, &parser, room, text.size);
	assert_memory_equal(&again, &modes, sizeof(modes));
	text.size = 0;
	pf_modes_enter(&modes, PF_MODE_SPEAKS, &text);
	assert_memory_equal(room, "\033[?1000h", text.size);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(each_mode_is_set_again_and_put_back),
	cmocka_unit_test(input_in_pieces_is_parsed_alike),
	cmocka_unit_test(both_texts_do_what_they_say),
	cmocka_unit_test(a_keyboard_of_any_depth_is_put_back),
	cmocka_unit_test(everything_at_once_fits),
	cmocka_unit_test(modes_that_no_bytes_can_set_are_refused),
	cmocka_unit_test(modes_of_any_bytes_are_sound),
	cmocka_unit_test(all_classes_together_are_all_modes),
};

UNIT_MAIN(tests)
