/* SPDX-License-Identifier: BSD-2-Clause */
/* Keeps the record locks of a monitor on its directories (op_take.c) while the monitor closes
 * descriptors that other processes have sent. */
#ifndef PF_OP_TAKE_H
#define PF_OP_TAKE_H

#include <stddef.h>

/* Prepares to close descriptors that other processes have sent. Returns 0 if none of them is a
 * locked directory. Otherwise, closing it will release the monitor's record lock. So the function
 * takes a second lock (flock(2)), which keeps other monitors from locking the directory meanwhile,
 * and returns 1. The wait for the second lock is limited. */
int pf_take_turn(const int *fds, size_t count);

/* Returns the descriptor of a locked directory, by its path in the plan, or -1 if this monitor has
 * not locked the directory. */
int pf_taken_fd(const char *path);

/* Tells whether a descriptor is a directory that this monitor has locked. */
int pf_has_taken(int fd);

/* Locks the directories of the monitor again, and releases the second locks of pf_take_turn(). Call
 * the function when the descriptors are closed. */
void pf_take_again(void);

#endif
