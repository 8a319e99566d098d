/* SPDX-License-Identifier: BSD-2-Clause */
/* What is written to a terminal to set modes (modes.h), and to put the terminal back. */
#ifndef PF_MODES_TEXT_H
#define PF_MODES_TEXT_H

#include "common/terminal/modes.h"

/* The longest text that one of these functions adds. */
#define PF_MODES_TEXT_MAX 2047

/* Ends a sequence that was not written to its end: it has no effect then. */
#define PF_CANCEL "\030"

#define PF_MODE_ALL (PF_MODE_SCREEN | PF_MODE_KEYS | PF_MODE_SPEAKS | PF_MODE_ALTERNATE)

/* Bytes for a terminal. */
struct pf_text {
	char *data;
	size_t size, room;
};

/* Adds bytes, as far as there is room. */
void pf_text_add(struct pf_text *text, const void *data, size_t size);

/* Adds what brings a terminal from its defaults to the modes of these classes. */
void pf_modes_enter(const struct pf_modes *modes, unsigned classes, struct pf_text *text);

/* Adds what brings a terminal from these modes to its defaults. */
void pf_modes_leave(const struct pf_modes *modes, struct pf_text *text);

/* What has been written to a terminal. A structure of zeros is a terminal as it is by default. */
struct pf_shown {
	struct pf_ecma48 parser;
	struct pf_modes modes;
};

/* Says what has been written. */
void pf_shown_take(struct pf_shown *shown, const char *data, size_t size);

/* Adds what puts the terminal back, and what then makes it what it was. */
void pf_shown_put_back(const struct pf_shown *shown, struct pf_text *text);
void pf_shown_set_again(const struct pf_shown *shown, struct pf_text *text);

#endif
