/* SPDX-License-Identifier: BSD-2-Clause */
/* Kills the processes that a command leaves behind if the container has no pid namespace. */
#ifndef PF_DESCENDANTS_H
#define PF_DESCENDANTS_H

#include "run.h"

/* Makes the calling process adopt its orphaned descendants, and opens the list of its children for
 * pf_kill_descendants(). Returns 0 or -errno. */
int pf_adopt_descendants(struct pf_run *run);

/* Kills every descendant, and waits for all of them. Does nothing in a process that has not adopted
 * its descendants. The container of such a process has a pid namespace, whose end kills the
 * descendants. */
void pf_kill_descendants(const struct pf_run *run);

#endif
