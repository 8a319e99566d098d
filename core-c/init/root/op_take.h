/* SPDX-License-Identifier: BSD-2-Clause */
/* Keeps the record locks of a monitor on its directories (op_take.c) while the monitor closes
 * descriptors that other processes have sent. */
#ifndef PF_OP_TAKE_H
#define PF_OP_TAKE_H

#include <stddef.h>

/* Tells whether one of the descriptors is a locked directory. Closing it would then release the
 * monitor's lock, so the function first waits for a second lock. Until pf_take_again(), this lock
 * keeps other monitors from taking the directory, except a monitor that has waited too long. */
int pf_take_turn(const int *fds, size_t count);

/* Returns the descriptor of a locked directory, by its path in the plan, or -1 if this monitor has
 * not locked the directory. */
int pf_taken_fd(const char *path);

/* Tells whether a descriptor is a directory that this monitor has locked. */
int pf_has_taken(int fd);

/* Must follow pf_take_turn(), when the descriptors are closed. Locks the directories of the monitor
 * again, and lets other monitors lock directories. */
void pf_take_again(void);

#endif
