/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Tracks the modes that a program sets in its terminal. A zeroed structure describes a terminal in
 * its default state. The monitor tracks the modes at the start of the kept output. A client tracks
 * the modes of the user's terminal.
 */
#ifndef PF_MODES_H
#define PF_MODES_H

#include "ecma48.h"

/* The effects of a mode, as bits. */
enum pf_mode_class {
	PF_MODE_SCREEN = 1,   /* changes what the screen shows */
	PF_MODE_KEYS = 2,     /* changes what a key sends */
	PF_MODE_SPEAKS = 4,   /* makes the terminal send input without a key, often immediately */
	PF_MODE_ALTERNATE = 8 /* selects one of the two screens */
};

struct pf_mode {
	uint16_t number;
	uint8_t is_private; /* a private mode: CSI ? NUMBER h, not CSI NUMBER h */
	uint8_t class;      /* enum pf_mode_class */
	uint8_t is_on;      /* the mode is on by default */
	uint8_t is_soft;    /* a soft reset (DECSTR) resets the mode */
};

#define PF_MODES 64
#define PF_MODE_KEYPAD 66 /* number of DECNKM, which ESC = sets and ESC > resets */
#define PF_MODE_ANSI 2    /* number of DECANM, which ESC < sets; not in pf_mode_table */
extern const struct pf_mode pf_mode_table[];
extern const size_t pf_mode_count;

/* A stack of flags of kitty's keyboard protocol. The flags in force are on top. */
#define PF_KEYBOARD_DEPTH 8
#define PF_KEYBOARD_FLAGS 31 /* all flags */
struct pf_keyboard {
	uint16_t depth;                   /* number of entries below the top of the stack */
	uint8_t flags[PF_KEYBOARD_DEPTH]; /* the latest entries, the top of the stack first */
};

/* Bits of `others`: states of the terminal that are not modes of the table. */
enum pf_mode_other {
	PF_MODES_COLOURED = 1,  /* characters are drawn in colour, bold and so on */
	PF_MODES_TABS = 2,      /* tab stops were changed */
	PF_MODES_NOT_UTF8 = 4,  /* the character set is not UTF-8 (ESC % @) */
	PF_MODES_EIGHT_BIT = 8, /* ESC SP G: the terminal sends C1 controls */
	PF_MODES_LOCATOR = 16,  /* the DEC locator sends reports (CSI 1 ' z) */
	PF_MODES_VT52 = 32,     /* CSI ? 2 l: the terminal acts as a VT52 */
	PF_MODES_STATUS = 64,   /* CSI 1 $ }: output goes to the status line */
	PF_MODES_OTHERS = 127,  /* all bits */
};

/* Bits of `strings`: settings made by OSC and DCS strings. Colours 10 to 19 begin at
 * PF_MODES_COLOUR_10. */
enum pf_mode_string {
	PF_MODES_PALETTE = 1,
	PF_MODES_SPECIAL = 2,
	PF_MODES_LINK = 4,
	PF_MODES_POINTER = 8,
	PF_MODES_PROGRESS = 16,
	PF_MODES_COLOUR_10 = 32,
	PF_MODES_USER_KEYS = 32768, /* DECUDK: texts of function keys */
	PF_MODES_STRINGS = 65535,   /* all bits */
};

#define PF_KEY_RESOURCES 8
#define PF_KEY_DISABLED 255
#define PF_KEY_MOST 100 /* the largest value of `modify` and `format`, except PF_KEY_DISABLED */
#define PF_CURSOR_STYLE_MOST 99 /* the largest value of `cursor_style` */

struct pf_modes {
	/* Bit I is set if row I of pf_mode_table is not in its default state. */
	uint64_t changed;
	uint64_t saved;   /* the modes that the sequence "CSI ? s" saved */
	uint32_t strings; /* enum pf_mode_string */
	/* The mode that selected the alternate screen: 47, 1047 or 1049; 0: main screen. */
	uint16_t alternate;
	uint16_t top, bottom; /* top and bottom margins; 0: not set */
	uint8_t others;       /* enum pf_mode_other */
	uint8_t cursor_style; /* cursor style that DECSCUSR has set */
	uint8_t level;        /* conformance level that DECSCL has set, 1 to 3; 0: the default */
	uint8_t status_line;  /* DECSSDT: 1 or 2; 0: no status line */
	uint8_t shift;        /* which of the four sets in `charset` is in force */
	/* For each set, the final byte of the sequence that designated the set, or 0. */
	uint8_t charset[4];
	uint8_t modify[PF_KEY_RESOURCES]; /* xterm's key modifier options: value + 1, or 0 */
	uint8_t format[PF_KEY_RESOURCES]; /* xterm's key format options: value + 1, or 0 */
	/* Keyboard flags of the main screen and of the alternate screen. */
	struct pf_keyboard keyboard[2];
};

/* Tracks the modes that output sets. `parser` must be in the state at the start of the output. */
void pf_modes_feed(struct pf_modes *modes, struct pf_ecma48 *parser, const char *data, size_t size);

/* Tracks the modes that one byte sets. `event` is the result of pf_ecma48_next() for this byte. */
void pf_modes_take(struct pf_modes *modes, const struct pf_ecma48 *parser,
		   enum pf_ecma48_event event, unsigned char byte);

/* Tells whether modes from another process are valid, so that some output could have set them. */
int pf_modes_is_sound(const struct pf_modes *modes);

/* Returns the row of a mode in the table, or -1. */
int pf_mode_find(int is_private, unsigned number);

/* Tells whether a mode of CSI ? selects the alternate screen. */
int pf_mode_is_alternate(unsigned number);

/* Tells whether a mode of CSI ? is on. */
int pf_modes_has(const struct pf_modes *modes, unsigned number);

/* Returns the number at the start of an OSC string, or -1. */
int pf_osc_number(const struct pf_ecma48 *parser);

#endif
