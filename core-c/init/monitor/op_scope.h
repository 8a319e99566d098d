/* SPDX-License-Identifier: BSD-2-Clause */
/* The scope that systemd makes for a registered machine. */
#ifndef PF_OP_SCOPE_H
#define PF_OP_SCOPE_H

#include "init/base/run.h"

/* Ends the keeper of the scope, and removes the keeper's cgroup. systemd then removes the scope. */
void pf_release_scope(struct pf_run *run);

#endif
