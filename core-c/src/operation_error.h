/* SPDX-License-Identifier: BSD-2-Clause */
/* The error of an operation of a plan that has failed: what failed, why, and which field asks for it. */
#ifndef PF_OPERATION_ERROR_H
#define PF_OPERATION_ERROR_H

#include "origins.h"
#include "pflask.h"
#include "wire.h"

/* An operation of a plan failed; `origin`, or NULL, is where it comes from. Returns -errno. */
int pf_error_operation(struct pflask_error *reterr, const void *plan,
		       const struct pf_origin *origin, const struct pf_failed *failed);

#endif
