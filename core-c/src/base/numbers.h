/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Names and texts of error numbers, signals, capabilities and resource limits, from tables in the
 * library. The texts of strerror(3) depend on the C library and on the locale, and glibc has
 * functions for the names only since 2.32.
 */
#ifndef PF_NUMBERS_H
#define PF_NUMBERS_H

#include <stddef.h>

/* Buffer size for the name of an error number. A number without a name has the name "E" and the
 * number. */
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

/* Returns the name that is most similar to a mistyped text, or NULL. One typing error is allowed,
 * and in a long text one for every four characters. */
const char *pf_nearest_name(pf_name_of name_of, const char *text, size_t length);

/* Returns the length of `prefix` if the text begins with it, in letters of either case; else 0. */
size_t pf_prefix_length(const char *text, const char *prefix);

/* Returns the name of a signal without SIG, such as "TERM". Returns NULL for a signal without a
 * name, such as a real-time signal. */
const char *pf_signal_name(int signal);

#endif
