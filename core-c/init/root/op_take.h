/* SPDX-License-Identifier: BSD-2-Clause */
/* The directories that a monitor has taken (op_take.c), and descriptors that others have given. */
#ifndef PF_OP_TAKE_H
#define PF_OP_TAKE_H

#include <stddef.h>

/* Tells whether one of the descriptors is a directory that is taken: closing it loses the lock.
 * Until pf_take_again() no other monitor takes the directory, but for one that waits too long. */
int pf_take_turn(const int *fds, size_t count);

/* Takes all of them again. */
void pf_take_again(void);

#endif
