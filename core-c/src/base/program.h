/* SPDX-License-Identifier: BSD-2-Clause */
/* Programs of the host that pflask runs. */
#ifndef PF_PROGRAM_H
#define PF_PROGRAM_H

/* Finds a program in PATH as execvp(3) does. Returns its path, to be freed, or NULL. */
char *pf_find_program(const char *name);

/* Runs a program, without environment and standard input, and reads what it prints, up to 64 KiB.
 * Returns the text, to be freed, or NULL: it was not run, or has failed. */
char *pf_program_output(char *const arguments[]);

#endif
