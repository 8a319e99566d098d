/* SPDX-License-Identifier: BSD-2-Clause */
/* Runs init: pid 1 of the container, or the subreaper of a container without a pid namespace. */
#ifndef PF_PID1_H
#define PF_PID1_H

#include "init/base/run.h"

/* Runs init: executes init's side of the plan. Never returns. */
_Noreturn void pf_init_main(struct pf_run *run);

/* Runs init after the fork of the command. Reaps processes, forwards signals, and reports how the
 * command has ended. Never returns. */
_Noreturn void pf_reap(struct pf_run *run, pid_t command);

/* Lowers the soft limit on open files to the command's limit, which comes from the plan or else
 * from the caller. The limit stays large enough for the descriptors of init, and of the command's
 * process. */
void pf_lower_open_files(const struct pf_run *run);

#endif
