/* SPDX-License-Identifier: BSD-2-Clause */
/* Init: pid 1 of the container, or its subreaper where there is no pid namespace. */
#ifndef PF_PID1_H
#define PF_PID1_H

#include "init/base/run.h"

/* Runs init: executes init's side of the plan. Never returns. */
_Noreturn void pf_init_main(struct pf_run *run);

/* Runs init after the fork of the command: reaps processes, forwards signals, and reports how the
 * command ended. Never returns. */
_Noreturn void pf_reap(struct pf_run *run, pid_t command);

#endif
