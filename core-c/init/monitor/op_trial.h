/* SPDX-License-Identifier: BSD-2-Clause */
/* Goes on with a trial, and stacks a container on trials. */
#ifndef PF_OP_TRIAL_H
#define PF_OP_TRIAL_H

#include "common/output.h"
#include "init/base/run.h"

/* Writes the lines of a manifest about the trials below the container. */
void pf_put_trials(struct pf_output *out);

/* Ends the start of a container that goes on with a trial. If the start has failed, the trial gets
 * its earlier manifest again. Otherwise the earlier manifest is deleted. */
void pf_settle_trial(struct pf_run *run, int has_failed);

#endif
