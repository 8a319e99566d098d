/* SPDX-License-Identifier: BSD-2-Clause */
/* Compiles a spec into a plan. The compiler makes all decisions, and the plan leaves none open. */
#ifndef PF_COMPILE_H
#define PF_COMPILE_H

#include "pflask.h"
#include "src/base/origins.h"
#include "src/base/plan_notes.h"
#include "src/host/host_path.h"

/* Compiles a spec. Returns the size of the plan and sets *ret, which the caller frees; or returns
 * -errno with *reterr filled in. Adds to *origins the origins of the operations, and to *plan_fds
 * the descriptors that the plan needs. Fills in *ret_notes, which must be empty. The caller later
 * clears *ret_notes. */
int pf_compile(const pflask_spec *spec, void **ret, struct pf_origins *origins,
	       struct pf_plan_fds *plan_fds, struct pf_plan_notes *ret_notes,
	       struct pflask_error *reterr);

#endif
