/* SPDX-License-Identifier: BSD-2-Clause */
/* Finds the users who can log in to the system in a root directory. */
#ifndef PF_LOGINS_H
#define PF_LOGINS_H

/* Reads shadow(5) in a root directory, with the caller's ids. Returns a text for a person with the
 * names of the users who can log in. If no user can log in, the text is empty. The caller frees the
 * text. Returns NULL if the file cannot be read. */
char *pf_logins(int root);

#endif
