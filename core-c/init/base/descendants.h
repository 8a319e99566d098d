/* SPDX-License-Identifier: BSD-2-Clause */
/* Kills the processes that a command leaves behind if the container has no pid namespace. */
#ifndef PF_DESCENDANTS_H
#define PF_DESCENDANTS_H

#include "run.h"

/* Makes the calling process a child subreaper, and opens the list of its children for
 * pf_kill_descendants(). Returns 0 or -errno. */
int pf_adopt_descendants(struct pf_run *run);

/* Kills and reaps all descendants of the calling process. Does nothing if the process has not
 * called pf_adopt_descendants(): the container then has a pid namespace, and the kernel kills the
 * descendants. */
void pf_kill_descendants(const struct pf_run *run);

#endif
