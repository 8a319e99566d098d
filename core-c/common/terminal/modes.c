/* SPDX-License-Identifier: BSD-2-Clause */
/* Tracks the modes that a program sets in its terminal (modes.h). */
#include "modes.h"

#include <string.h>

#define SCREEN PF_MODE_SCREEN
#define KEYS PF_MODE_KEYS
#define SPEAKS PF_MODE_SPEAKS

/* The modes of a terminal. The table leaves out modes whose default depends on the terminal or its
 * user, because the value to restore is not known. */
const struct pf_mode pf_mode_table[] = {
	/* number, private, class, on by default, soft */
	{2, 0, KEYS, 0, 1},      /* KAM: the keyboard is locked */
	{4, 0, SCREEN, 0, 1},    /* IRM: characters are inserted */
	{12, 0, KEYS, 1, 0},     /* SRM: the terminal does not show typed characters */
	{20, 0, SCREEN, 0, 0},   /* LNM: a line feed also returns to the first column */
	{1, 1, KEYS, 0, 1},      /* DECCKM: cursor keys in application mode */
	{4, 1, SCREEN, 0, 0},    /* DECSCLM: smooth scrolling */
	{5, 1, SCREEN, 0, 0},    /* DECSCNM: a reversed screen */
	{6, 1, SCREEN, 0, 1},    /* DECOM: positions count from the margins */
	{7, 1, SCREEN, 1, 1},    /* DECAWM: long lines wrap */
	{8, 1, KEYS, 1, 0},      /* DECARM: keys repeat */
	{9, 1, SPEAKS, 0, 0},    /* the mouse, in the protocol of X10 */
	{12, 1, SCREEN, 0, 0},   /* the cursor blinks */
	{25, 1, SCREEN, 1, 1},   /* DECTCEM: the cursor is shown */
	{42, 1, KEYS, 0, 1},     /* DECNRCM: national character sets */
	{45, 1, SCREEN, 0, 0},   /* backspace wraps */
	{66, 1, KEYS, 0, 1},     /* DECNKM: keypad in application mode */
	{67, 1, KEYS, 0, 0},     /* DECBKM: backspace is sent as BS */
	{69, 1, SCREEN, 0, 1},   /* DECLRMM: left and right margins */
	{80, 1, SCREEN, 0, 0},   /* DECSDM: sixel graphics do not scroll */
	{1000, 1, SPEAKS, 0, 0}, /* the mouse: buttons */
	{1001, 1, SPEAKS, 0, 0}, /* highlighting with the mouse */
	{1002, 1, SPEAKS, 0, 0}, /* movements of the mouse while a button is held */
	{1003, 1, SPEAKS, 0, 0}, /* all movements of the mouse */
	{1004, 1, SPEAKS, 0, 0}, /* focus reports */
	{1005, 1, SPEAKS, 0, 0}, /* the mouse in UTF-8 */
	{1006, 1, SPEAKS, 0, 0}, /* the mouse, in the protocol of SGR */
	{1007, 1, SPEAKS, 0, 0}, /* the wheel is sent as cursor keys */
	{1015, 1, SPEAKS, 0, 0}, /* the mouse, in the protocol of urxvt */
	{1016, 1, SPEAKS, 0, 0}, /* the mouse in pixels */
	{1050, 1, KEYS, 0, 0},   /* function keys of terminfo */
	{1051, 1, KEYS, 0, 0},   /* function keys of Sun */
	{1052, 1, KEYS, 0, 0},   /* function keys of HP */
	{1053, 1, KEYS, 0, 0},   /* function keys of SCO */
	{1060, 1, KEYS, 0, 0},   /* function keys of X11R6 */
	{1061, 1, KEYS, 0, 0},   /* function keys of a VT220 */
	{2004, 1, KEYS, 0, 0},   /* brackets around pasted text */
	{2026, 1, SCREEN, 0, 0}, /* synchronized output: the screen is drawn later */
	{2027, 1, SCREEN, 0, 0}, /* clusters of graphemes */
	{2031, 1, SPEAKS, 0, 0}, /* reports of a changed colour scheme */
	{2048, 1, SPEAKS, 0, 0}, /* reports of a changed window size */
	{5522, 1, SPEAKS, 0, 0}, /* pastes, in the protocol of kitty */
	{7727, 1, KEYS, 0, 0},   /* mintty: a sequence for the escape key */
	{8452, 1, SCREEN, 0, 0}, /* the cursor is right of sixel graphics */
	{9001, 1, KEYS, 0, 0},   /* win32-input-mode */
};
const size_t pf_mode_count = sizeof(pf_mode_table) / sizeof(pf_mode_table[0]);

