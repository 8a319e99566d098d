/* SPDX-License-Identifier: BSD-2-Clause */
/* Finds the detach key (detach_key.h). */
#include "detach_key.h"

#define SHIFT 1
#define CTRL 4
#define LOCKS (64 | 128) /* modifier bits of Caps Lock and Num Lock */
#define DEL 127

/* Returns the control character that a terminal sends for a key with Ctrl, or -1. Digits and
 * symbols are as on VT220 and xterm. */
static int control_of(unsigned code, unsigned modifiers)
{
	static const char digits[] = {0, 27, 28, 29, 30, 31, DEL};
	int has_shift = (modifiers & SHIFT) != 0;

	if (code >= 'a' && code <= 'z')
		return has_shift ? -1 : (int)code & 31;
	if (code >= 'A' && code <= '_' && !(has_shift && code <= 'Z'))
		return (int)code & 31;
	if (code >= '2' && code <= '8')
		return digits[code - '2'];
	switch (code) {
	case ' ':
	case '@':
	case '`':
		return 0;
	case '~':
		return 30;
	case '/':
		return has_shift ? DEL : 31;
	case '?':
		return DEL;
	case '-':
		return has_shift ? 31 : -1;
	default:
		return -1;
	}
}

/* Tells whether a typed key is the control character `key`. `modifiers` are as in xterm and kitty.
 * Escape, Tab, Enter and Backspace are control characters even without Ctrl. */
static int is_key(int key, unsigned code, unsigned modifiers)
{
	modifiers &= ~(unsigned)LOCKS;
	if (modifiers == 0)
		return (key == 9 || key == 13 || key == 27 || key == DEL) && (unsigned)key == code;
	return (modifiers & ~(unsigned)SHIFT) == CTRL && control_of(code, modifiers) == key;
}

/* Returns parameter `j` of group `i`. Semicolons separate the groups, and colons separate the
 * parameters of a group. Returns 0 for a missing parameter. */
static unsigned param_of(const struct pf_ecma48 *parser, int i, int j)
{
	int group = -1, member = 0;

	for (int at = 0; at < parser->count; at++) {
		int joined = parser->joined >> at & 1;
		group += !joined;
		member = joined ? member + 1 : 0;
		if (group == i && member == j)
			return parser->param[at];
	}
	return 0;
}

/* Checks for kitty's encoding of the key: CSI code:shifted:base ; modifiers:event u. */
static int is_kitty(const struct pf_ecma48 *parser, int key)
{
	unsigned modifiers = param_of(parser, 1, 0), event = param_of(parser, 1, 1);
	unsigned shifted = param_of(parser, 0, 1), base = param_of(parser, 0, 2);

	modifiers -= modifiers > 0;
	if (event > 2)
		return 0; /* the key was released */
	return is_key(key, param_of(parser, 0, 0), modifiers) ||
	       (shifted && is_key(key, shifted, modifiers & ~(unsigned)SHIFT)) ||
	       (base && is_key(key, base, modifiers));
}

/* Checks for the encoding of modifyOtherKeys: CSI 27 ; modifiers ; code ~. */
static int is_other_key(const struct pf_ecma48 *parser, int key)
{
	unsigned modifiers = param_of(parser, 1, 0);

	return param_of(parser, 0, 0) == 27 && parser->count == 3 &&
	       is_key(key, param_of(parser, 2, 0), modifiers - (modifiers > 0));
}

/* Checks for win32-input-mode: CSI virtual key ; scan code ; character ; is down ; modifiers ;
 * count _. */
static int is_win32(const struct pf_ecma48 *parser, int key)
{
	unsigned virtual_key = param_of(parser, 0, 0), character = param_of(parser, 2, 0);
	unsigned modifiers = param_of(parser, 4, 0);
	int has_alt = (modifiers & 3) != 0, has_ctrl = (modifiers & 12) != 0;
	unsigned ours = (has_ctrl ? CTRL : 0) | (modifiers & 16 ? SHIFT : 0);

	if (has_alt || !param_of(parser, 3, 0))
		return 0;
	if (!has_ctrl)
		return is_key(key, virtual_key == 8 ? DEL : character, 0);
	if ((virtual_key >= 'A' && virtual_key <= 'Z') || virtual_key == ' ' ||
	    (virtual_key >= '2' && virtual_key <= '8'))
		return is_key(key, virtual_key >= 'A' ? virtual_key + 32 : virtual_key, ours);
	return character != 0 && character == (unsigned)key;
}

static int is_typed(const struct pf_ecma48 *parser, int key)
{
	return (pf_ecma48_is(parser, PF_ECMA48_CSI, "u") && is_kitty(parser, key)) ||
	       (pf_ecma48_is(parser, PF_ECMA48_CSI, "~") && is_other_key(parser, key)) ||
	       (pf_ecma48_is(parser, PF_ECMA48_CSI, "_") && is_win32(parser, key));
}

/* Tells whether CSI M begins a mouse report, which has three more bytes of any value. In mode 9 and
 * in 1000 to 1003, the terminal sends such reports. With 1006, 1015 or 1016, the reports have
 * another form. */
static int is_mouse(const struct pf_ecma48 *parser, const struct pf_modes *modes)
{
	static const unsigned mice[] = {9, 1000, 1001, 1002, 1003}, others[] = {1006, 1015, 1016};
	int is_on = 0;

	if (!pf_ecma48_is(parser, PF_ECMA48_CSI, "M") || parser->count > 0)
		return 0;
	for (size_t i = 0; i < sizeof(mice) / sizeof(mice[0]); i++)
		is_on |= pf_modes_has(modes, mice[i]);
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		is_on &= !pf_modes_has(modes, others[i]);
	return is_on;
}

enum pf_key_event pf_detach_key_next(struct pf_detach_key *key, const struct pf_modes *modes,
				     unsigned char byte)
{
	if (key->coordinates > 0) {
		key->coordinates--;
		return PF_KEY_OTHER;
	}
	if (byte == key->key)
		return PF_KEY_BYTE;
	switch (pf_ecma48_next(&key->parser, byte)) {
	case PF_ECMA48_DONE:
		if (is_typed(&key->parser, key->key))
			return PF_KEY_SEQUENCE;
		if (is_mouse(&key->parser, modes))
			key->coordinates = 3;
		return PF_KEY_OTHER;
	case PF_ECMA48_PART:
		return PF_KEY_PART;
	case PF_ECMA48_NEXT:
	case PF_ECMA48_AGAIN:
		return PF_KEY_FIRST;
	case PF_ECMA48_PLAIN:
	case PF_ECMA48_LOST:
		break;
	}
	return PF_KEY_OTHER;
}

int pf_modes_encode_keys(const struct pf_modes *modes)
{
	return modes->keyboard[modes->alternate != 0].flags[0] != 0 || modes->modify[4] != 0 ||
	       pf_modes_has(modes, 9001);
}
