/* SPDX-License-Identifier: BSD-2-Clause */
/* A list of strings, which owns the strings. The array ends with NULL. */
#ifndef PF_STRING_LIST_H
#define PF_STRING_LIST_H

#include <stddef.h>

struct pf_strings {
	char **items; /* array of the strings, which ends with NULL; NULL while the list is empty */
	size_t count;
};

/* Appends a copy of a string. Returns 0 or -ENOMEM. */
int pf_strings_add(struct pf_strings *list, const char *value);

/* Appends a string made from a printf-like format. Returns 0 or -ENOMEM. */
int pf_strings_format(struct pf_strings *list, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* Splits a text at its colons, and appends the fields. "\:" stands for a colon within a field. If
 * `keeps` is not NULL and returns nonzero for a colon, this colon is part of the field, too;
 * `keeps` gets the field before the colon and the text after the colon. Returns 0 or -ENOMEM. */
int pf_strings_split(const char *text, int (*keeps)(const char *field, const char *rest),
		     struct pf_strings *ret);

/* Frees the strings. The list is then empty. */
void pf_strings_clear(struct pf_strings *list);

#define PF_CLEANUP_STRINGS __attribute__((cleanup(pf_strings_clear)))

#endif