_Static_assert(sizeof(pf_mode_table) / sizeof(pf_mode_table[0]) < PF_MODES, "bits of changed");

int pf_mode_find(int is_private, unsigned number)
{
	for (size_t i = 0; i < pf_mode_count; i++)
		if (pf_mode_table[i].number == number && pf_mode_table[i].is_private == is_private)
			return (int)i;
	return -1;
}

int pf_mode_is_alternate(unsigned number)
{
	return number == 47 || number == 1047 || number == 1049;
}

static void put_bit(uint64_t *bits, int row, int value)
{
	*bits = value ? *bits | 1ull << row : *bits & ~(1ull << row);
}

static void put_other(struct pf_modes *modes, enum pf_mode_other other, int value)
{
	modes->others = (uint8_t)(value ? modes->others | other : modes->others & ~other);
}

static void set_mode(struct pf_modes *modes, int is_private, unsigned number, int on)
{
	int row = pf_mode_find(is_private, number);

	if (row >= 0)
		put_bit(&modes->changed, row, on != pf_mode_table[row].is_on);
	else if (is_private && pf_mode_is_alternate(number))
		modes->alternate = on ? (uint16_t)number : 0;
	else if (is_private && number == PF_MODE_ANSI)
		put_other(modes, PF_MODES_VT52, !on);
}

int pf_modes_has(const struct pf_modes *modes, unsigned number)
{
	int row = pf_mode_find(1, number);

	return row >= 0 && pf_mode_table[row].is_on != (int)(modes->changed >> row & 1);
}

/* Takes CSI h and l, which set and reset modes, and CSI ? s and r, which save and restore modes. */
static void take_mode(struct pf_modes *modes, const struct pf_ecma48 *parser)
{
	for (size_t i = 0; i < parser->count; i++) {
		int is_private = parser->prefix == '?';
		int row = pf_mode_find(is_private, parser->param[i]);

		if (parser->final == 'h' || parser->final == 'l')
			set_mode(modes, is_private, parser->param[i], parser->final == 'h');
		else if (row >= 0 && parser->final == 's')
			put_bit(&modes->saved, row, (int)(modes->changed >> row & 1));
		else if (row >= 0)
			put_bit(&modes->changed, row, (int)(modes->saved >> row & 1));
	}
}

static void push(struct pf_keyboard *keyboard, unsigned flags)
{
	memmove(keyboard->flags + 1, keyboard->flags, PF_KEYBOARD_DEPTH - 1);
	keyboard->flags[0] = (uint8_t)(flags & PF_KEYBOARD_FLAGS);
	keyboard->depth += keyboard->depth < UINT16_MAX;
}

static void pop(struct pf_keyboard *keyboard, unsigned count)
{
	if (count > keyboard->depth) {
		memset(keyboard, 0, sizeof(*keyboard));
		return;
	}
	keyboard->depth -= (uint16_t)count;
	for (; count > 0; count--) {
		memmove(keyboard->flags, keyboard->flags + 1, PF_KEYBOARD_DEPTH - 1);
		keyboard->flags[PF_KEYBOARD_DEPTH - 1] = 0;
	}
}

