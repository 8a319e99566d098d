/* SPDX-License-Identifier: BSD-2-Clause */
/* Tests the parser of escape sequences with a table of sequences and with random bytes. */
#include "unit.h"

#include "common/terminal/ecma48.h"

/* The result of parsing some bytes: one letter for each byte, and the last sequence. */
struct heard {
	char events[64];
	struct pf_ecma48 parser;
	struct pf_ecma48 sequence; /* copy of the parser at the end of the sequence */
};

static const char letters[] = {
	[PF_ECMA48_PLAIN] = '.', [PF_ECMA48_PART] = '-',  [PF_ECMA48_DONE] = 'd',
	[PF_ECMA48_NEXT] = 'n',  [PF_ECMA48_AGAIN] = 'a', [PF_ECMA48_LOST] = 'x'};

static struct heard hear(const char *bytes, size_t size)
{
	struct heard heard = {0};

	for (size_t i = 0; i < size && i < sizeof(heard.events) - 1; i++) {
		enum pf_ecma48_event event = pf_ecma48_next(&heard.parser, (unsigned char)bytes[i]);
		heard.events[i] = letters[event];
		if (event == PF_ECMA48_DONE || event == PF_ECMA48_NEXT)
			heard.sequence = heard.parser;
	}
	return heard;
}

#define HEAR(bytes) hear(bytes, sizeof(bytes) - 1)

/* Each row has bytes, the parser's events (one letter for each byte), and the sequence that the
 * bytes form. */
static const struct row {
	const char *bytes, *events;
	enum pf_ecma48_kind kind;
	const char *word;
} rows[] = {
	{"ab\r\n", "....", PF_ECMA48_NONE, NULL},
	{"\0337", "-d", PF_ECMA48_ESC, "7"},
	{"\033(0", "--d", PF_ECMA48_ESC, "(0"},
	{"\033(%5", "---d", PF_ECMA48_ESC, "(%5"},
	{"\033[c", "--d", PF_ECMA48_CSI, "c"},
	{"\033[>0c", "----d", PF_ECMA48_CSI, ">c"},
	{"\033[?2026$p", "--------d", PF_ECMA48_CSI, "?$p"},
	{"\033[4:3;38:2::1:2:3m", "-----------------d", PF_ECMA48_CSI, "m"},
	{"\033[1 q", "----d", PF_ECMA48_CSI, " q"},
	{"\033[6\nn", "---.d", PF_ECMA48_CSI, "n"},       /* a control in the middle */
	{"\033[6\177n", "----d", PF_ECMA48_CSI, "n"},     /* DEL is ignored */
	{"\033[6\030n", "---x.", PF_ECMA48_NONE, NULL},   /* CAN */
	{"\033[6\032n", "---x.", PF_ECMA48_NONE, NULL},   /* SUB */
	{"\033[6\033[5n", "---a--d", PF_ECMA48_CSI, "n"}, /* a new sequence begins */
	{"\033\033[c", "-a-d", PF_ECMA48_CSI, "c"},
	{"\033[1?n", "----d", PF_ECMA48_NONE, NULL}, /* a prefix after a parameter */
	{"\033[ 1n", "----d", PF_ECMA48_NONE, NULL},
	{"\033[!!!n", "-----d", PF_ECMA48_NONE, NULL},       /* too many intermediate bytes */
	{"\033[1\303\251n", "-----d", PF_ECMA48_NONE, NULL}, /* a character in a sequence */
	{"\033]0;x\007", "-----d", PF_ECMA48_OSC, ""},
	{"\033]0;x\033\\", "-----nd", PF_ECMA48_ESC, "\\"},
	{"\033]0;\303\251\302\234", "-------d", PF_ECMA48_OSC, ""}, /* ST as two bytes of UTF-8 */
	{"\033]0;\342\200\235\007", "-------d", PF_ECMA48_OSC, ""}, /* 0x9d in a character */
	{"\033]0;x\030y", "-----x.", PF_ECMA48_NONE, NULL},
	{"\033Pq#0\033\\", "-----nd", PF_ECMA48_ESC, "\\"},
	{"\033P$qm\007x\033\\", "-------nd", PF_ECMA48_ESC, "\\"},
	{"\033_Gi=1\033\\", "------nd", PF_ECMA48_ESC, "\\"},
	{"\0336n", "-d.", PF_ECMA48_ESC, "6"},
	{"\2336n", "--d", PF_ECMA48_CSI, "n"},        /* C1 control as one byte */
	{"\302\2336n", "---d", PF_ECMA48_CSI, "n"},   /* C1 control as two bytes of UTF-8 */
	{"\303\2336n", "....", PF_ECMA48_NONE, NULL}, /* no C1 control */
	{"\302\240x", "-..", PF_ECMA48_NONE, NULL},
	{"\302\205", "-d", PF_ECMA48_ESC, "E"},
	{"\302x", "-.", PF_ECMA48_NONE, NULL},
	{"\360\237\220\232", "....", PF_ECMA48_NONE, NULL},
	{"\033[6\205n", "----d", PF_ECMA48_NONE, NULL},
	{"\033[6\2335n", "---a-d", PF_ECMA48_CSI, "n"},
};

