/* SPDX-License-Identifier: BSD-2-Clause */
/* Keeps the directories that a monitor has taken (op_take.c), while the monitor closes descriptors
 * that other processes have sent. */
#ifndef PF_OP_TAKE_H
#define PF_OP_TAKE_H

#include <stddef.h>

/* Tells whether one of the descriptors is a taken directory. If so, closing the descriptor would
 * lose the lock, so the function waits for the turn of this monitor. Until pf_take_again(), no
 * other monitor takes the directory, except a monitor that has waited too long. */
int pf_take_turn(const int *fds, size_t count);

/* Returns the descriptor of a taken directory, by its path in the plan. Returns -1 if this monitor
 * has not taken the directory. */
int pf_taken_fd(const char *path);

/* Tells whether this monitor has taken the directory of a descriptor. */
int pf_has_taken(int fd);

/* Takes all directories again, and ends the turn. */
void pf_take_again(void);

#endif
