/* SPDX-License-Identifier: BSD-2-Clause */
/* Filters the output of a detached container (screen.h). */
#include "screen.h"

#include <string.h>

#define ENQ 0x05
#define BEL 0x07

/* CSI sequences that make a terminal answer, or change more than its screen. */
static const char csi_questions[][4] = {
	"c",   ">c",  "=c", /* DA: kind of terminal */
	"n",   "?n",        /* DSR: state, position of the cursor */
	"$p",  "?$p",       /* DECRQM: a mode */
	"?u",               /* kitty's keyboard protocol */
	">q",               /* XTVERSION */
	"?m",  "?g",        /* XTQMODKEYS, XTQFMTKEYS */
	"x",                /* DECREQTPARM */
	"t",                /* XTWINOPS: sizes, titles; moves the window */
	"i",   "?i",        /* MC: prints */
	"'|",  "'w",  "'{", /* DECRQLP, DECEFR, DECSLE: the locator */
	"*y",               /* DECRQCRA: a checksum of the screen */
	"$w",  "$u",  "&u", /* DECRQPSR, DECRQTSR, DECRQUPSS */
	"\"v", "+x",  "+p", /* DECRQDE, DECRQPKFM, DECSR */
	",u",  ",w",        /* DECRQKT, DECRQKD: definition of a key */
	"> q",              /* kitty's further cursors */
	"]",                /* Linux: the bell, switch of the console */
	"?S",               /* XTSMGRAPHICS */
	"#|",  "#R",  "#S", /* XTREPORTSGR, XTREPORTCOLORS, XTTITLEPOS */
	"*z",               /* DECINVM: a macro, which may hold any sequence */
	",~",               /* DECPS: a sound */
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static int is_question(const struct pf_ecma48 *parser)
{
	for (size_t i = 0; i < COUNT(csi_questions); i++)
		if (pf_ecma48_is(parser, PF_ECMA48_CSI, csi_questions[i]))
			return 1;
	return pf_ecma48_is(parser, PF_ECMA48_ESC, "Z"); /* DECID: identify terminal */
}

static int begins(const struct pf_ecma48 *parser, const char *text)
{
	size_t size = strlen(text);

	return parser->text_size >= size && memcmp(parser->text, text, size) == 0;
}

/* Decides on a device control string (DCS). Terminals differ most in these: some make the terminal
 * answer, some define macros or keys, and some are commands for tmux and kitty. So only strings
 * pass that are known to change only the screen. ReGIS is dropped, because a ReGIS command makes
 * the terminal answer. */
static enum pf_verdict judge_dcs(const struct pf_ecma48 *parser)
{
	static const char shown[][3] = {
		"q",  /* sixel graphics */
		"{",  /* DECDLD: characters */
		"!u", /* DECAUPSS: a character set */
		"$t", /* DECRSPS: the cursor, or tab stops */
		"=s", /* delayed drawing */
	};

	for (size_t i = 0; i < COUNT(shown); i++)
		if (pf_ecma48_is(parser, PF_ECMA48_DCS, shown[i]))
			return PF_PASSES;
	return PF_DROPS;
}

/* Ranges of the OSC numbers that change only the screen; -1 is a title without a number. Other OSC
 * strings change the clipboard, files, window properties or editor functions. */
static const struct string {
	int first, last;
	int is_text; /* question marks are ordinary text; 0: a question mark asks for a value */
} shown_strings[] = {
	{-1, -1, 0},   /* a title of dtterm */
	{0, 2, 1},     /* titles */
	{4, 5, 0},     /* colours */
	{7, 8, 1},     /* the directory, links */
	{10, 19, 0},   /* colours */
	{21, 22, 0},   /* colours, the pointer */
	{50, 50, 0},   /* a font */
	{66, 66, 1},   /* text of a given size */
	{104, 105, 0}, /* reset of colours */
	{110, 119, 0}, /* reset of colours */
	{133, 133, 1}, /* marks of a shell */
	{633, 633, 1}, /* marks of a shell */
};

static const struct string *find_string(int number)
{
	for (size_t i = 0; i < COUNT(shown_strings); i++)
		if (number >= shown_strings[i].first && number <= shown_strings[i].last)
			return &shown_strings[i];
	return NULL;
}

static enum pf_verdict judge_osc(const struct pf_ecma48 *parser, int is_whole)
{
	const struct string *string = find_string(pf_osc_number(parser));

	if (begins(parser, "0") && !begins(parser, "0;") && parser->text_size > 1)
		return PF_DROPS; /* a terminal may read more digits than the parser stores */
	if (begins(parser, "9;4;"))
		return PF_PASSES; /* a progress bar */
	if (!string)
		return PF_DROPS;
	if (string->is_text)
		return PF_PASSES;
	return parser->asks ? PF_DROPS : is_whole ? PF_PASSES : PF_HOLDS;
}

enum pf_verdict pf_screen_judge(const struct pf_ecma48 *parser, int is_whole)
{
	switch ((enum pf_ecma48_kind)parser->kind) {
	case PF_ECMA48_ESC:
	case PF_ECMA48_CSI:
		return is_question(parser) ? PF_DROPS : PF_PASSES;
	case PF_ECMA48_DCS:
		return judge_dcs(parser);
	case PF_ECMA48_OSC:
		return judge_osc(parser, is_whole);
	case PF_ECMA48_OTHER: /* kitty's pictures, for which a terminal sends answers */
	case PF_ECMA48_NONE:
		break;
	}
	return PF_DROPS;
}

/* Returns the classes of modes (modes.h) that are not passed to the terminal. */
static unsigned withheld(const struct pf_screen *screen)
{
	if (screen->use == PF_SCREEN_LOG)
		return PF_MODE_KEYS | PF_MODE_SPEAKS | PF_MODE_ALTERNATE;
	return screen->is_live ? 0 : PF_MODE_SPEAKS;
}

static unsigned class_of_mode(const struct pf_ecma48 *parser, size_t i)
{
	int is_private = parser->prefix == '?';
	unsigned number = parser->param[i];
	int row = pf_mode_find(is_private, number);

	if (row >= 0)
		return pf_mode_table[row].class;
	if (is_private && number == PF_MODE_ANSI)
		return PF_MODE_SPEAKS;
	return is_private && pf_mode_is_alternate(number) ? PF_MODE_ALTERNATE : PF_MODE_SCREEN;
}

static int is_setting(const struct pf_ecma48 *parser)
{
	static const char words[][3] = {"h", "l", "?h", "?l", "?s", "?r"};

	for (size_t i = 0; i < COUNT(words); i++)
		if (pf_ecma48_is(parser, PF_ECMA48_CSI, words[i]))
			return 1;
	return 0;
}

/* Replaces a sequence that sets modes with a sequence without the modes that are not passed. */
static void pass_setting(struct pf_screen *screen, struct pf_text *text)
{
	const struct pf_ecma48 *parser = &screen->parser;
	char word[PF_ECMA48_PARAMS * 6 + 4], *at = word;

	*at++ = '\033';
	*at++ = '[';
	if (parser->prefix)
		*at++ = parser->prefix;
	char *first = at;
	for (size_t i = 0; i < parser->count; i++) {
		char digits[5];
		size_t size = 0;
		if (parser->param[i] == 0 || class_of_mode(parser, i) & withheld(screen))
			continue; /* mode 0, or no number: no such mode exists */
		for (unsigned n = parser->param[i]; n > 0 || size == 0; n /= 10)
			digits[size++] = (char)('0' + n % 10);
		if (at > first)
			*at++ = ';';
		while (size > 0)
			*at++ = digits[--size];
	}
	if (at == first)
		return;
	*at++ = parser->final;
	pf_text_add(text, word, (size_t)(at - word));
}

/* Tells whether a sequence other than a mode changes how the terminal sends keys. */
static int is_about_keys(const struct pf_ecma48 *parser)
{
	static const char words[][3] = {">u", "<u", "=u", ">m", ">n", ">f", "\"p"};

	for (size_t i = 0; i < COUNT(words); i++)
		if (pf_ecma48_is(parser, PF_ECMA48_CSI, words[i]))
			return 1;
	return pf_ecma48_is(parser, PF_ECMA48_ESC, "=") ||
	       pf_ecma48_is(parser, PF_ECMA48_ESC, ">") ||
	       pf_ecma48_is(parser, PF_ECMA48_ESC, " G");
}

/* Tells whether a sequence could make later bytes of the kept output cause answers: it enables the
 * locator (DECELR), or selects a character set other than UTF-8, in which a character may be a
 * query. */
static int makes_speak(const struct pf_ecma48 *parser)
{
	return pf_ecma48_is(parser, PF_ECMA48_CSI, "'z") ||
	       (parser->kind == PF_ECMA48_ESC && parser->middle[0] == '%');
}

/* Tells whether a sequence other than a mode is not passed at all. */
static int is_withheld(const struct pf_screen *screen)
{
	unsigned classes = withheld(screen);

	return (classes & PF_MODE_KEYS && is_about_keys(&screen->parser)) ||
	       (classes & PF_MODE_SPEAKS && makes_speak(&screen->parser));
}

static void release(struct pf_screen *screen, struct pf_text *text)
{
	pf_text_add(text, screen->held, screen->held_size);
	screen->held_size = 0;
}

/* Passes or drops a complete sequence. */
static void decide(struct pf_screen *screen, struct pf_text *text)
{
	const struct pf_ecma48 *parser = &screen->parser;
	enum pf_verdict verdict = screen->verdict;
	int is_end = pf_ecma48_is(parser, PF_ECMA48_ESC, "\\") && screen->dropped_text;

	if (verdict == PF_HOLDS)
		verdict = pf_screen_judge(parser, 1);
	screen->verdict = PF_HOLDS;
	screen->dropped_text =
		verdict == PF_DROPS && (screen->dropped_text || parser->kind != PF_ECMA48_CSI);
	if (verdict == PF_DROPS || is_end || is_withheld(screen)) {
		screen->held_size = 0;
	} else if (is_setting(parser)) {
		screen->held_size = 0;
		pass_setting(screen, text);
	} else {
		release(screen, text);
	}
}

/* Handles a complete sequence after an unfinished control string or character that may have been
 * written. If the sequence is passed, it ends the string or character. Otherwise writes a cancel
 * (CAN). */
static void settle(struct pf_screen *screen, struct pf_text *text)
{
	size_t before = text->size;

	decide(screen, text);
	if (screen->is_open && text->size == before)
		pf_text_add(text, PF_CANCEL, 1);
	screen->is_open = 0;
}

/* Handles a control string that ends because another sequence begins. */
static void settle_text(struct pf_screen *screen, struct pf_text *text)
{
	size_t before = text->size;

	settle(screen, text);
	screen->is_open = text->size > before;
}

/* Stores a byte of an unfinished sequence. If the sequence gets too long, decides by its first
 * bytes. */
static void hold(struct pf_screen *screen, char byte, struct pf_text *text)
{
	if (screen->held_size == PF_SCREEN_HELD && screen->verdict == PF_HOLDS) {
		int is_text = screen->parser.kind >= PF_ECMA48_DCS && screen->parser.text_size;
		enum pf_verdict verdict = is_text ? pf_screen_judge(&screen->parser, 0) : PF_DROPS;
		screen->verdict = verdict == PF_PASSES ? PF_PASSES : PF_DROPS;
	}
	if (screen->verdict == PF_PASSES)
		release(screen, text);
	if (screen->verdict == PF_DROPS)
		screen->held_size = 0;
	else
		screen->held[screen->held_size++] = byte;
}

/* Drops a sequence that has no effect. If a part was written, cancels it in the terminal. */
static void forget(struct pf_screen *screen, struct pf_text *text)
{
	if (screen->verdict == PF_PASSES || screen->is_open)
		pf_text_add(text, PF_CANCEL, 1);
	screen->is_open = 0;
	screen->held_size = 0;
	screen->verdict = PF_HOLDS;
}

static int is_continuation(char byte)
{
	return ((unsigned char)byte & 0xc0) == 0x80;
}

/* Tells whether the stored byte is the first byte of a character that may be a C1 control. */
static int holds_character(const struct pf_screen *screen)
{
	return screen->held_size == 1 && screen->held[0] == '\302';
}

/* Passes a plain byte. It may be a control inside a sequence or a character. */
static void pass_plain(struct pf_screen *screen, char byte, int is_in_character,
		       struct pf_text *text)
{
	int is_inside = screen->parser.state != 0;

	if (!is_inside)
		release(screen, text); /* the stored byte did not begin a control */
	if (byte != ENQ && byte != BEL)
		pf_text_add(text, &byte, 1);
	else if (is_in_character)
		pf_text_add(text, PF_CANCEL, 1);
}

static void take_history(struct pf_screen *screen, char byte, struct pf_text *text)
{
	int is_in_character = screen->parser.rest > 0 && screen->parser.state == 0;

	switch (pf_ecma48_next(&screen->parser, (unsigned char)byte)) {
	case PF_ECMA48_PLAIN:
		pf_modes_take(&screen->modes, &screen->parser, PF_ECMA48_PLAIN,
			      (unsigned char)byte);
		pass_plain(screen, byte, is_in_character, text);
		break;
	case PF_ECMA48_PART:
		if (holds_character(screen) && !is_continuation(byte))
			release(screen, text);
		if (is_in_character && !is_continuation(byte))
			screen->is_open = 1;
		hold(screen, byte, text);
		break;
	case PF_ECMA48_DONE:
		pf_modes_take(&screen->modes, &screen->parser, PF_ECMA48_DONE, 0);
		hold(screen, byte, text);
		settle(screen, text);
		break;
	case PF_ECMA48_NEXT:
		pf_modes_take(&screen->modes, &screen->parser, PF_ECMA48_NEXT, 0);
		settle_text(screen, text);
		hold(screen, byte, text);
		break;
	case PF_ECMA48_AGAIN:
		forget(screen, text);
		hold(screen, byte, text);
		break;
	case PF_ECMA48_LOST:
		forget(screen, text);
		break;
	}
}

static int ends_line(char byte)
{
	return byte == '\n' || byte == '\r';
}

/* Skips the rest of a sequence whose start was lost. Returns the number of skipped bytes. Leaves
 * screen->is_cut set if more of the rest may follow. For a file or pipe, stops at the end of the
 * line, because the reader must get every byte that does not depend on the lost bytes. */
static size_t skip_cut(struct pf_screen *screen, const char *data, size_t size)
{
	struct pf_ecma48 *parser = &screen->parser;

	for (size_t i = 0; i < size; i++) {
		struct pf_ecma48 before = *parser;
		int was_inside = parser->state != 0;
		enum pf_ecma48_event event = pf_ecma48_next(parser, (unsigned char)data[i]);
		int is_first = event == PF_ECMA48_NEXT || event == PF_ECMA48_AGAIN ||
			       (screen->use == PF_SCREEN_BYTES && ends_line(data[i]));
		if (is_first || (!was_inside && !is_continuation(data[i]))) {
			pf_modes_take(&screen->modes, parser, event, 0);
			*parser = before;
			parser->state = parser->rest = 0;
			screen->is_cut = 0;
			return i;
		}
		pf_modes_take(&screen->modes, parser, event, (unsigned char)data[i]);
		if (pf_ecma48_is_between(parser)) {
			screen->is_cut = 0;
			return i + 1;
		}
	}
	return size;
}

static void feed_history(struct pf_screen *screen, const char *data, size_t size,
			 struct pf_text *text)
{
	for (size_t i = 0; i < size; i++) {
		size_t count = pf_ecma48_skip(&screen->parser, data + i, size - i);
		if (count > 0)
			release(screen, text);
		pf_text_add(text, data + i, count);
		i += count;
		if (i < size)
			take_history(screen, data[i], text);
	}
}

void pf_screen_feed(struct pf_screen *screen, const char *data, size_t size, struct pf_text *text)
{
	size_t start = 0;

	if (screen->is_cut) {
		start = skip_cut(screen, data, size);
		if (!screen->is_cut)
			pf_modes_enter(&screen->modes, screen->enters, text);
	}
	if (screen->use == PF_SCREEN_BYTES || screen->is_live)
		pf_text_add(text, data + start, size - start);
	else
		feed_history(screen, data + start, size - start, text);
}

void pf_screen_start(struct pf_screen *screen, enum pf_screen_use use)
{
	memset(screen, 0, sizeof(*screen));
	screen->use = use;
}

void pf_screen_cut(struct pf_screen *screen, const struct pf_ecma48 *parser,
		   const struct pf_modes *modes, struct pf_text *text)
{
	pf_terminal_state_put_back(&screen->shown, text);
	screen->parser = *parser;
	screen->modes = *modes;
	screen->held_size = 0;
	screen->verdict = PF_HOLDS;
	screen->is_cut = !pf_ecma48_is_between(parser);
	screen->enters = screen->use == PF_SCREEN_BYTES ? 0 : PF_MODE_ALL & ~withheld(screen);
	if (!screen->is_cut)
		pf_modes_enter(modes, screen->enters, text);
}

/* Writes the stored start of an unfinished sequence. Its rest comes as new output, and a terminal
 * must answer new output. */
void pf_screen_live(struct pf_screen *screen, struct pf_text *text)
{
	if (screen->use != PF_SCREEN_ATTACH || screen->is_live)
		return;
	if (screen->is_cut)
		screen->enters |= PF_MODE_SPEAKS;
	else
		pf_modes_enter(&screen->modes, PF_MODE_SPEAKS, text);
	if (screen->verdict == PF_DROPS && !screen->is_cut) {
		screen->is_cut = 1;
		screen->enters = 0;
	}
	screen->is_live = 1;
	release(screen, text);
}
