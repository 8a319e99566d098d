/* SPDX-License-Identifier: BSD-2-Clause */
/* Continues a trial, and stacks a container on trials. */
#ifndef PF_OP_TRIAL_H
#define PF_OP_TRIAL_H

#include "common/output.h"
#include "init/base/run.h"

/* Writes the manifest's lines about the trials below the container. */
void pf_put_trials(struct pf_output *out);

/* Must be called when the start of a container that continues a trial has succeeded or failed.
 * If the start has failed, the trial gets its
 * earlier manifest again. Otherwise the earlier manifest is deleted. */
void pf_settle_trial(struct pf_run *run, int has_failed);

#endif
