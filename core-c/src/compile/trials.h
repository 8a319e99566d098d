/* SPDX-License-Identifier: BSD-2-Clause */
/* Compiles containers that go on with a trial, or lie above a trial (docs/trial.md). The monitor
 * reads the manifests and checks them. */
#ifndef PF_TRIALS_H
#define PF_TRIALS_H

#include "compiler.h"

/* Opens the directory of the trial below. Returns 0, or -errno with compiler->error set. */
int pf_compile_trials_check(struct pf_compiler *compiler);

/* Checks an ephemeralDir. The command must have no mount through which the command could write to
 * the directory. If the directory has entries, the entries must be a trial. Returns 0, or -errno
 * with compiler->error set. */
int pf_compile_trial_check(struct pf_compiler *compiler);

/* Adds the operations of the monitor. */
void pf_compile_trials(struct pf_compiler *compiler);

#endif
