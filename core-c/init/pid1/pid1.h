/* SPDX-License-Identifier: BSD-2-Clause */
/* Runs init: pid 1 of the container, or the subreaper of a container without a pid namespace. */
#ifndef PF_PID1_H
#define PF_PID1_H

#include "init/base/run.h"

/* Runs init: executes the operations of the plan for init. Never returns. */
_Noreturn void pf_init_main(struct pf_run *run);

/* Runs init after it has forked the command: reaps processes, forwards signals, and reports how the
 * command has ended. Never returns. */
_Noreturn void pf_reap(struct pf_run *run, pid_t command);

/* Lowers the soft limit on open files to the limit of the command. Leaves enough for the
 * descriptors of init and of the command's process. */
void pf_lower_open_files(const struct pf_run *run);

#endif
