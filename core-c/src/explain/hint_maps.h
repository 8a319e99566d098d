/* SPDX-License-Identifier: BSD-2-Clause */
/* Finds remedies after newuidmap(1) or newgidmap(1) has refused to write an id map. */
#ifndef PF_HINT_MAPS_H
#define PF_HINT_MAPS_H

#include "common/protocol/plan.h"
#include "pflask.h"

/* Adds a remedy for the refused map to an error, as pf_hint() does, if the reason is found on this
 * system. */
void pf_hint_maps(struct pflask_error *error, const void *plan, enum pf_op_code code);

#endif
