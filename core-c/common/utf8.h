/* SPDX-License-Identifier: BSD-2-Clause */
/* Finds the characters of a text, and the characters that control a terminal. */
#ifndef PF_UTF8_H
#define PF_UTF8_H

/* Returns the length of the well-formed UTF-8 sequence at the start of a text. Returns 0 at the end
 * of the text, or if there is no such sequence (The Unicode Standard, table 3-7). */
int pf_utf8_length(const char *text);

/* Tells whether a text begins with a control character: C0, DEL or C1. Terminals obey C1, too. */
int pf_utf8_is_control(const char *text);

#endif
