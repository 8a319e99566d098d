/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Finds the detach key in typed input. The key is a control character, which a terminal sends as
 * one byte, or as an escape sequence if the container has enabled a keyboard protocol: kitty's,
 * xterm's modifyOtherKeys or win32-input-mode.
 */
#ifndef PF_DETACH_KEY_H
#define PF_DETACH_KEY_H

#include "common/terminal/modes.h"

enum pf_key_event {
	PF_KEY_OTHER, /* the byte, and any bytes that were held back, are not the key */
	PF_KEY_PART,  /* the byte continues an escape sequence */
	/* The byte begins an escape sequence; bytes that were held back are not the key. */
	PF_KEY_FIRST,
	PF_KEY_BYTE,    /* the byte is the key */
	PF_KEY_SEQUENCE /* the byte completes an escape sequence that is the key */
};

struct pf_detach_key {
	int key;         /* the detach key, a control character; or -1 */
	int coordinates; /* number of bytes that are missing from a mouse report */
	struct pf_ecma48 parser;
};

/* Examines the next typed byte. `modes` are the modes of the user's terminal. */
enum pf_key_event pf_detach_key_next(struct pf_detach_key *key, const struct pf_modes *modes,
				     unsigned char byte);

/* Tells whether a terminal with these modes may send the key as an escape sequence. */
int pf_modes_encode_keys(const struct pf_modes *modes);

#endif
