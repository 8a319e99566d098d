/* SPDX-License-Identifier: BSD-2-Clause */
/* From a spec to a plan: every decision is taken here, and none after. */
#ifndef PF_COMPILE_H
#define PF_COMPILE_H

#include "pflask.h"
#include "src/base/origins.h"
#include "src/host/host_path.h"

/* Makes a plan of a spec. Returns its size and gives *ret, to be freed by the caller; or -errno
 * with *reterr filled in. Adds to *origins, and to *held what the plan needs to stay open. */
int pf_compile(const pflask_spec *spec, void **ret, struct pf_origins *origins,
	       struct pf_held *held, struct pflask_error *reterr);

#endif
