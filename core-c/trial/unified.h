/* SPDX-License-Identifier: BSD-2-Clause */
/* Compares two texts line by line, and writes the difference as hunks of a unified diff. */
#ifndef PF_TRIAL_UNIFIED_H
#define PF_TRIAL_UNIFIED_H

#include "text.h"

/* Adds the hunks that turn one text into another. Counts the lines that are added and removed.
 * Returns 0 or a failure. */
int pf_unified(struct pf_text *out, const char *one, size_t one_size, const char *other,
	       size_t other_size, uint64_t *ret_added, uint64_t *ret_removed);

#endif
