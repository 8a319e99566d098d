/* SPDX-License-Identifier: BSD-2-Clause */
/* Cleanup by the caller after a monitor was killed. */
#ifndef PF_UNDO_H
#define PF_UNDO_H

#include "container.h"

/* Moves interfaces back and removes the cgroup, unless the monitor has done so. */
void pf_undo(const pflask_container *container);

/* Waits until init, which has lost its monitor, has ended. Then cleans up as pf_undo() does, and
 * sets container->exit to PFLASK_LOST. */
void pf_undo_lost(pflask_container *container);

#endif
