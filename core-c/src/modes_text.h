/* SPDX-License-Identifier: BSD-2-Clause */
/* What is written to a terminal to set modes (modes.h), and to put the terminal back. */
#ifndef PF_MODES_TEXT_H
#define PF_MODES_TEXT_H

#include "modes.h"

/* The longest text that one of these functions adds. */
#define PF_MODES_TEXT_MAX 2047

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

#endif
