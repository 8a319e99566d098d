/* SPDX-License-Identifier: BSD-2-Clause */
/* Waits for descriptors. */
#ifndef PF_POLL_FDS_H
#define PF_POLL_FDS_H

#include <poll.h>
#include <stddef.h>

#define PF_POLL_MAX 256

/* Waits as poll(2) does, but does not pass entries with the descriptor -1 to poll(2), because
 * poll(2) fails if the number of entries is above RLIMIT_NOFILE. `count` is at most PF_POLL_MAX.
 * Returns -errno on failure. */
int pf_poll(struct pollfd *fds, size_t count, int timeout_msec);

#endif