/* Takes CSI > u, < u and = u: kitty's keyboard protocol. */
static void take_keyboard(struct pf_modes *modes, const struct pf_ecma48 *parser)
{
	struct pf_keyboard *keyboard = &modes->keyboard[modes->alternate != 0];
	unsigned value = pf_ecma48_param(parser, 0), how = pf_ecma48_param(parser, 1);

	if (parser->prefix == '>')
		push(keyboard, value);
	else if (parser->prefix == '<')
		pop(keyboard, value ? value : 1);
	else if (parser->prefix == '=' && how == 2)
		keyboard->flags[0] |= (uint8_t)(value & PF_KEYBOARD_FLAGS);
	else if (parser->prefix == '=' && how == 3)
		keyboard->flags[0] &= (uint8_t)~value;
	else if (parser->prefix == '=')
		keyboard->flags[0] = (uint8_t)(value & PF_KEYBOARD_FLAGS);
}

/* Takes CSI > m, n and f: xterm's options for keys. */
static void take_key_option(struct pf_modes *modes, const struct pf_ecma48 *parser)
{
	uint8_t *options = parser->final == 'f' ? modes->format : modes->modify;
	unsigned which = pf_ecma48_param(parser, 0), value = pf_ecma48_param(parser, 1);

	if (parser->count == 0)
		memset(options, 0, PF_KEY_RESOURCES);
	else if (which < PF_KEY_RESOURCES && parser->final == 'n')
		options[which] = PF_KEY_DISABLED;
	else if (which < PF_KEY_RESOURCES)
		options[which] =
			parser->count > 1 && value < PF_KEY_MOST ? (uint8_t)(value + 1) : 0;
}

/* Takes CSI m. A 0 resets the colours. But after 38, 48 or 58, a 0 may be the number of a colour,
 * and resets nothing. */
static void take_rendition(struct pf_modes *modes, const struct pf_ecma48 *parser)
{
	if (parser->count == 0)
		modes->others &= (uint8_t)~PF_MODES_COLOURED;
	for (size_t i = 0; i < parser->count; i++) {
		unsigned value = parser->param[i];
		if (value != 0)
			modes->others |= PF_MODES_COLOURED;
		else if (!(parser->joined >> i & 1))
			modes->others &= (uint8_t)~PF_MODES_COLOURED;
		if (value == 38 || value == 48 || value == 58)
			return;
	}
}

/* Takes CSI ! p, the soft reset. */
static void reset_softly(struct pf_modes *modes)
{
	for (size_t i = 0; i < pf_mode_count; i++)
		if (pf_mode_table[i].is_soft)
			put_bit(&modes->changed, (int)i, 0);
	modes->top = modes->bottom = 0;
	modes->shift = 0;
	memset(modes->charset, 0, sizeof(modes->charset));
	modes->others &= (uint8_t)~PF_MODES_COLOURED;
}

/* Takes CSI " p: the kind of the terminal, and whether the terminal sends C1 controls. */
static void take_level(struct pf_modes *modes, const struct pf_ecma48 *parser)
{
	const unsigned level = pf_ecma48_param(parser, 0) - 60;

	if (level < 1 || level > 5)
		return;
	modes->level = (uint8_t)(level <= 3 ? level : 0);
	put_other(modes, PF_MODES_EIGHT_BIT, level > 1 && pf_ecma48_param(parser, 1) != 1);
}

