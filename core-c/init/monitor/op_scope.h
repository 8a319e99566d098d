/* SPDX-License-Identifier: BSD-2-Clause */
/* The scope that systemd has made for a machine. */
#ifndef PF_OP_SCOPE_H
#define PF_OP_SCOPE_H

#include "init/base/run.h"

/* Ends the process that keeps the scope, and removes its cgroup. systemd then removes the scope. */
void pf_release_scope(struct pf_run *run);

#endif