static void each_byte_has_its_class(void **state)
{
	(void)state;
	for (size_t i = 0; i < UNIT_COUNT(rows); i++) {
		const struct row *row = &rows[i];
		struct heard heard = hear(row->bytes, strlen(row->bytes));
		assert_string_equal(heard.events, row->events);
		if (row->word && *row->word)
			assert_true(pf_ecma48_is(&heard.sequence, row->kind, row->word));
		else
			assert_int_equal(heard.sequence.kind, row->kind);
		assert_true(pf_ecma48_is_between(&heard.parser));
	}
}

static void parameters_are_numbers_with_separators(void **state)
{
	struct pf_ecma48 parser = HEAR("\033[1;;99999;4:5:m").sequence;

	(void)state;
	assert_int_equal(parser.count, 6);
	const uint16_t wanted[] = {1, 0, 65535, 4, 5, 0};
	assert_memory_equal(parser.param, wanted, sizeof(wanted));
	assert_int_equal(parser.joined, 1u << 4 | 1u << 5);
	assert_int_equal(pf_ecma48_param(&parser, 2), 65535);
	assert_int_equal(pf_ecma48_param(&parser, 6), 0);
}

static void too_many_parameters_are_left_out(void **state)
{
	struct pf_ecma48 parser = {0};
	const char begin[] = "\033[";

	(void)state;
	pf_ecma48_next(&parser, (unsigned char)begin[0]);
	pf_ecma48_next(&parser, (unsigned char)begin[1]);
	for (int i = 1; i <= 1000; i++) {
		pf_ecma48_next(&parser, '7');
		pf_ecma48_next(&parser, i % 2 ? ';' : ':');
		assert_true(pf_ecma48_is_sound(&parser));
	}
	assert_int_equal(pf_ecma48_next(&parser, 'm'), PF_ECMA48_DONE);
	assert_int_equal(parser.count, PF_ECMA48_PARAMS);
	for (int i = 0; i < PF_ECMA48_PARAMS; i++)
		assert_int_equal(parser.param[i], 7);
}

static void the_start_of_a_string_is_kept(void **state)
{
	struct pf_ecma48 parser = HEAR("\033]4;1;rgb:12/34/56;2;?\007").sequence;

	(void)state;
	assert_int_equal(parser.text_size, PF_ECMA48_TEXT);
	assert_memory_equal(parser.text, "4;1;rgb:", PF_ECMA48_TEXT);
	assert_true(parser.asks);
	assert_false(HEAR("\033]4;1;red\007").sequence.asks);
}

static void what_is_printable_is_skipped(void **state)
{
	struct pf_ecma48 parser = {0};

	(void)state;
	assert_int_equal(pf_ecma48_skip(&parser, "ab ~\n", 5), 4);
	assert_int_equal(pf_ecma48_skip(&parser, "\033[m", 3), 0);
	assert_int_equal(pf_ecma48_skip(&parser, "\177", 1), 0);
	assert_int_equal(pf_ecma48_skip(&parser, "\303", 1), 0);
	pf_ecma48_next(&parser, 0x1b);
	assert_int_equal(pf_ecma48_skip(&parser, "ab", 2), 0);
}

