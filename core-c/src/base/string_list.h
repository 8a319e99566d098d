/* SPDX-License-Identifier: BSD-2-Clause */
/* Builds lists of strings. A list owns its strings and ends with NULL. */
#ifndef PF_STRING_LIST_H
#define PF_STRING_LIST_H

#include <stddef.h>

struct pf_strings {
	char **items; /* the strings; NULL while the list is empty */
	size_t count;
};

/* Appends a copy of a string. Returns 0 or -ENOMEM. */
int pf_strings_add(struct pf_strings *list, const char *value);

/* Appends a string made from a printf-like format. Returns 0 or -ENOMEM. */
int pf_strings_format(struct pf_strings *list, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* Splits a text at its colons, and appends the fields. A colon after a backslash stays part of a
 * field, and the backslash is removed. Another colon stays part of a field if `keeps` is not NULL
 * and returns nonzero. `keeps` gets the field before the colon and the text after the colon.
 * Returns 0 or -ENOMEM. */
int pf_strings_split(const char *text, int (*keeps)(const char *field, const char *rest),
		     struct pf_strings *ret);

/* Frees the strings. The list is then empty. */
void pf_strings_clear(struct pf_strings *list);

#define PF_CLEANUP_STRINGS __attribute__((cleanup(pf_strings_clear)))

#endif
