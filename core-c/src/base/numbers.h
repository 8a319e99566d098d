/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Gives the names and texts of error numbers and signals, from tables of the library's own. The
 * texts of strerror(3) depend on the C library and on the locale, and glibc has functions for the
 * names only from 2.32 on.
 */
#ifndef PF_NUMBERS_H
#define PF_NUMBERS_H

/* Room for the name of a number that has none in the table. */
#define PF_NUMBER_TEXT 24

/* Returns the text of an error number, "Permission denied"; static. A number that the kernel does
 * not use has the text "unknown error". */
const char *pf_errno_text(int number);

/* Returns the name of an error number, "EACCES". A number that the kernel does not use gets its
 * name, "E999", in `room`. */
const char *pf_errno_name(int number, char room[PF_NUMBER_TEXT]);

/* Returns the name of a signal without SIG, "TERM", or NULL if the signal has no name. A real-time
 * signal has none. */
const char *pf_signal_name(int signal);

#endif
