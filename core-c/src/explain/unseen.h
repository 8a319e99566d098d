/* SPDX-License-Identifier: BSD-2-Clause */
/* Finds invisible characters: a name may have any characters, even those that move the cursor of a
 * terminal. */
#ifndef PF_UNSEEN_H
#define PF_UNSEEN_H

#include <stddef.h>
#include <stdint.h>

/* A decoded character of a text. */
struct pf_character {
	size_t size;   /* number of bytes of the character */
	uint32_t code; /* code point; for a byte that is not UTF-8, the value of the byte */
	int is_utf8;
	int is_unseen; /* the character is in one of the categories Cc, Cf, Zl and Zp */
};

/* Returns the first character of a text that is not empty. */
struct pf_character pf_character_of(const char *text);

#endif
