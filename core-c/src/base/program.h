/* SPDX-License-Identifier: BSD-2-Clause */
/* Programs of the host that pflask runs. */
#ifndef PF_PROGRAM_H
#define PF_PROGRAM_H

/* Finds a program in PATH as execvp(3) does. Returns its path, to be freed, or NULL. */
char *pf_find_program(const char *name);

/* What installs newuidmap(1), newgidmap(1) and getsubids(1). */
#define PF_INSTALL_UIDMAP "sudo apt install uidmap"

/* Finds a file of that name in PATH that the caller may not execute. Returns its path, to be freed,
 * or NULL. */
char *pf_find_no_program(const char *name);

/* Tells whether a file, and each directory on the way to it, is root's, and no other user may
 * change it or put another file in its place. */
int pf_is_of_root(const char *file);

/* Runs a program, without environment and standard input, and reads what it prints, up to 64 KiB.
 * Returns the text, to be freed, or NULL: it was not run, or has failed. */
char *pf_program_output(char *const arguments[]);

#endif
