/* SPDX-License-Identifier: BSD-2-Clause */
/* Joins a container and executes a command there. */
#ifndef PF_JOIN_H
#define PF_JOIN_H

#include "init/base/run.h"

/* Runs the process that joins a container. `stdio` are descriptors or -1. `plan` is a sealed memfd.
 * `mark` is the pipe to the client (struct pf_run). `forked` is memory that the process shares with
 * the monitor: the kernel writes the pid of the command's process there. Never returns. */
struct pf_join {
	int report, plan, mark, stdio[3];
	volatile pid_t *forked;
};
_Noreturn void pf_join(struct pf_run *run, const struct pf_join *join);

#endif
