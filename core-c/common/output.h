/* SPDX-License-Identifier: BSD-2-Clause */
/* Writing text through a buffer, for those who have no stdio. */
#ifndef PF_OUTPUT_H
#define PF_OUTPUT_H

#include <stddef.h>

/* Starts as {.fd = FD}. After an error nothing more is written. */
struct pf_output {
	int fd;
	int error; /* of the first write that failed, -errno; or 0 */
	size_t used;
	char buffer[8192];
};

void pf_put(struct pf_output *out, const void *bytes, size_t size);
void pf_put_string(struct pf_output *out, const char *text);

/* Writes what is left in the buffer. Returns 0, or -errno of the first write that failed. */
int pf_flush(struct pf_output *out);

#endif
