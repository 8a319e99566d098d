/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Filter for the output of a detached container, on the way to the caller's terminal, file or pipe.
 * Kept output is history: a terminal must not answer an old question again, ring its bell or change
 * the clipboard. New output passes unchanged.
 */
#ifndef PF_SCREEN_H
#define PF_SCREEN_H

#include "modes_text.h"

#define PF_SCREEN_HELD 4096

/* The most bytes that pf_screen_feed(), _cut() and _live() add beyond the size of their input. */
#define PF_SCREEN_MORE (PF_SCREEN_HELD + 2 * PF_MODES_TEXT_MAX)

enum pf_screen_use {
	PF_SCREEN_BYTES,  /* a file or pipe: passes all bytes unchanged */
	PF_SCREEN_ATTACH, /* a terminal that is attached */
	PF_SCREEN_LOG     /* a terminal that shows output and takes no input */
};

/* Decision on a sequence: not yet known, write, or drop. */
enum pf_verdict { PF_HOLDS, PF_PASSES, PF_DROPS };

struct pf_screen {
	enum pf_screen_use use;
	int is_live;             /* the next output is new */
	int is_cut;              /* the next output is the rest of a cut sequence */
	unsigned enters;         /* classes of modes to set after the rest */
	int is_open;             /* an unfinished string or character was written */
	int dropped_text;        /* the string was dropped; drop its terminator */
	enum pf_verdict verdict; /* decision on a sequence too long to hold */
	struct pf_ecma48 parser; /* parser of the input, until it is live */
	struct pf_modes modes;
	struct pf_shown shown; /* state of the terminal */
	size_t held_size;
	char held[PF_SCREEN_HELD]; /* an unfinished sequence */
};

/* Starts a filter. The first output is history. */
void pf_screen_start(struct pf_screen *screen, enum pf_screen_use use);

/* Filters output. Adds the bytes to write to `text`. */
void pf_screen_feed(struct pf_screen *screen, const char *data, size_t size, struct pf_text *text);

/* Notes that output is lost. The next output begins in these states. Adds the bytes to write. */
void pf_screen_cut(struct pf_screen *screen, const struct pf_ecma48 *parser,
		   const struct pf_modes *modes, struct pf_text *text);

/* Ends the history: the next output is new. Adds the bytes to write. */
void pf_screen_live(struct pf_screen *screen, struct pf_text *text);

/* Decides on a sequence: PF_DROPS if a terminal answers the sequence or the sequence changes more
 * than the screen, else PF_PASSES. Returns PF_HOLDS if an unfinished string does not tell yet. */
enum pf_verdict pf_screen_judge(const struct pf_ecma48 *parser, int is_whole);

#endif
