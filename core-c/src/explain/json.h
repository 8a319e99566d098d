/* SPDX-License-Identifier: BSD-2-Clause */
/* Prints JSON (RFC 8259). */
#ifndef PF_JSON_H
#define PF_JSON_H

#include <stdio.h>

/* Prints a text as a JSON string, or null if the text is NULL. Replaces each byte that is not UTF-8
 * by U+FFFD. Escapes invisible characters, because a user may read the JSON in a terminal. */
void pf_json_string(FILE *out, const char *text);

/* Prints a text as pf_json_string() does, but a byte that is not UTF-8 becomes a lone surrogate,
 * U+DC80 to U+DCFF (PEP 383), from which a reader can restore the byte. */
void pf_json_bytes(FILE *out, const char *text);

#endif
