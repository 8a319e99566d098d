/* SPDX-License-Identifier: BSD-2-Clause */
/* Resets the modes of the caller's terminal that the container has set, even if a signal ends the
 * program. */
#ifndef PF_PUT_BACK_H
#define PF_PUT_BACK_H

#include <sys/types.h>

#include "modes_text.h"
#include "terminal.h"

struct pf_put_back {
	int turn; /* index of the sequences in use; only the other sequences may change */
	struct pf_terminal_text put_back[2], set_again[2];
};

/* Writes output to a terminal once. Before the write, tracks the modes in `shown`, and updates the
 * sequences that a signal handler would write, because a signal may come directly after the output.
 * If terminal->out_fd is -1, the output does not go to a terminal, and the function only writes.
 * Returns the result of write(2), or -errno. */
ssize_t pf_put_back_write(struct pf_put_back *put_back, struct pf_terminal_state *shown,
			  struct pf_terminal *terminal, int fd, const char *data, size_t size);

#endif
