/* SPDX-License-Identifier: BSD-2-Clause */
/* What a container has set in the caller's terminal is put back, whatever ends the program. */
#ifndef PF_PUT_BACK_H
#define PF_PUT_BACK_H

#include <sys/types.h>

#include "modes_text.h"
#include "terminal.h"

struct pf_put_back {
	int turn; /* which of the two texts is in force, while the other one is made */
	struct pf_terminal_text put_back[2], set_again[2];
};

/* Writes once to a terminal on which `shown` is seen, and has `terminal` know what to do at a
 * signal: before it writes, since a signal may follow on what is seen. What is no terminal, where
 * terminal->out_fd is -1, is only written to. Returns what write(2) does, or -errno. */
ssize_t pf_put_back_write(struct pf_put_back *put_back, struct pf_shown *shown,
			  struct pf_terminal *terminal, int fd, const char *data, size_t size);

#endif