static void take_csi(struct pf_modes *modes, const struct pf_ecma48 *parser)
{
	const unsigned first = pf_ecma48_param(parser, 0);
	static const char settings[][3] = {"h", "l", "?h", "?l", "?s", "?r"};

	for (size_t i = 0; i < sizeof(settings) / sizeof(settings[0]); i++)
		if (pf_ecma48_is(parser, PF_ECMA48_CSI, settings[i]))
			take_mode(modes, parser);
	if (parser->final == 'u' && parser->prefix && !parser->middle[0])
		take_keyboard(modes, parser);
	else if (parser->prefix == '>' && !parser->middle[0] && strchr("mnf", parser->final))
		take_key_option(modes, parser);
	else if (pf_ecma48_is(parser, PF_ECMA48_CSI, "m"))
		take_rendition(modes, parser);
	else if (pf_ecma48_is(parser, PF_ECMA48_CSI, "!p"))
		reset_softly(modes);
	else if (pf_ecma48_is(parser, PF_ECMA48_CSI, " q"))
		modes->cursor_style = (uint8_t)(first <= PF_CURSOR_STYLE_MOST ? first : 0);
	else if (pf_ecma48_is(parser, PF_ECMA48_CSI, "'z"))
		put_other(modes, PF_MODES_LOCATOR, first == 1);
	else if (pf_ecma48_is(parser, PF_ECMA48_CSI, "?W"))
		put_other(modes, PF_MODES_TABS, 0);
	else if (pf_ecma48_is(parser, PF_ECMA48_CSI, "g"))
		put_other(modes, PF_MODES_TABS, 1);
	else if (pf_ecma48_is(parser, PF_ECMA48_CSI, "\"p"))
		take_level(modes, parser);
	else if (pf_ecma48_is(parser, PF_ECMA48_CSI, "$~"))
		modes->status_line = (uint8_t)(first <= 2 ? first : 0);
	else if (pf_ecma48_is(parser, PF_ECMA48_CSI, "$}"))
		put_other(modes, PF_MODES_STATUS, first == 1);
	if (pf_ecma48_is(parser, PF_ECMA48_CSI, "r")) {
		modes->top = (uint16_t)first;
		modes->bottom = (uint16_t)pf_ecma48_param(parser, 1);
	}
}

static void take_charset(struct pf_modes *modes, const struct pf_ecma48 *parser)
{
	static const char sets[] = "()*+";
	const char *set = strchr(sets, parser->middle[0]);

	if (set && parser->middle[1])
		modes->charset[set - sets] = '?'; /* a character set whose name has several bytes */
	else if (set)
		modes->charset[set - sets] = (uint8_t)(parser->final == 'B' ? 0 : parser->final);
}

/* Takes ESC c, the full reset (RIS). Keeps the settings of OSC strings, because many terminals keep
 * them. In VT52 mode, a terminal ignores this sequence. */
static void reset(struct pf_modes *modes)
{
	const uint32_t strings = modes->strings;
	const uint8_t others = modes->others & PF_MODES_VT52;

	memset(modes, 0, sizeof(*modes));
	modes->strings = strings;
	modes->others = others;
}

static void take_esc(struct pf_modes *modes, const struct pf_ecma48 *parser)
{
	const char final = parser->final;

	if (parser->middle[0] == '%')
		put_other(modes, PF_MODES_NOT_UTF8, final == '@');
	else if (parser->middle[0] == ' ' && (final == 'F' || final == 'G'))
		put_other(modes, PF_MODES_EIGHT_BIT, final == 'G');
	else if (parser->middle[0])
		take_charset(modes, parser);
	else if (final == 'c')
		reset(modes);
	else if (final == '=' || final == '>')
		set_mode(modes, 1, PF_MODE_KEYPAD, final == '=');
	else if (final == '<')
		put_other(modes, PF_MODES_VT52, 0);
	else if (final == 'H')
		put_other(modes, PF_MODES_TABS, 1);
	else if (final == 'n' || final == 'o')
		modes->shift = final == 'n' ? 2 : 3;
}

int pf_osc_number(const struct pf_ecma48 *parser)
{
	int number = 0, i = 0;

	while (i < parser->text_size && parser->text[i] >= '0' && parser->text[i] <= '9' && i < 6)
		number = number * 10 + parser->text[i++] - '0';
	return i == 0 ? -1 : number;
}

