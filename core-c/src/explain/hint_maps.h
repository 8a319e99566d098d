/* SPDX-License-Identifier: BSD-2-Clause */
/* The remedy where a setuid helper has refused to write an id map. */
#ifndef PF_HINT_MAPS_H
#define PF_HINT_MAPS_H

#include "common/protocol/plan.h"
#include "pflask.h"

/* As pf_hint(), where newuidmap(1) or newgidmap(1) has refused: it has said why, which is looked
 * up. */
void pf_hint_maps(struct pflask_error *error, const void *plan, enum pf_op_code code);

#endif
