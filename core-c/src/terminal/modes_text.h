/* SPDX-License-Identifier: BSD-2-Clause */
/* Makes escape sequences that set the modes of a terminal (modes.h), or restore the terminal. */
#ifndef PF_MODES_TEXT_H
#define PF_MODES_TEXT_H

#include "common/terminal/modes.h"

/* The maximum number of bytes that each function below adds. */
#define PF_MODES_TEXT_MAX 2047

/* Makes a terminal drop an unfinished escape sequence (CAN). */
#define PF_CANCEL "\030"

#define PF_MODE_ALL (PF_MODE_SCREEN | PF_MODE_KEYS | PF_MODE_SPEAKS | PF_MODE_ALTERNATE)

/* A buffer of bytes for a terminal. */
struct pf_text {
	char *data;
	size_t size, room;
};

/* Adds bytes while there is room. */
void pf_text_add(struct pf_text *text, const void *data, size_t size);

/* Adds the sequences that set the modes of these classes, for a terminal in its default state. */
void pf_modes_enter(const struct pf_modes *modes, unsigned classes, struct pf_text *text);

/* Adds the sequences that bring a terminal with these modes to its default state. */
void pf_modes_leave(const struct pf_modes *modes, struct pf_text *text);

/* The modes and the parser state of a terminal after all output. A zeroed structure is a terminal
 * in its default state. */
struct pf_terminal_state {
	struct pf_ecma48 parser;
	struct pf_modes modes;
};

/* Tracks the state of the terminal over new output. */
void pf_terminal_state_take(struct pf_terminal_state *shown, const char *data, size_t size);

/* Add sequences for the terminal: the first function resets the terminal, and the second sets the
 * container's modes again. */
void pf_terminal_state_put_back(const struct pf_terminal_state *shown, struct pf_text *text);
void pf_terminal_state_set_again(const struct pf_terminal_state *shown, struct pf_text *text);

#endif
