/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reads one line of JSON, as docs/trial.md describes the lines. The reader changes the line: a
 * string ends with a NUL in its place. Another user may have written the line, so the reader checks
 * every byte. After a mistake, each function returns 0, and `failed` stays 1.
 */
#ifndef PF_TRIAL_JSON_H
#define PF_TRIAL_JSON_H

#include <stdint.h>

struct pf_json {
	char *at; /* the rest of the line; a NUL ends the line */
	int failed;
};

/* Enters an object or a list. */
int pf_json_object(struct pf_json *json);
int pf_json_list(struct pf_json *json);

/* Goes to the next member of an object, and reads its name. Returns 0 after the last member. `*is_
 * first` is 1 before the first member. */
int pf_json_member(struct pf_json *json, int *is_first, const char **ret);

/* Goes to the next element of a list. Returns 0 after the last element. */
int pf_json_element(struct pf_json *json, int *is_first);

/* Reads a string. A lone surrogate from U+DC80 to U+DCFF is a byte that is not UTF-8. A string
 * cannot contain a NUL. */
int pf_json_string(struct pf_json *json, char **ret);

/* Reads a whole number that is not negative and not larger than `most`. */
int pf_json_number(struct pf_json *json, uint64_t most, uint64_t *ret);

/* Reads true or false. */
int pf_json_bool(struct pf_json *json, int *ret);

/* Reads null. Without a null, reads nothing, and this is no mistake. */
int pf_json_null(struct pf_json *json);

/* Reads any value, and forgets the value. */
int pf_json_skip(struct pf_json *json);

/* Checks that the line has ended. */
int pf_json_end(struct pf_json *json);

#endif
