/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Gives the names and texts of error numbers and signals, from tables of the library's own. The
 * texts of strerror(3) depend on the C library and on the locale, and glibc has functions for the
 * names only from 2.32 on. Also gives the names of capabilities and of limited resources.
 */
#ifndef PF_NUMBERS_H
#define PF_NUMBERS_H

#include <stddef.h>

/* Room for the name of a number that has none in the table. */
#define PF_NUMBER_TEXT 24

/* Returns the text of an error number, "Permission denied"; static. A number that the kernel does
 * not use has the text "unknown error". */
const char *pf_errno_text(int number);

/* Returns the name of an error number, "EACCES". A number that the kernel does not use gets its
 * name, "E999", in `room`. */
const char *pf_errno_name(int number, char room[PF_NUMBER_TEXT]);

/* Return the name of a capability without CAP_, "net_raw", or of a resource of setrlimit(2) without
 * RLIMIT_, "nofile", or NULL after the last. */
const char *pf_capability_name(int number);
const char *pf_resource_name(int number);

/* One of the two functions above. */
typedef const char *(*pf_name_of)(int number);

/* Finds a name that is written in any case. Returns its number, or -1. */
int pf_named(pf_name_of name_of, const char *text, size_t length);

/* Returns the name that an unknown text probably stands for, or NULL. A short text may contain one
 * slip, a long text one slip for every four characters. */
const char *pf_nearest_name(pf_name_of name_of, const char *text, size_t length);

/* Returns the length of a prefix, written in any case, if the text has the prefix; else 0. */
size_t pf_prefix_length(const char *text, const char *prefix);

/* Returns the name of a signal without SIG, "TERM", or NULL if the signal has no name. A real-time
 * signal has none. */
const char *pf_signal_name(int signal);

#endif