static void a_corrupt_parser_is_refused(void **state)
{
	struct pf_ecma48 parser = {0};

	(void)state;
	assert_true(pf_ecma48_is_sound(&parser));
	static const size_t places[] = {
		offsetof(struct pf_ecma48, state),     offsetof(struct pf_ecma48, kind),
		offsetof(struct pf_ecma48, rest),      offsetof(struct pf_ecma48, prefix),
		offsetof(struct pf_ecma48, middle),    offsetof(struct pf_ecma48, middle) + 1,
		offsetof(struct pf_ecma48, final),     offsetof(struct pf_ecma48, is_wrong),
		offsetof(struct pf_ecma48, count),     offsetof(struct pf_ecma48, asks),
		offsetof(struct pf_ecma48, text_size),
	};
	for (size_t i = 0; i < UNIT_COUNT(places); i++) {
		struct pf_ecma48 bad = parser;
		((unsigned char *)&bad)[places[i]] = 200;
		assert_false(pf_ecma48_is_sound(&bad));
	}
}

/* Returns a parser that has read these bytes. */
static struct pf_ecma48 after(const char *bytes)
{
	struct pf_ecma48 parser = {0};

	for (; *bytes; bytes++)
		pf_ecma48_next(&parser, (unsigned char)*bytes);
	return parser;
}

/* While the parser reads too many parameters, their count is one above the maximum, and the final
 * byte sets the count to the maximum. So in the text of a control string (DCS, OSC), a count above
 * the maximum is not valid. */
static void a_string_has_no_more_parameters_than_there_is_room_for(void **state)
{
	struct pf_ecma48 many = after("\033P1;2;3;4;5;6;7;8;9;10;11;12;13;14;15;16;17;18;19;20;"
				      "21;22;23;24;25;26;27;28;29;30;31;32;33");

	(void)state;
	assert_int_equal(many.count, PF_ECMA48_PARAMS + 1);
	assert_true(pf_ecma48_is_sound(&many));
	struct pf_ecma48 string = after("\033Pq");
	assert_true(pf_ecma48_is_sound(&string));
	string.count = PF_ECMA48_PARAMS + 1;
	assert_false(pf_ecma48_is_sound(&string));
	string = after("\033Pq");
	string.kind = PF_ECMA48_CSI;
	assert_false(pf_ecma48_is_sound(&string));
	struct pf_ecma48 escape = after("\033[1;2");
	escape.kind = PF_ECMA48_OSC;
	assert_false(pf_ecma48_is_sound(&escape));
}

static uint32_t seed;

static unsigned chance(unsigned below)
{
	seed = seed * 1664525 + 1013904223;
	return (seed >> 8) % below;
}

/* Returns a random byte. Bytes that are special to a terminal are more frequent. */
static unsigned char any_byte(void)
{
	static const char likely[] = "\033[]P?>;:019hlmcnqu$\\\007\030\302\233\220\234\303\251";

	return chance(4) ? (unsigned char)likely[chance(sizeof(likely) - 1)]
			 : (unsigned char)chance(256);
}

/* The members of the parser are valid after any bytes. CAN then ends a sequence, and the parser
 * recognizes ESC [ m. */
static void any_bytes_are_parsed(void **state)
{
	(void)state;
	for (seed = 1; seed < 4000000000u; seed += 40000003) {
		uint32_t start = seed;
		struct pf_ecma48 parser = {0};
		for (int i = 0; i < 400; i++) {
			int was_between = pf_ecma48_is_between(&parser);
			enum pf_ecma48_event event = pf_ecma48_next(&parser, any_byte());
			assert_true(pf_ecma48_is_sound(&parser));
			assert_false(was_between &&
				     (event == PF_ECMA48_AGAIN || event == PF_ECMA48_NEXT ||
				      event == PF_ECMA48_LOST));
			if (event == PF_ECMA48_DONE || event == PF_ECMA48_LOST)
				assert_int_equal(parser.state, 0);
		}
		pf_ecma48_next(&parser, 0x18);
		assert_true(pf_ecma48_is_between(&parser));
		pf_ecma48_next(&parser, 0x1b);
		pf_ecma48_next(&parser, '[');
		assert_int_equal(pf_ecma48_next(&parser, 'm'), PF_ECMA48_DONE);
		assert_true(pf_ecma48_is(&parser, PF_ECMA48_CSI, "m"));
		seed = start;
	}
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(each_byte_has_its_class),
	cmocka_unit_test(parameters_are_numbers_with_separators),
	cmocka_unit_test(too_many_parameters_are_left_out),
	cmocka_unit_test(the_start_of_a_string_is_kept),
	cmocka_unit_test(what_is_printable_is_skipped),
	cmocka_unit_test(a_corrupt_parser_is_refused),
	cmocka_unit_test(a_string_has_no_more_parameters_than_there_is_room_for),
	cmocka_unit_test(any_bytes_are_parsed),
};

UNIT_MAIN(tests)
