/* SPDX-License-Identifier: BSD-2-Clause */
/* Sets and resets the modes of the caller's terminal, while the relay connects it to a container's
 * terminal. */
#ifndef PF_TERMINAL_H
#define PF_TERMINAL_H

#include <stdatomic.h>
#include <stddef.h>
#include <termios.h>

/* A string of escape sequences, which a signal handler can write to the terminal. */
struct pf_terminal_text {
	size_t size;
	char data[2048];
};

struct pf_terminal {
	int modes_fd;   /* descriptor of the terminal whose modes change, or -1 */
	int size_fd;    /* descriptor of the terminal whose size the container gets, or -1 */
	int pty_master; /* pty master of the container's terminal, or -1 */
	int monitor;    /* socket to the monitor of another program's container, or -1 */
	/* Protects the terminal, and the members from is_held to is_put_back. */
	atomic_flag lock;
	/* The program is in the foreground, and the terminal is in raw mode. */
	_Atomic int is_held;
	int has_modes;        /* the modes were changed, and must be restored */
	struct termios modes; /* modes of the terminal before the change */
	/* Calls of pf_terminal_restore() minus calls of pf_terminal_retake(). */
	int left;
	int is_put_back; /* the modes that the container has set were reset */
	int out_fd;      /* descriptor of the terminal that gets escape sequences, or -1 */
	/* Escape sequences: `put_back` resets the terminal, and `set_again` sets the container's
	 * modes again. NULL: none. */
	const struct pf_terminal_text *_Atomic put_back, *_Atomic set_again;
};

/* Finds out which descriptors are terminals, and changes nothing. */
void pf_terminal_look(struct pf_terminal *terminal, int in_fd, int out_fd, int master);

/* Signal handlers may call the next four functions, on any thread. pf_terminal_take() puts the
 * terminal into raw mode and copies its size. pf_terminal_restore() restores the terminal. While
 * another job has the terminal, pf_terminal_take() only records the call, and pf_terminal_restore()
 * does nothing. SIGTTOU and SIGTTIN would stop a background process that changes modes or reads
 * (termios(3)). After pf_terminal_restore() in a handler, no other thread can take the terminal.
 * pf_terminal_retake() undoes one pf_terminal_restore() if the program continues. */
void pf_terminal_take(struct pf_terminal *terminal);
void pf_terminal_restore(struct pf_terminal *terminal);
void pf_terminal_retake(struct pf_terminal *terminal);
void pf_terminal_copy_size(const struct pf_terminal *terminal);

/* Tells whether the program may read input. While another job has the terminal, returns 0, and
 * lowers *timeout (milliseconds, or -1) to the time after which the caller must ask again: no
 * signal reports that a shell has moved a running job to the foreground. */
int pf_terminal_has_input(struct pf_terminal *terminal, int *timeout);

/* Tells whether the program may read input from a terminal whose modes pflask does not change.
 * Returns 0 while another job has the terminal, and while another program of this job, such as
 * less(1), reads single keys. If the result is 0, lowers *timeout to the time after which the
 * caller must ask again. */
int pf_terminal_may_read(int fd, int *timeout);

/* Tells whether a descriptor is the program's controlling terminal, and another job has the
 * terminal. */
int pf_terminal_is_anothers(int fd);

/* Sets the size of a terminal. Returns 0 or -errno. */
int pf_terminal_resize(int fd, int rows, int cols);

/* Returns rows << 16 | columns, or -errno. */
int pf_terminal_size(int fd);

#endif
