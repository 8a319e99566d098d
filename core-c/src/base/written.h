/* SPDX-License-Identifier: BSD-2-Clause */
/* Collects the output of a stdio stream in memory. fmemopen(3) is not used: glibc 2.17 lacks its
 * present version, and musl cuts a long text differently. */
#ifndef PF_WRITTEN_H
#define PF_WRITTEN_H

#include <stddef.h>
#include <stdio.h>

struct pf_written {
	FILE *stream;
	char *text;
	size_t length;
};

/* Opens the stream. Returns the stream, or NULL if there is no memory. */
FILE *pf_write_begin(struct pf_written *written);

/* Closes the stream. Copies the text to `ret`, NUL-terminated and cut at `size`, and frees the
 * memory of the stream. */
void pf_write_end(struct pf_written *written, char *ret, size_t size);

/* Closes the stream. Returns the text, which the caller frees, or NULL if there is no memory. */
char *pf_write_take(struct pf_written *written);

#endif
