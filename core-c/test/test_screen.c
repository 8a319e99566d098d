/* SPDX-License-Identifier: BSD-2-Clause */
/* Tests the filter for a container's output to a terminal. The filter passes on first the history
 * without terminal queries, and then all live output. */
#include "unit.h"

#include <stdio.h>

#include "sequences.h"
#include "src/terminal/screen.h"

static struct pf_screen screen;
static char room[1 << 18];
static struct pf_text text;

static void start(enum pf_screen_use use)
{
	pf_screen_start(&screen, use);
	text = (struct pf_text){.data = room, .room = sizeof(room) - 1};
}

/* Returns all output of the filter. */
static const char *written(void)
{
	room[text.size] = '\0';
	return room;
}

/* Records that the terminal has shown the new output. With PF_SCREEN_BYTES, no terminal gets the
 * output. */
static void show(size_t from)
{
	if (screen.use != PF_SCREEN_BYTES)
		pf_terminal_state_take(&screen.shown, room + from, text.size - from);
}

static void feed(const char *bytes, size_t size)
{
	size_t from = text.size;

	pf_screen_feed(&screen, bytes, size, &text);
	show(from);
}

static void say(const char *bytes)
{
	feed(bytes, strlen(bytes));
}

static void go_live(void)
{
	size_t from = text.size;

	pf_screen_live(&screen, &text);
	show(from);
}

static void cut(const char *before)
{
	size_t from = text.size;
	struct pf_ecma48 parser = {0};
	struct pf_modes modes = {0};

	pf_modes_feed(&modes, &parser, before, strlen(before));
	pf_screen_cut(&screen, &parser, &modes, &text);
	show(from);
}

static const char *history(const char *bytes)
{
	start(PF_SCREEN_ATTACH);
	say(bytes);
	return written();
}

static void what_is_a_question_stands_in_a_table(void **state)
{
	char bytes[256];

	(void)state;
	for (size_t i = 0; i < UNIT_COUNT(questions); i++) {
		snprintf(bytes, sizeof(bytes), "a%sb", questions[i]);
		assert_string_equal(history(bytes), "ab");
		assert_string_equal(history(questions[i]), "");
	}
	for (size_t i = 0; i < UNIT_COUNT(shown); i++)
		if (strcmp(shown[i], "\033[?1;2c") != 0)
			assert_string_equal(history(shown[i]), shown[i]);
}

/* Feeds bytes in two pieces, divided at the offset `at`. */
static void split(const char *bytes, size_t at)
{
	start(PF_SCREEN_ATTACH);
	feed(bytes, at);
	feed(bytes + at, strlen(bytes) - at);
}

static void input_in_pieces_is_parsed_alike(void **state)
{
	char bytes[256], whole[256];

	(void)state;
	for (size_t i = 0; i < UNIT_COUNT(questions) + UNIT_COUNT(shown); i++) {
		const char *part =
			i < UNIT_COUNT(questions) ? questions[i] : shown[i - UNIT_COUNT(questions)];
		snprintf(bytes, sizeof(bytes), "a%s\xc3\xa9%sc", part, part);
		snprintf(whole, sizeof(whole), "%s", history(bytes));
		for (size_t at = 0; at <= strlen(bytes); at++) {
			split(bytes, at);
			assert_string_equal(written(), whole);
		}
	}
}

static void what_is_live_is_passed_on_as_it_is(void **state)
{
	(void)state;
	for (size_t i = 0; i < UNIT_COUNT(questions); i++) {
		start(PF_SCREEN_ATTACH);
		go_live();
		say(questions[i]);
		assert_string_equal(written(), questions[i]);
	}
}

static void an_incomplete_query_is_live(void **state)
{
	(void)state;
	for (size_t at = 1; at < 4; at++) {
		start(PF_SCREEN_ATTACH);
		feed("\033[6n", at);
		assert_string_equal(written(), "");
		go_live();
		feed("\033[6n" + at, 4 - at);
		assert_string_equal(written(), "\033[6n");
	}
}

