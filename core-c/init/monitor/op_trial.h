/* SPDX-License-Identifier: BSD-2-Clause */
/* Operations on trials (docs/trial.md): a container can continue a trial (--ephemeral=DIR), or run
 * on top of the changes of trials (--lower=DIR). */
#ifndef PF_OP_TRIAL_H
#define PF_OP_TRIAL_H

#include "common/output.h"
#include "init/base/run.h"

/* Writes a line for each trial below the container (--lower) into the manifest. */
void pf_put_trials(struct pf_output *out);

/* Ends the continuation of a trial when the start of the container has succeeded or failed. After a
 * failure, restores the previous manifest; otherwise deletes it. */
void pf_settle_trial(struct pf_run *run, int has_failed);

#endif
