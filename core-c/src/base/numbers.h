/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Gives the names and texts of error numbers and signals, from tables of the library's own. The
 * texts of strerror(3) depend on the C library and on the locale, and glibc has functions for the
 * names only from 2.32 on. Also gives the names of capabilities and of limited resources.
 */
#ifndef PF_NUMBERS_H
#define PF_NUMBERS_H

#include <stddef.h>

/* The size of a buffer for the name of an error number. If the table has no name for the number,
 * the name is "E" and the number. */
#define PF_NUMBER_TEXT 24

/* Returns the text of an error number, such as "Permission denied", in static memory. A number that
 * the kernel does not use has the text "unknown error". */
const char *pf_errno_text(int number);

/* Returns the name of an error number, such as "EACCES". For a number that the kernel does not use,
 * writes a name such as "E999" to `room`, and returns `room`. */
const char *pf_errno_name(int number, char room[PF_NUMBER_TEXT]);

/* Return the name of a capability without CAP_, such as "net_raw", or of a resource of setrlimit(2)
 * without RLIMIT_, such as "nofile". Return NULL after the last name. */
const char *pf_capability_name(int number);
const char *pf_resource_name(int number);

/* The type of pf_capability_name() and pf_resource_name(). */
typedef const char *(*pf_name_of)(int number);

/* Finds the number of a name, whose letters may be of either case. Returns the number, or -1. */
int pf_named(pf_name_of name_of, const char *text, size_t length);

/* Returns the name that an unknown text probably stands for, or NULL. A short text may contain one
 * slip. A long text may contain one slip for every four characters. */
const char *pf_nearest_name(pf_name_of name_of, const char *text, size_t length);

/* If the text begins with the prefix, in letters of either case, returns the length of the prefix.
 * Otherwise returns 0. */
size_t pf_prefix_length(const char *text, const char *prefix);

/* Returns the name of a signal without SIG, such as "TERM". Returns NULL for a signal without a
 * name, such as a real-time signal. */
const char *pf_signal_name(int signal);

#endif