/* Modes that make a terminal send reports are set only after the history. */
static void modes_that_send_input_are_set_at_the_end(void **state)
{
	(void)state;
	start(PF_SCREEN_ATTACH);
	say("\033[?1004h\033[?2048;25h\033[?1000;1006h\033[?1004l");
	assert_string_equal(written(), "\033[?25h");
	go_live();
	assert_string_equal(written(), "\033[?25h\033[?1000h\033[?1006h\033[?2048h");
}

/* Encodings other than UTF-8, and the VT52 mode, are set only after the history. With these
 * settings, a terminal may find a query where the parser finds text. */
static void character_sets_are_set_at_the_end(void **state)
{
	(void)state;
	start(PF_SCREEN_ATTACH);
	cut("\033%@\033[?2l");
	say("a\033%@\303\2336n\033%Gb\033%/Gc\033%@\033[?2;25ld\033<e\033[?2l");
	assert_string_equal(written(), "a\303\2336nbc\033[?25ld\033<e");
	go_live();
	assert_string_equal(written(), "a\303\2336nbc\033[?25ld\033<e\033%@\033[?2l");
	start(PF_SCREEN_LOG);
	say("\033%@\033[?2lx\033[62;0\"py");
	go_live();
	assert_string_equal(written(), "xy");
}

static void a_cut_begins_at_a_boundary_with_the_modes_before(void **state)
{
	static const struct {
		const char *lost, *rest, *written;
	} cuts[] = {
		{"", "abc", "abc"},
		{"x\303", "\251bc", "bc"},
		{"x\360\237", "\220\232bc", "bc"},
		{"x\303", "bc", "bc"},
		{"\033[", "31mbc", "bc"},
		{"\033[?10", "49hbc", "\033[?1049hbc"},
		{"\033[?25l\033[3", "1mbc", "\033[?25lbc"},
		{"\033[?1000h\033[?25l", "bc", "\033[?25lbc"},
		{"\033]0;ti", "tle\007bc", "bc"},
		{"\033]0;ti", "tle\033\\bc", "\033\\bc"},
		{"\033", "\\bc", "bc"},
		{"\033[6", "nbc", "bc"},
		{"\033[6", "\033[31mbc", "\033[31mbc"},
		{"\033[>1u\033[?1049h\033[>5u", "bc", "\033[>1u\033[?1049h\033[>5ubc"},
	};

	(void)state;
	for (size_t i = 0; i < UNIT_COUNT(cuts); i++) {
		size_t size = strlen(cuts[i].rest);
		for (size_t at = 0; at <= size; at++) {
			start(PF_SCREEN_ATTACH);
			cut(cuts[i].lost);
			feed(cuts[i].rest, at);
			feed(cuts[i].rest + at, size - at);
			assert_string_equal(written(), cuts[i].written);
		}
	}
}

static void lost_output_sends_the_modes_again(void **state)
{
	(void)state;
	start(PF_SCREEN_ATTACH);
	go_live();
	say("\033[?1000h\033[?1049h\033]0;ti");
	text.size = 0;
	cut("\033[?2004h\033[3");
	say("1mabc\033[6n");
	assert_string_equal(written(), "\030\033[?1000l\033[?1049l\033[?2004habc\033[6n");
}

/* In the output to a file, an unfinished sequence does not hold back later output. */
static void a_file_gets_what_a_terminal_would_wait_with(void **state)
{
	static const struct {
		const char *lost, *rest, *written;
	} cuts[] = {{"\033]0;", "1\n2\n3\n", "\n2\n3\n"},
		    {"\033P", "1\n2\n3\n", "\n2\n3\n"},
		    {"\033[", "1\n2\n3\n", "\n2\n3\n"},
		    {"\303", "1\n2\n", "1\n2\n"}};

	(void)state;
	for (size_t i = 0; i < UNIT_COUNT(cuts); i++) {
		start(PF_SCREEN_BYTES);
		cut(cuts[i].lost);
		say(cuts[i].rest);
		assert_string_equal(written(), cuts[i].written);
	}
}

