/* SPDX-License-Identifier: BSD-2-Clause */
/* Starts pflask-init, whose bytes are part of the library. */
#ifndef PF_HELPER_H
#define PF_HELPER_H

#include <sys/types.h>

#include "pflask.h"

/* Starts pflask-init as a monitor, with `socket` as descriptor 0. Returns the pid of the monitor, a
 * child of the calling process, or -errno with *reterr filled in. */
pid_t pf_helper_start(int socket, struct pflask_error *reterr);

#endif
