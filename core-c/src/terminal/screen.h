/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The output of a detached container on its way to the caller's terminal, or to what else reads
 * the output. What was kept of the output is history: a terminal must not answer a question in it
 * again, ring its bell or change the clipboard. What comes after is passed on as it is.
 */
#ifndef PF_SCREEN_H
#define PF_SCREEN_H

#include "modes_text.h"

#define PF_SCREEN_HELD 4096

/* By how much more than they get pf_screen_feed(), _cut() and _live() may add to a text. */
#define PF_SCREEN_MORE (PF_SCREEN_HELD + 2 * PF_MODES_TEXT_MAX)

enum pf_screen_use {
	PF_SCREEN_BYTES,  /* a file or pipe: everything as it was written */
	PF_SCREEN_ATTACH, /* a terminal that is attached */
	PF_SCREEN_LOG     /* a terminal that shows output and takes no input */
};

/* What becomes of the rest of a sequence that is too long to be held. */
enum pf_verdict { PF_HOLDS, PF_PASSES, PF_DROPS };

struct pf_screen {
	enum pf_screen_use use;
	int is_live;             /* what comes is no history any more */
	int is_cut;              /* what comes is the rest of what is lost, up to a boundary */
	unsigned enters;         /* classes of modes that are set at that boundary */
	int is_open;             /* a string or character was written without its end */
	int dropped_text;        /* the string before was dropped, so its terminator is too */
	enum pf_verdict verdict; /* of a sequence that is too long */
	struct pf_ecma48 parser; /* of what comes in, as long as that is looked at */
	struct pf_modes modes;
	struct pf_shown shown; /* what was written to the terminal */
	size_t held_size;
	char held[PF_SCREEN_HELD]; /* a sequence that goes on */
};

/* Begins, with what was kept of the output. */
void pf_screen_start(struct pf_screen *screen, enum pf_screen_use use);

/* Takes output. Adds what is to be written. */
void pf_screen_feed(struct pf_screen *screen, const char *data, size_t size, struct pf_text *text);

/* Some output is lost: what comes next begins in these states. Adds what is to be written. */
void pf_screen_cut(struct pf_screen *screen, const struct pf_ecma48 *parser,
		   const struct pf_modes *modes, struct pf_text *text);

/* That was all that was kept. Adds what is to be written. */
void pf_screen_live(struct pf_screen *screen, struct pf_text *text);

/* Tells whether a terminal answers a sequence, or it acts on more than the screen. Where it is a
 * string that goes on: whether it does whatever comes, PF_HOLDS where that depends. */
enum pf_verdict pf_screen_judge(const struct pf_ecma48 *parser, int is_whole);

#endif
