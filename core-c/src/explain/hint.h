/* SPDX-License-Identifier: BSD-2-Clause */
/* Finds remedies for failed operations. */
#ifndef PF_HINT_H
#define PF_HINT_H

#include "common/protocol/plan.h"
#include "pflask.h"

/* Adds a remedy for a failed operation to an error, if one is known. Uses a table of remedies. For
 * a missing privilege, also checks what forbids the operation on this system. */
void pf_hint(struct pflask_error *error, const void *plan, enum pf_op_code code);

/* Adds a remedy for an access that AppArmor has refused, or may have refused to a program that
 * pflask runs. Adds nothing if no profile of AppArmor can be the reason. */
void pf_hint_apparmor(struct pflask_error *error);

#endif
