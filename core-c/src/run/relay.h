/* SPDX-License-Identifier: BSD-2-Clause */
/* Relays between the caller's descriptors and a container's terminal. */
#ifndef PF_RELAY_H
#define PF_RELAY_H

#include "container.h"

/* Relays until a container has ended. Implements pflask_attach() of pflask.h
 * for a container of this process. */
int pf_relay(pflask_container *container, int in_fd, int out_fd, struct pflask_exit *ret);

#endif
