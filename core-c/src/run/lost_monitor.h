/* SPDX-License-Identifier: BSD-2-Clause */
/* Cleans up in the caller's process, after the monitor was killed. */
#ifndef PF_LOST_MONITOR_H
#define PF_LOST_MONITOR_H

#include "container.h"

#define PF_ORPHAN_MSEC 2000 /* time for an init without a monitor to kill its descendants */

/* Moves interfaces back and removes the cgroups, unless the monitor has already done so. */
void pf_clean_up_lost_container(const pflask_container *container);

/* Makes the pipe that tells whether the command may have run. Keeps one end in the container.
 * Returns the other end, which the processes of the command get, or -errno. */
int pf_make_mark(pflask_container *container);

/* Tells whether the command may have run, after the monitor has ended. Waits until no process has
 * the other end of the pipe: a process that has not yet executed the command ends with the monitor.
 * Returns 1, 0, or -EAGAIN if timeout_ms has passed. */
int pf_may_have_run(const pflask_container *container, int timeout_ms);

/* Waits until init, whose monitor is gone, has ended. Then cleans up as
 * pf_clean_up_lost_container() does, and sets container->exit to PFLASK_LOST. Returns 1. Without
 * `may_wait`, returns 0 if init has not ended yet, and the function must be called again. */
int pf_lose_container(pflask_container *container, int may_wait);

#endif
