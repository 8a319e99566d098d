/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Filters the output of a detached container for the caller's terminal, file or pipe. Kept output
 * is history: it must not make a terminal answer an old query, ring its bell or change the
 * clipboard. New output passes unchanged.
 */
#ifndef PF_SCREEN_H
#define PF_SCREEN_H

#include "modes_text.h"

#define PF_SCREEN_HELD 4096

/* The maximum number of bytes that pf_screen_feed(), _cut() and _live() add to their input. */
#define PF_SCREEN_MORE (PF_SCREEN_HELD + 2 * PF_MODES_TEXT_MAX)

enum pf_screen_use {
	PF_SCREEN_BYTES,  /* a file or pipe: passes all bytes unchanged */
	PF_SCREEN_ATTACH, /* a terminal that is attached */
	PF_SCREEN_LOG     /* a terminal that shows output and takes no input */
};

/* The decision on a sequence: not yet known, write it, or drop it. */
enum pf_verdict { PF_HOLDS, PF_PASSES, PF_DROPS };

struct pf_screen {
	enum pf_screen_use use;
	int is_live;             /* the next output is new */
	int is_cut;              /* the next output is the rest of a sequence whose start is lost */
	unsigned enters;         /* classes of modes to set after the rest of that sequence */
	int is_open;             /* an unfinished control string or character was written */
	int dropped_text;        /* the control string was dropped; drop its terminator */
	enum pf_verdict verdict; /* decision on a sequence that is too long to hold */
	struct pf_ecma48 parser; /* parser of the history */
	struct pf_modes modes;
	struct pf_terminal_state shown; /* state of the terminal */
	size_t held_size;
	char held[PF_SCREEN_HELD]; /* an unfinished sequence */
};

/* Starts a filter. The first output is history. */
void pf_screen_start(struct pf_screen *screen, enum pf_screen_use use);

/* Filters output. Adds to `text` the bytes that the caller must write. */
void pf_screen_feed(struct pf_screen *screen, const char *data, size_t size, struct pf_text *text);

/* Tells the filter that output is lost. The next output begins in the given states. Adds to `text`
 * the bytes that the caller must write. */
void pf_screen_cut(struct pf_screen *screen, const struct pf_ecma48 *parser,
		   const struct pf_modes *modes, struct pf_text *text);

/* Ends the history: the next output is new. Adds to `text` the bytes that the caller must write. */
void pf_screen_live(struct pf_screen *screen, struct pf_text *text);

/* Decides on a sequence. Returns PF_DROPS if a terminal answers the sequence, or if the sequence
 * changes more than the screen; else PF_PASSES. Returns PF_HOLDS if a control string is unfinished
 * and the next bytes decide. */
enum pf_verdict pf_screen_judge(const struct pf_ecma48 *parser, int is_whole);

#endif
