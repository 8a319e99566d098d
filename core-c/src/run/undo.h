/* SPDX-License-Identifier: BSD-2-Clause */
/* The caller's cleanup after its monitor was killed. */
#ifndef PF_UNDO_H
#define PF_UNDO_H

#include "container.h"

/* Moves interfaces back and removes the cgroup, unless the monitor has already done so. */
void pf_undo(const pflask_container *container);

/* Waits until init, whose monitor is gone, has ended. Then cleans up as pf_undo() does, and sets
 * container->exit to PFLASK_LOST. */
void pf_undo_lost(pflask_container *container);

#endif
