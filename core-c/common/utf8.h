/* SPDX-License-Identifier: BSD-2-Clause */
/* Text that may be anything: which bytes of it are characters, and which move a cursor. */
#ifndef PF_UTF8_H
#define PF_UTF8_H

/* Returns the length of the well-formed UTF-8 sequence at the start of a text, or 0 where the first
 * byte is none, as at the end of the text (The Unicode Standard, table 3-7). */
int pf_utf8_length(const char *text);

/* Tells whether a text begins with a control character: C0, DEL or C1, which terminals obey too. */
int pf_utf8_is_control(const char *text);

#endif
