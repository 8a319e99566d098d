/* SPDX-License-Identifier: BSD-2-Clause */
/* Makes one line of a text. */
#ifndef PF_ONE_LINE_H
#define PF_ONE_LINE_H

/* Returns a copy of a text in which an escape (\x1b, \u202e, \U000e0001) stands for each invisible
 * character. A name may hold any character, and some characters move the cursor of a terminal. \xff
 * stands for a byte that is not UTF-8. The caller frees the copy. Returns NULL if there is no
 * memory. */
char *pf_one_line(const char *text);

#endif
