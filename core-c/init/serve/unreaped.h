/* SPDX-License-Identifier: BSD-2-Clause */
/* Keeps the children for which the monitor must wait again, because an earlier wait has failed. */
#ifndef PF_UNREAPED_H
#define PF_UNREAPED_H

#include "init/monitor/monitor.h"

/* Records a child that cannot be waited for yet. */
void pf_note_unreaped(struct monitor *monitor, pid_t pid);

/* Kills a child, and waits for its end. Records the child if it cannot be waited for yet. */
void pf_kill_or_note(struct monitor *monitor, pid_t pid);

/* Waits for children for which an earlier wait has failed. While a zombie of such a child is in the
 * pid namespace, init cannot end (pid_namespaces(7)). Returns how many children are left. */
size_t pf_reap_unreaped(struct monitor *monitor);

#endif
