/* SPDX-License-Identifier: BSD-2-Clause */
/* Handles the descriptors that a monitor sends with an answer to EXEC. Another user may have made
 * this monitor. */
#ifndef PF_ANSWER_FDS_H
#define PF_ANSWER_FDS_H

#include "common/protocol/wire.h"

/* Clears SO_LINGER of sockets that another user's monitor may have sent: close(2) could block on
 * such a socket. */
void pf_answer_forget_linger(const struct pf_received *got);

/* Opens the pidfd of the command, in place of the descriptors that the library has not taken. If
 * the command has already ended, takes a pidfd of the calling process, which is never readable. */
void pf_answer_open_leader(struct pf_received *got);

/* Tells whether the first descriptor is a pidfd. */
int pf_answer_is_pidfd(const struct pf_received *got);

#endif
