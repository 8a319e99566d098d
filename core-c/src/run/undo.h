/* SPDX-License-Identifier: BSD-2-Clause */
/* What the caller does in the place of a monitor that was killed. */
#ifndef PF_UNDO_H
#define PF_UNDO_H

#include "container.h"

/* Gives interfaces back and removes the cgroup, where the monitor has not done that. */
void pf_undo(const pflask_container *container);

/* The same, after the end of init, which has lost its monitor; container->exit says so. */
void pf_undo_lost(pflask_container *container);

#endif
