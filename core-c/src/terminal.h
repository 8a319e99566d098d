/* SPDX-License-Identifier: BSD-2-Clause */
/* The caller's terminal, while a container's terminal is copied to it. */
#ifndef PF_TERMINAL_H
#define PF_TERMINAL_H

#include <stdatomic.h>
#include <stddef.h>
#include <termios.h>

/* Bytes for the terminal that a signal handler may have to write. */
struct pf_terminal_text {
	size_t size;
	char data[2048];
};

struct pf_terminal {
	int modes_fd;         /* the terminal whose modes are changed, or -1 */
	int size_fd;          /* the terminal whose size is followed, or -1 */
	int master;           /* the container's terminal, or -1 */
	int monitor;          /* whose terminal that is, if it is another program's; or -1 */
	struct termios modes; /* as they were */
	int out_fd;           /* the terminal that the two texts are for, or -1 */
	/* What puts back what the container has set in the terminal, and what sets it again; or
	 * NULL. */
	const struct pf_terminal_text *_Atomic put_back, *_Atomic set_again;
	atomic_int is_put_back;
};

/* Looks whether the two ends are terminals; changes nothing. */
void pf_terminal_look(struct pf_terminal *terminal, int in_fd, int out_fd, int master);

/* Those below may be called by a signal handler. Tells whether the terminal, as far as it has a
 * foreground, is not another job's. */
int pf_terminal_is_ours(const struct pf_terminal *terminal);
void pf_terminal_raw(struct pf_terminal *terminal);
void pf_terminal_restore(struct pf_terminal *terminal);
void pf_terminal_copy_size(const struct pf_terminal *terminal);

/* Returns rows << 16 | columns, or -errno. */
int pf_terminal_size(int fd);

#endif
