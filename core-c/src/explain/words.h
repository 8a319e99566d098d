/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Replaces names in braces in the texts of libpflask (pflask.h) with the words of a program. A list
 * of words has lines NAME[=VALUE]<TAB>WORDS, each with a line feed. The first matching line counts.
 * A VALUE of * matches any value, and * in WORDS then stands for the value.
 */
#ifndef PF_WORDS_H
#define PF_WORDS_H

#include <stddef.h>

struct pf_words {
	const char *typed;  /* options that the user typed, by field; or NULL */
	const char *others; /* words for all other names, or NULL */
};

/* Returns a copy of a text with words in place of the names in braces. A name without words stays.
 * The caller frees the copy. Returns NULL if there is no memory. */
char *pf_worded(const char *text, const struct pf_words *words);

/* Replaces names as pf_worded() does, but only after the last ": " of a message "what: why",
 * because the rest is not text of libpflask. */
char *pf_worded_reason(const char *message, const struct pf_words *words);

/* Returns a copy of the words for NAME=VALUE, which the caller frees; or NULL. */
char *pf_words_for(const struct pf_words *words, const char *name, const char *value);

/* Finds the option that was typed for a field. Returns the length of the option, and sets *ret to
 * its first character. Returns 0 if no option was typed. */
size_t pf_typed(const struct pf_words *words, const char *field, const char **ret);

#endif
