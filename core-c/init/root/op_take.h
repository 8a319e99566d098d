/* SPDX-License-Identifier: BSD-2-Clause */
/* Keeps the directories that a monitor has taken (op_take.c) while it closes descriptors from
 * others. */
#ifndef PF_OP_TAKE_H
#define PF_OP_TAKE_H

#include <stddef.h>

/* Tells whether one of the descriptors is a taken directory, whose lock is lost when the descriptor
 * is closed. If so, waits for the turn of this monitor: until pf_take_again(), no other monitor
 * takes the directory, except one that has waited too long. */
int pf_take_turn(const int *fds, size_t count);

/* Takes all directories again, and ends the turn. */
void pf_take_again(void);

#endif
