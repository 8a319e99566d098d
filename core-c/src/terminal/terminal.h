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
	atomic_flag lock;     /* of what changes the terminal: is_held to is_put_back */
	_Atomic int is_held;  /* the program is in the foreground, and the modes are raw */
	int has_modes;        /* the modes were changed, and are to be restored */
	struct termios modes; /* as they were before */
	int left;             /* how often it was restored and not taken again */
	int is_put_back;      /* the container's modes are not set in it just now */
	int out_fd;           /* the terminal that the two texts are for, or -1 */
	/* What puts back what the container has set in the terminal, and what sets it again; or
	 * NULL. */
	const struct pf_terminal_text *_Atomic put_back, *_Atomic set_again;
};

/* Looks whether the two ends are terminals; changes nothing. */
void pf_terminal_look(struct pf_terminal *terminal, int in_fd, int out_fd, int master);

/* Those below may be called by a signal handler, on any thread. pf_terminal_take() puts the
 * terminal into raw mode and copies its size. A program in a background process group neither
 * changes modes nor reads (termios(3), SIGTTOU and SIGTTIN stop it), so where another job has the
 * terminal pf_terminal_take() only notes that, and pf_terminal_restore() does nothing. What a
 * handler has restored, before a signal ends or stops the program, no other thread takes:
 * pf_terminal_retake() undoes one pf_terminal_restore(), if the program goes on. */
void pf_terminal_take(struct pf_terminal *terminal);
void pf_terminal_restore(struct pf_terminal *terminal);
void pf_terminal_retake(struct pf_terminal *terminal);
void pf_terminal_copy_size(const struct pf_terminal *terminal);

/* Tells whether input may be read. While another job has the terminal it may not, and *timeout
 * (milliseconds, or -1) becomes a time after which to ask again: no signal says that a shell has
 * moved a running job to the foreground. */
int pf_terminal_has_input(struct pf_terminal *terminal, int *timeout);

/* Tells whether input may be read from a terminal that keeps its modes: not while another job has
 * it, nor while another program of this job, such as less(1), has set it to single keys. Then
 * *timeout becomes a time after which to ask again. */
int pf_terminal_may_read(int fd, int *timeout);

/* Tells whether a descriptor is the controlling terminal of the program, and another job has it. */
int pf_terminal_is_anothers(int fd);

/* Returns rows << 16 | columns, or -errno. */
int pf_terminal_size(int fd);

#endif
