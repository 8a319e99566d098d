/* SPDX-License-Identifier: BSD-2-Clause */
/* The error of an operation that has failed: what failed, why, and which field asks for it. */
#ifndef PF_OPERATION_ERROR_H
#define PF_OPERATION_ERROR_H

#include "common/protocol/wire.h"
#include "pflask.h"
#include "src/base/origins.h"

/* An operation of a plan failed; `origins` has where the operations come from. Returns -errno. */
int pf_error_operation(struct pflask_error *reterr, const void *plan,
		       const struct pf_origins *origins, const struct pf_failed *failed);

#endif
