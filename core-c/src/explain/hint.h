/* SPDX-License-Identifier: BSD-2-Clause */
/* Remedies for operations that have failed. */
#ifndef PF_HINT_H
#define PF_HINT_H

#include "pflask.h"

/* Adds the remedy for a failed operation, where one is known: one table, and for a missing
 * privilege a look at what blocks it on this system. */
void pf_hint(struct pflask_error *error, const void *plan);

#endif
