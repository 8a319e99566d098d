/* SPDX-License-Identifier: BSD-2-Clause */
/* The signals of a calling program that stands for the command of a container. */
#ifndef PF_FOREGROUND_H
#define PF_FOREGROUND_H

#include "container.h"
#include "terminal.h"

/* Forwards the signals of the calling program to a container from here on. Returns 0, or -EBUSY
 * where another container has them. */
int pf_foreground_take(pflask_container *container);

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
