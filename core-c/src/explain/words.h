/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Replaces the names in braces in texts of libpflask (pflask.h) with the words of a program. A list
 * of words consists of lines NAME[=VALUE]<TAB>WORDS, each with a line feed at its end. The first
 * line that fits counts. A VALUE of * stands for any value; in the WORDS of such a line, * stands
 * for the value that was found.
 */
#ifndef PF_WORDS_H
#define PF_WORDS_H

#include <stddef.h>

struct pf_words {
	const char *typed;  /* the options that were typed, by field; NULL for none */
	const char *others; /* the words for all other names; NULL for none */
};

/* Returns a copy of a text with words in place of the names in braces. A name without words stays
 * as it is. The caller frees the copy. Returns NULL if there is no memory. */
char *pf_worded(const char *text, const struct pf_words *words);

/* Puts words in place of names in a message "what: why", as pf_worded() does. Puts words only into
 * the part after the last ": ", because the rest is not libpflask's own text. */
char *pf_worded_reason(const char *message, const struct pf_words *words);

/* Returns a copy of the words for NAME=VALUE, which the caller frees; or NULL. */
char *pf_words_for(const struct pf_words *words, const char *name, const char *value);

/* Finds the option that was typed for a field. Returns the length of the option, and sets *ret to
 * its first character. Returns 0 if no option was typed. */
size_t pf_typed(const struct pf_words *words, const char *field, const char **ret);

#endif
