/* SPDX-License-Identifier: BSD-2-Clause */
/* Follows a container step by step, for a caller with an event loop, which polls a descriptor and
 * must not wait. */
#ifndef PF_STEP_H
#define PF_STEP_H

#include "container.h"

/* Makes the bell: a pair of sockets, into which the monitor writes a byte after each message. Keeps
 * the reading end in the handle. Returns 0 with the writing end in *ret, or -errno. */
int pf_make_bell(pflask_container *container, int *ret);

/* Gives the reading end of the bell to the program. Returns a descriptor, or -EINVAL. */
int pf_take_bell(pflask_container *container);

/* Handles the messages that have come, without waiting (pflask_step()). Returns enum pflask_step,
 * or -errno with *reterr filled in. */
int pf_step(pflask_container *container, int *ret_msec, struct pflask_error *reterr);

#endif
