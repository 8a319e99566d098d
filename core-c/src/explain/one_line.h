/* SPDX-License-Identifier: BSD-2-Clause */
/* Escapes the invisible characters of a text, so that it is one line and cannot control a
 * terminal. */
#ifndef PF_ONE_LINE_H
#define PF_ONE_LINE_H

/* Returns a copy of a text in which each invisible character is escaped (\x1b, \u202e, \U000e0001),
 * and also each byte that is not UTF-8 (\xff): a name may have any characters, even those that move
 * the cursor of a terminal. The caller frees the copy. Returns NULL if there is no memory. */
char *pf_one_line(const char *text);

#endif
