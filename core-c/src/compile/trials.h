/* SPDX-License-Identifier: BSD-2-Clause */
/* Compiles containers that continue a trial (--ephemeral=DIR), or lie above a trial (--lower=DIR);
 * docs/trial.md. The monitor reads and checks the manifests. */
#ifndef PF_TRIALS_H
#define PF_TRIALS_H

#include "compiler.h"

/* Opens the directory of the trial of --lower. Returns 0, or -errno with compiler->error set. */
int pf_compile_trials_check(struct pf_compiler *compiler);

/* Checks the directory of --ephemeral=DIR. The command must have no mount through which it could
 * write to the directory. If the directory has entries, they must be a trial. Returns 0, or -errno
 * with compiler->error set. */
int pf_compile_trial_check(struct pf_compiler *compiler);

/* Adds the monitor's operations on trials. */
void pf_compile_trials(struct pf_compiler *compiler);

#endif
