/* SPDX-License-Identifier: BSD-2-Clause */
/* Writes text through a buffer, for programs without stdio. */
#ifndef PF_OUTPUT_H
#define PF_OUTPUT_H

#include <stddef.h>

/* An output buffer for a descriptor. Initialize the buffer as {.fd = FD}. After a failed write, the
 * buffer discards all output. */
struct pf_output {
	int fd;
	int error; /* -errno of the first write that failed, or 0 */
	size_t used;
	char buffer[8192];
};

void pf_output_put(struct pf_output *out, const void *bytes, size_t size);
void pf_output_put_string(struct pf_output *out, const char *text);

/* Writes the rest of the buffer. Returns 0, or the first error of a write as -errno. */
int pf_output_flush(struct pf_output *out);

#endif
