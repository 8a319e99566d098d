/* SPDX-License-Identifier: BSD-2-Clause */
/* Finds the users who can log in to the system in a root directory. */
#ifndef PF_LOGINS_H
#define PF_LOGINS_H

/* Reads shadow(5) of a root directory with the caller's ids. Returns a text with the names of the
 * users who can log in, or "" if there is none. The caller frees the text. Returns NULL if the file
 * cannot be read. */
char *pf_logins(int root);

#endif
