/* SPDX-License-Identifier: BSD-2-Clause */
/* Lists of strings, owned and ended by NULL. */
#ifndef PF_STRING_LIST_H
#define PF_STRING_LIST_H

#include <stddef.h>

struct pf_strings {
	char **items; /* NULL while empty */
	size_t count;
};

/* Appends a copy. Returns 0 or -ENOMEM. */
int pf_strings_add(struct pf_strings *list, const char *value);

/* Appends what a printf-like format gives. Returns 0 or -ENOMEM. */
int pf_strings_format(struct pf_strings *list, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* Appends the fields of a text that colons separate. One is a part of a field where a backslash,
 * which is left out, precedes it, or where `keeps`, or NULL, says so of the field before it and the
 * text behind it. Returns 0 or -ENOMEM. */
int pf_strings_split(const char *text, int (*keeps)(const char *field, const char *rest),
		     struct pf_strings *ret);

/* Frees the strings; the list is empty then. */
void pf_strings_clear(struct pf_strings *list);

#define PF_CLEANUP_STRINGS __attribute__((cleanup(pf_strings_clear)))

#endif
