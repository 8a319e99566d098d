/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Finds the detach key in typed input. A terminal sends a control character as one byte, unless the
 * container has switched on a keyboard protocol: kitty's, xterm's modifyOtherKeys or
 * win32-input-mode.
 */
#ifndef PF_DETACH_KEY_H
#define PF_DETACH_KEY_H

#include "common/terminal/modes.h"

enum pf_key_event {
	PF_KEY_OTHER,   /* neither the byte nor the bytes before it are the key */
	PF_KEY_PART,    /* the byte continues a sequence */
	PF_KEY_FIRST,   /* the byte begins a sequence; the bytes before it are not the key */
	PF_KEY_BYTE,    /* the byte is the key */
	PF_KEY_SEQUENCE /* the byte ends a sequence that is the key */
};

struct pf_detach_key {
	int key;         /* the control character, or -1 */
	int coordinates; /* number of bytes that a mouse report still lacks */
	struct pf_ecma48 parser;
};

/* Takes a typed byte. `modes` are the modes of the terminal. */
enum pf_key_event pf_detach_key_next(struct pf_detach_key *key, const struct pf_modes *modes,
				     unsigned char byte);

/* Tells whether a terminal with these modes may send the key as an escape sequence. */
int pf_modes_encode_keys(const struct pf_modes *modes);

#endif
