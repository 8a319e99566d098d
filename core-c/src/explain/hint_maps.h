/* SPDX-License-Identifier: BSD-2-Clause */
/* Finds remedies after a setuid helper has refused to write an id map. */
#ifndef PF_HINT_MAPS_H
#define PF_HINT_MAPS_H

#include "common/protocol/plan.h"
#include "pflask.h"

/* Adds a remedy after newuidmap(1) or newgidmap(1) has refused a map, as pf_hint() does. Searches
 * for the reason on this system. */
void pf_hint_maps(struct pflask_error *error, const void *plan, enum pf_op_code code);

#endif
