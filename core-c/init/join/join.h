/* SPDX-License-Identifier: BSD-2-Clause */
/* Runs the joiner: the process that joins a container for --exec, and executes the command
 * there. */
#ifndef PF_JOIN_H
#define PF_JOIN_H

#include "init/base/run.h"

/* Runs the joiner, and never returns. `stdio` are the standard descriptors of the command, or -1.
 * `plan` is the sealed memfd with the plan of the request. `mark` is the pipe to the client (struct
 * pf_run). `forked` is memory that the joiner shares with the monitor, for the pid of the command's
 * process. */
struct pf_join {
	int report, plan, mark, stdio[3];
	volatile pid_t *forked;
};
_Noreturn void pf_join(struct pf_run *run, const struct pf_join *join);

#endif
