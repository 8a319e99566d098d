/* SPDX-License-Identifier: BSD-2-Clause */
/* Restores the caller's terminal from the container's modes, also when a signal ends the program.
 * */
#ifndef PF_PUT_BACK_H
#define PF_PUT_BACK_H

#include <sys/types.h>

#include "modes_text.h"
#include "terminal.h"

struct pf_put_back {
	int turn; /* index of the texts in use; the other texts may change */
	struct pf_terminal_text put_back[2], set_again[2];
};

/* Writes once to a terminal. Before the write, updates `shown` and the texts of `terminal` for a
 * signal handler, because a signal may follow the output. Only writes if terminal->out_fd is -1,
 * for a descriptor that is no terminal. Returns the result of write(2), or -errno. */
ssize_t pf_put_back_write(struct pf_put_back *put_back, struct pf_shown *shown,
			  struct pf_terminal *terminal, int fd, const char *data, size_t size);

#endif
