/* SPDX-License-Identifier: BSD-2-Clause */
/* Writes a kept end: a file that tells later clients how a detached container ended
 * (common/protocol/kept_end.h). */
#ifndef PF_SERVE_KEPT_END_H
#define PF_SERVE_KEPT_END_H

#include "init/monitor/monitor.h"

/* Writes the kept end of a container that has a name, or whose plan asks for a kept end. Call the
 * function while the control socket still exists, so that every client finds the socket or the kept
 * end. Returns 0 or -errno. */
int pf_end_keep(const struct monitor *monitor, const struct pflask_exit *end);

/* Removes the kept end of an earlier container with the same name. */
void pf_end_forget(const struct pf_run *run);

#endif
