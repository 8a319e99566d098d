/* SPDX-License-Identifier: BSD-2-Clause */
/* The signals of a calling program that stands for the command of a container. */
#ifndef PF_FOREGROUND_H
#define PF_FOREGROUND_H

#include "container.h"
#include "src/terminal/terminal.h"

/* Takes the signals of the calling program for a container, and keeps them until
 * pf_foreground_forward(). The command may run, and its reader may send a signal, before the
 * program that has started the command goes on: so the signals are taken before the start is asked
 * for. Returns 0, or -EBUSY where another container has them. */
int pf_foreground_take(pflask_container *container);

/* Sends the kept signals to the monitor of the container, and each further signal when it comes.
 * Does nothing where the container has not taken the signals. */
void pf_foreground_forward(pflask_container *container);

/* Puts the signals back as they were. */
void pf_foreground_give_back(pflask_container *container);

/* From here to pf_foreground_plain(): the size of the terminal is followed, and it is made what it
 * was before whenever a signal stops or ends the program. */
void pf_foreground_raw(struct pf_terminal *terminal);
void pf_foreground_plain(void);

/* The same, where nothing is forwarded: the program is attached to a container of another one's.
 * Returns 0, or -EBUSY. */
int pf_foreground_attach(struct pf_terminal *terminal);
void pf_foreground_leave(void);

#endif
