/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Filters the kept output of a detached container, which a client writes to a terminal, a file or a
 * pipe. Kept output must not make the terminal answer an old query, ring its bell or change the
 * clipboard. New output passes unchanged.
 */
#ifndef PF_SCREEN_H
#define PF_SCREEN_H

#include "modes_text.h"

#define PF_SCREEN_HELD 4096

/* The maximum number of bytes that pf_screen_feed(), pf_screen_cut() and pf_screen_live() add to
 * their input. */
#define PF_SCREEN_MORE (PF_SCREEN_HELD + 2 * PF_MODES_TEXT_MAX)

enum pf_screen_use {
	PF_SCREEN_BYTES,  /* for a file or pipe: all bytes pass unchanged */
	PF_SCREEN_ATTACH, /* for the terminal of --attach */
	PF_SCREEN_LOG     /* for the terminal of --logs, which shows output and sends no input */
};

/* The decision on an escape sequence: not known yet, pass, or drop. */
enum pf_verdict { PF_HOLDS, PF_PASSES, PF_DROPS };

struct pf_screen {
	enum pf_screen_use use;
	int is_live; /* the next output is new output, not kept output */
	/* The next output is the rest of a sequence whose start was lost. */
	int is_cut;
	unsigned enters; /* classes of modes to set after the rest of that sequence */
	int is_open;     /* an unfinished control string or character was written */
	/* A control string was dropped, and its terminator must be dropped, too. */
	int dropped_text;
	enum pf_verdict verdict; /* decision on a sequence that is too long to store */
	struct pf_ecma48 parser; /* parser of the kept output */
	struct pf_modes modes;
	struct pf_terminal_state shown; /* state of the terminal after the output written so far */
	size_t held_size;
	char held[PF_SCREEN_HELD]; /* stored start of an unfinished sequence */
};

/* Starts a filter. The first output is kept output. */
void pf_screen_start(struct pf_screen *screen, enum pf_screen_use use);

/* Filters output. Adds to `text` the bytes that the caller must write. */
void pf_screen_feed(struct pf_screen *screen, const char *data, size_t size, struct pf_text *text);

/* Tells the filter that output was lost, and in which states the next output begins. Adds to `text`
 * the bytes that the caller must write. */
void pf_screen_cut(struct pf_screen *screen, const struct pf_ecma48 *parser,
		   const struct pf_modes *modes, struct pf_text *text);

/* Ends the kept output: from now on, the output is new. Adds to `text` the bytes that the caller
 * must write. */
void pf_screen_live(struct pf_screen *screen, struct pf_text *text);

/* Decides on an escape sequence. Returns PF_DROPS if a terminal answers it, or if it changes more
 * than the screen; otherwise PF_PASSES. Returns PF_HOLDS for an unfinished control string, on which
 * only the next bytes can decide. */
enum pf_verdict pf_screen_judge(const struct pf_ecma48 *parser, int is_whole);

#endif
