/* SPDX-License-Identifier: BSD-2-Clause */
/* Remedies for operations that have failed. */
#ifndef PF_HINT_H
#define PF_HINT_H

#include "common/protocol/plan.h"
#include "pflask.h"

/* Adds the remedy for an operation that has failed, where one is known: one table, and for a
 * missing privilege a look at what blocks it on this system. `code` is the operation's. */
void pf_hint(struct pflask_error *error, const void *plan, enum pf_op_code code);

#endif
