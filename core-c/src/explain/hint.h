/* SPDX-License-Identifier: BSD-2-Clause */
/* Finds remedies for failed operations. */
#ifndef PF_HINT_H
#define PF_HINT_H

#include "common/protocol/plan.h"
#include "pflask.h"

/* Adds a remedy for a failed operation, if a remedy is known. A table has the remedies. If a
 * privilege is missing, also checks what blocks the operation on this system. `code` is the code of
 * the operation. */
void pf_hint(struct pflask_error *error, const void *plan, enum pf_op_code code);

/* Adds a remedy for an access that AppArmor has refused, or may have refused to a program that
 * pflask runs. Adds nothing if no profile of AppArmor can be the reason. */
void pf_hint_apparmor(struct pflask_error *error);

#endif
