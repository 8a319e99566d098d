/* SPDX-License-Identifier: BSD-2-Clause */
/* A text that grows. Without memory, `failed` stays 1, and nothing more is added. */
#ifndef PF_TRIAL_TEXT_H
#define PF_TRIAL_TEXT_H

#include <stddef.h>
#include <stdint.h>

struct pf_text {
	char *bytes; /* NUL-terminated, or NULL if nothing was added */
	size_t size;
	size_t room;
	int failed;
};

void pf_text_add(struct pf_text *text, const char *bytes, size_t size);
void pf_text_put(struct pf_text *text, const char *string);
void pf_text_number(struct pf_text *text, uint64_t number);

/* Adds a number with at least so many digits, in decimal or in octal. */
void pf_text_digits(struct pf_text *text, uint64_t number, int base, int least);

/* Adds a string of JSON in double quotes. */
void pf_text_json(struct pf_text *text, const char *string);

/* Adds a name as one line that is safe on a terminal, as in the list of changes: a control
 * character, a backslash or a byte that is not UTF-8 becomes "\xHH". */
void pf_text_visible(struct pf_text *text, const char *name);

/* Empties the text. pf_text_free() also frees its memory. */
void pf_text_clear(struct pf_text *text);
void pf_text_free(struct pf_text *text);

/* Returns the text, "" if nothing was added. */
const char *pf_text_of(const struct pf_text *text);

#endif
