/* SPDX-License-Identifier: BSD-2-Clause */
/* Starts the helper, pflask-init. The library contains the bytes of the helper. */
#ifndef PF_HELPER_H
#define PF_HELPER_H

#include <sys/types.h>

#include "pflask.h"

/* Starts the helper as a monitor, with `socket` as descriptor 0. Returns the pid of the monitor, a
 * child of the calling process, or -errno with *reterr filled in. */
pid_t pf_helper_start(int socket, struct pflask_error *reterr);

#endif