static uint32_t string_bit(const struct pf_ecma48 *parser, int number)
{
	if (number >= 10 && number <= 19)
		return (uint32_t)PF_MODES_COLOUR_10 << (number - 10);
	switch (number) {
	case 4:
		return PF_MODES_PALETTE;
	case 5:
		return PF_MODES_SPECIAL;
	case 8:
		return PF_MODES_LINK;
	case 9:
		return memcmp(parser->text, "9;4;", 4) == 0 ? PF_MODES_PROGRESS : 0;
	case 22:
		return PF_MODES_POINTER;
	default:
		return 0;
	}
}

/* Takes an OSC string that changes a setting. 104 without parameters resets all settings of 4; 105
 * does so for 5, and so on. */
static void take_osc(struct pf_modes *modes, const struct pf_ecma48 *parser)
{
	int number = pf_osc_number(parser);

	if (number >= 104 && number <= 119 && parser->text_size == 3)
		modes->strings &= ~string_bit(parser, number - 100);
	else if (number < 100 && (!parser->asks || number == 8))
		modes->strings |= string_bit(parser, number);
}

void pf_modes_take(struct pf_modes *modes, const struct pf_ecma48 *parser,
		   enum pf_ecma48_event event, unsigned char byte)
{
	if (event == PF_ECMA48_PLAIN && (byte == 0x0e || byte == 0x0f))
		modes->shift = byte == 0x0e;
	if (event != PF_ECMA48_DONE && event != PF_ECMA48_NEXT)
		return;
	if (parser->kind == PF_ECMA48_CSI)
		take_csi(modes, parser);
	else if (parser->kind == PF_ECMA48_ESC)
		take_esc(modes, parser);
	else if (parser->kind == PF_ECMA48_OSC)
		take_osc(modes, parser);
	else if (pf_ecma48_is(parser, PF_ECMA48_DCS, "|"))
		modes->strings |= PF_MODES_USER_KEYS;
}

void pf_modes_feed(struct pf_modes *modes, struct pf_ecma48 *parser, const char *data, size_t size)
{
	for (size_t i = pf_ecma48_skip(parser, data, size); i < size; i++) {
		enum pf_ecma48_event event = pf_ecma48_next(parser, (unsigned char)data[i]);
		if (event != PF_ECMA48_PART)
			pf_modes_take(modes, parser, event, (unsigned char)data[i]);
		i += pf_ecma48_skip(parser, data + i + 1, size - i - 1);
	}
}

/* Tells whether each character set is stored as the final byte of an escape sequence that
 * designates a set. */
static int are_charsets_sound(const struct pf_modes *modes)
{
	for (size_t i = 0; i < sizeof(modes->charset); i++)
		if (modes->charset[i] && (modes->charset[i] < '0' || modes->charset[i] > '~'))
			return 0;
	return 1;
}

static int are_keys_sound(const struct pf_modes *modes)
{
	for (size_t i = 0; i < PF_KEY_RESOURCES; i++)
		if (modes->format[i] > PF_KEY_MOST ||
		    (modes->modify[i] > PF_KEY_MOST && modes->modify[i] != PF_KEY_DISABLED))
			return 0;
	for (size_t i = 0; i < PF_KEYBOARD_DEPTH; i++)
		if ((modes->keyboard[0].flags[i] | modes->keyboard[1].flags[i]) > PF_KEYBOARD_FLAGS)
			return 0;
	return 1;
}

int pf_modes_is_sound(const struct pf_modes *modes)
{
	if ((modes->changed | modes->saved) >> pf_mode_count || modes->strings > PF_MODES_STRINGS ||
	    modes->others > PF_MODES_OTHERS)
		return 0;
	if (modes->alternate && !pf_mode_is_alternate(modes->alternate))
		return 0;
	return modes->cursor_style <= PF_CURSOR_STYLE_MOST && modes->level <= 3 &&
	       modes->status_line <= 2 && modes->shift <= 3 && are_charsets_sound(modes) &&
	       are_keys_sound(modes);
}
