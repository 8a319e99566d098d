/* SPDX-License-Identifier: BSD-2-Clause */
/* Handles the signals of the calling program while the program has a container in the
 * foreground. */
#ifndef PF_FOREGROUND_H
#define PF_FOREGROUND_H

#include "container.h"
#include "src/terminal/terminal.h"

/* Takes the signals of the calling program for a container, and keeps new signals until
 * pf_foreground_forward(). Call the function before the start, because the command may cause a
 * signal before the start returns. Returns 0, or -EBUSY if another container has the signals. */
int pf_foreground_take(pflask_container *container);

/* Sends the kept signals to the container's monitor, and from then on each new signal. Does nothing
 * if the container has not taken the signals. */
void pf_foreground_forward(pflask_container *container);

/* Restores the signals of the calling program. */
void pf_foreground_restore(pflask_container *container);

/* Puts the terminal into raw mode until pf_foreground_plain(). Meanwhile, changes of its size go to
 * the container, and a signal that stops or ends the program first restores the terminal. */
void pf_foreground_raw(struct pf_terminal *terminal);
void pf_foreground_plain(void);

/* For a program that attaches to a container of another program: puts the terminal into raw mode
 * until pf_foreground_leave(), and forwards no signals. Returns 0 or -EBUSY. */
int pf_foreground_attach(struct pf_terminal *terminal);
void pf_foreground_leave(void);

#endif
