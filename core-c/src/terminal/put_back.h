/* SPDX-License-Identifier: BSD-2-Clause */
/* Resets the container's modes in the caller's terminal, even if a signal ends the program. */
#ifndef PF_PUT_BACK_H
#define PF_PUT_BACK_H

#include <sys/types.h>

#include "modes_text.h"
#include "terminal.h"

struct pf_put_back {
	int turn; /* index of the sequences in use; the other sequences may change */
	struct pf_terminal_text put_back[2], set_again[2];
};

/* Writes once to a terminal. Before the write, updates `shown`. Also updates the sequences of
 * `terminal` that a signal handler would write, because a signal may come just after the output. If
 * terminal->out_fd is -1, the descriptor is no terminal, and the function only writes. Returns the
 * result of write(2), or -errno. */
ssize_t pf_put_back_write(struct pf_put_back *put_back, struct pf_terminal_state *shown,
			  struct pf_terminal *terminal, int fd, const char *data, size_t size);

#endif
