/* SPDX-License-Identifier: BSD-2-Clause */
/* Finds the differences of the selected changes, one after the other. */
#ifndef PF_TRIAL_DIFFER_H
#define PF_TRIAL_DIFFER_H

#include "trial.h"

/* Finds the next difference. The strings live until the next call. Returns 1, 0 after the last, or
 * a failure. */
int pf_next_difference(struct pflask_trial *trial, struct pflask_difference *ret);

/* Writes all differences to a descriptor, as unified diffs and notes. */
int pf_write_differences(struct pflask_trial *trial, int fd);

/* Frees what the search for differences needs. The next call begins with the first difference. */
void pf_free_differ(struct pf_differ *differ);

#endif
