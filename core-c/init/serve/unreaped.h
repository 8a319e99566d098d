/* SPDX-License-Identifier: BSD-2-Clause */
/* Keeps the pids of children that the monitor could not reap yet: a tracer in the container may
 * withhold the status. */
#ifndef PF_UNREAPED_H
#define PF_UNREAPED_H

#include "init/monitor/monitor.h"

/* Records a child that cannot be reaped yet. */
void pf_note_unreaped(struct monitor *monitor, pid_t pid);

/* Kills a child, and reaps it. Records the child if it cannot be reaped yet. */
void pf_kill_or_note(struct monitor *monitor, pid_t pid);

/* Tries again to reap the recorded children. A zombie in the pid namespace keeps init from ending
 * (pid_namespaces(7)). Returns the number of remaining children. */
size_t pf_reap_unreaped(struct monitor *monitor);

#endif