static void a_file_gets_everything_from_a_boundary_on(void **state)
{
	(void)state;
	start(PF_SCREEN_BYTES);
	cut("\033[?1049h\033[3");
	say("1mabc\033[6n\007\302");
	assert_string_equal(written(), "abc\033[6n\007\302");
	text.size = 0;
	pf_terminal_state_put_back(&screen.shown, &text);
	assert_int_equal(text.size, 0);
}

static void a_log_sets_no_input_modes(void **state)
{
	(void)state;
	start(PF_SCREEN_LOG);
	cut("\033[?1049h\033[?25l\033[>1u\033[?2004h");
	say("\033[?1000;25h\033[?47h\033[>4;2m\033=\033[?1lx\033[6n");
	go_live();
	say("\033[6n\007y");
	assert_string_equal(written(), "\033[?25l\033[?25hxy");
}

static void shown_modes_are_reset(void **state)
{
	(void)state;
	start(PF_SCREEN_ATTACH);
	go_live();
	say("\033[?1049h\033[?2004h\033[>1u\033[?25l\033[3");
	text.size = 0;
	pf_terminal_state_put_back(&screen.shown, &text);
	assert_string_equal(written(), "\030\033[?25h\033[?2004l\033[<1u\033[?1049l");
	text.size = 0;
	pf_terminal_state_set_again(&screen.shown, &text);
	assert_string_equal(written(), "\033[?1049h\033[>1u\033[?25l\033[?2004h");
}

/* The output of the filter is never longer than its input, so a buffer of that size is large
 * enough. */
static void nothing_grows(void **state)
{
	static const char *const pieces[] = {
		"\033[?;;;;;;;;;;;;;;h", "\033[?0;1000;;;;;;;25h", "\005",
		"\303\033[6n",           "\033]0;\033[6n",         "\302\005",
		"\033[?99999999;7h"};

	(void)state;
	for (size_t i = 0; i < UNIT_COUNT(pieces); i++) {
		size_t size = strlen(pieces[i]), count = 10000 / size;
		start(PF_SCREEN_ATTACH);
		for (size_t j = 0; j < count; j++)
			say(pieces[i]);
		assert_true(text.size <= size * count);
	}
}

/* A long control string is passed on or dropped in pieces. The filter never stores the whole
 * string. */
static void long_strings_are_streamed(void **state)
{
	static const struct {
		const char *begin;
		int passes;
	} strings[] = {{"\033Pq", 1},          {"\033]0;", 1},   {"\033]52;c;", 0},
		       {"\033_Ga=T;", 0},      {"\033]4;1;", 0}, {"\033]1337;File=:", 0},
		       {"\033P$q", 0},         {"\033[", 0},     {"\033]8;;http:", 1},
		       {"\033]1337;Copy=:", 0}};
	static char bytes[30000];

	(void)state;
	for (size_t i = 0; i < UNIT_COUNT(strings); i++) {
		int is_csi = strings[i].begin[1] == '[';
		memset(bytes, '1', sizeof(bytes));
		memcpy(bytes, strings[i].begin, strlen(strings[i].begin));
		memcpy(bytes + sizeof(bytes) - 5, is_csi ? "111nb" : "1\033\\ab", 5);
		for (size_t piece = 1; piece < 10000; piece = piece * 10 + 7) {
			start(PF_SCREEN_ATTACH);
			for (size_t at = 0; at < sizeof(bytes); at += piece)
				feed(bytes + at,
				     at + piece < sizeof(bytes) ? piece : sizeof(bytes) - at);
			if (strings[i].passes)
				assert_memory_equal(written(), bytes, sizeof(bytes));
			else
				assert_string_equal(written(), is_csi ? "b" : "ab");
		}
	}
}

static uint32_t seed;

static unsigned chance(unsigned below)
{
	seed = seed * 1664525 + 1013904223;
	return (seed >> 8) % below;
}

