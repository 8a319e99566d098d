/* SPDX-License-Identifier: BSD-2-Clause */
/* Waiting for descriptors. */
#ifndef PF_POLLING_H
#define PF_POLLING_H

#include <poll.h>
#include <stddef.h>

#define PF_POLL_MAX 256

/* As poll(2), but that any number of entries up to PF_POLL_MAX may have no descriptor (-1): there
 * they count, and it refuses more than may be open (RLIMIT_NOFILE). Returns -errno on failure. */
int pf_poll(struct pollfd *fds, size_t count, int timeout_msec);

#endif
