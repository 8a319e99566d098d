/* SPDX-License-Identifier: BSD-2-Clause */
/* Keeps a record of how a detached container ended, for later clients
 * (common/protocol/kept_end.h). */
#ifndef PF_SERVE_KEPT_END_H
#define PF_SERVE_KEPT_END_H

#include "init/monitor/monitor.h"

/* Keeps the end of the container if the container has a name, or if its plan asks to keep the end.
 * Must be called while the socket still exists, so that every client finds the socket or the end.
 * Returns 0 or -errno. */
int pf_end_keep(const struct monitor *monitor, const struct pflask_exit *end);

/* Removes the end of an earlier container with the same name. */
void pf_end_forget(const struct pf_run *run);

#endif
