/* SPDX-License-Identifier: BSD-2-Clause */
/* How a detached container is found: its socket and its pid file. */
#ifndef PF_OP_CONTROL_H
#define PF_OP_CONTROL_H

#include "init/base/run.h"

/* Puts directory and socket back where something has removed them. */
void pf_detached_restore(struct pf_run *run);

/* Writes the pid file of a container that has started. Returns 0 or -errno. */
int pf_detached_announce(struct pf_run *run);

/* Removes the socket, the pid file, and the directory if it was the last socket there. */
void pf_detached_leave(struct pf_run *run);

#endif
