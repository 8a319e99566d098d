/* SPDX-License-Identifier: BSD-2-Clause */
/* Operations of the monitor around the clone. */
#ifndef PF_OP_MONITOR_H
#define PF_OP_MONITOR_H

#include "init/base/run.h"

/* Removes the container's cgroup and all below it; does nothing where there is none. */
void pf_remove_cgroup(const struct pf_run *run);

#endif
