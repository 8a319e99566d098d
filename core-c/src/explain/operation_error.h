/* SPDX-License-Identifier: BSD-2-Clause */
/* Makes the error for a failed operation of a plan: what failed, why, and which field of the spec
 * caused the operation. */
#ifndef PF_OPERATION_ERROR_H
#define PF_OPERATION_ERROR_H

#include "common/protocol/wire.h"
#include "pflask.h"
#include "src/base/origins.h"

/* Fills in the error for a failed operation of a plan. `origins` has the origins of the operations.
 * Returns -errno. */
int pf_error_operation(struct pflask_error *reterr, const void *plan,
		       const struct pf_origins *origins, const struct pf_failed *failed);

#endif