static void any_bytes(char *bytes, size_t size)
{
	static const char likely[] =
		"\033[]P_?>;:0149hlmcnqut$\\\007\005\030\302\233\220\303\251\"p~}%@|<26";

	for (size_t i = 0; i < size; i++)
		bytes[i] = (char)(chance(5) ? (unsigned char)likely[chance(sizeof(likely) - 1)]
					    : chance(256));
}

/* Checks that bytes contain no terminal query. */
static void check_silent(const char *bytes, size_t size)
{
	struct pf_ecma48 parser = {0};

	for (size_t i = 0; i < size; i++) {
		enum pf_ecma48_event event = pf_ecma48_next(&parser, (unsigned char)bytes[i]);
		if (event == PF_ECMA48_PLAIN)
			assert_true(bytes[i] != '\005' && bytes[i] != '\007');
		if (event == PF_ECMA48_DONE || event == PF_ECMA48_NEXT)
			assert_true(parser.kind == PF_ECMA48_NONE ||
				    pf_screen_judge(&parser, 1) == PF_PASSES);
		if (event == PF_ECMA48_DONE && parser.kind == PF_ECMA48_ESC)
			assert_true(parser.middle[0] != '%');
		if (event == PF_ECMA48_DONE && pf_ecma48_is(&parser, PF_ECMA48_CSI, "?l"))
			for (size_t j = 0; j < parser.count; j++)
				assert_true(parser.param[j] != 2);
	}
}

/* For random output, the division into pieces does not matter, the terminal gets no query, and the
 * sequence that resets the terminal resets every mode. */
static void any_output_is_safe_in_any_pieces(void **state)
{
	static char bytes[3000], whole[sizeof(room)], again[sizeof(room)];

	(void)state;
	for (uint32_t round = 1; round <= 300; round++) {
		seed = round * 2654435761u;
		any_bytes(bytes, sizeof(bytes));
		start(PF_SCREEN_ATTACH);
		feed(bytes, sizeof(bytes));
		size_t size = text.size;
		memcpy(whole, written(), size);
		start(PF_SCREEN_ATTACH);
		for (size_t at = 0, piece; at < sizeof(bytes); at += piece) {
			piece = 1 + chance(40);
			piece = piece < sizeof(bytes) - at ? piece : sizeof(bytes) - at;
			feed(bytes + at, piece);
		}
		assert_int_equal(text.size, size);
		assert_memory_equal(written(), whole, size);
		struct pf_text end = {.data = again, .room = sizeof(again)};
		pf_terminal_state_put_back(&screen.shown, &end);
		pf_terminal_state_take(&screen.shown, again, end.size);
		assert_true(pf_ecma48_is_between(&screen.shown.parser));
		end.size = 0;
		pf_terminal_state_set_again(&screen.shown, &end);
		assert_int_equal(end.size, 0);
		check_silent(whole, size);
	}
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(what_is_a_question_stands_in_a_table),
	cmocka_unit_test(input_in_pieces_is_parsed_alike),
	cmocka_unit_test(what_is_live_is_passed_on_as_it_is),
	cmocka_unit_test(an_incomplete_query_is_live),
	cmocka_unit_test(modes_that_send_input_are_set_at_the_end),
	cmocka_unit_test(character_sets_are_set_at_the_end),
	cmocka_unit_test(a_cut_begins_at_a_boundary_with_the_modes_before),
	cmocka_unit_test(lost_output_sends_the_modes_again),
	cmocka_unit_test(a_file_gets_everything_from_a_boundary_on),
	cmocka_unit_test(a_file_gets_what_a_terminal_would_wait_with),
	cmocka_unit_test(a_log_sets_no_input_modes),
	cmocka_unit_test(shown_modes_are_reset),
	cmocka_unit_test(nothing_grows),
	cmocka_unit_test(long_strings_are_streamed),
	cmocka_unit_test(any_output_is_safe_in_any_pieces),
};

UNIT_MAIN(tests)
