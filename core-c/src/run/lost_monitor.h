/* SPDX-License-Identifier: BSD-2-Clause */
/* Cleans up in the calling process after a monitor was killed. */
#ifndef PF_LOST_MONITOR_H
#define PF_LOST_MONITOR_H

#include "container.h"

/* Time limit for init to kill its descendants after the death of the monitor. */
#define PF_ORPHAN_MSEC 2000

/* Returns interfaces to the host and removes the cgroups, if the monitor has not done so. */
void pf_clean_up_lost_container(const pflask_container *container);

/* Makes the pipe that tells whether the command may have run: the command's process writes a byte
 * just before execve(2). Keeps the reading end in the container. Returns the writing end, for the
 * processes of the command, or -errno. */
int pf_make_mark(pflask_container *container);

/* Tells whether the command may have run, after the monitor has ended. Waits until no process has
 * the writing end of the pipe: a process that has not executed the command yet ends with the
 * monitor. Returns 1, 0, or -EAGAIN after timeout_ms. */
int pf_may_have_run(const pflask_container *container, int timeout_ms);

/* Waits for the end of init after the death of the monitor. Then cleans up as
 * pf_clean_up_lost_container() does, sets the reason PFLASK_LOST in container->exit, and returns 1.
 * Without `may_wait`, returns 0 while init has not ended, and must be called again. */
int pf_lose_container(pflask_container *container, int may_wait);

#endif
