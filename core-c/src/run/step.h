/* SPDX-License-Identifier: BSD-2-Clause */
/* Follows a container step by step, for a caller that polls a descriptor and must not wait. */
#ifndef PF_STEP_H
#define PF_STEP_H

#include "container.h"

/* Makes the bell: a pair of sockets, into which the monitor writes a byte after each message. The
 * handle keeps the end for reading. Returns 0 with the end for writing in *ret, or -errno. */
int pf_make_bell(pflask_container *container, int *ret);

/* Gives the program the end of the bell for reading. Returns a descriptor, or -EINVAL. */
int pf_take_bell(pflask_container *container);

/* Takes the messages that have come, without waiting (pflask_step()). Returns enum pflask_step, or
 * -errno with *reterr filled in. */
int pf_step(pflask_container *container, int *ret_msec, struct pflask_error *reterr);

#endif
