/* SPDX-License-Identifier: BSD-2-Clause */
/* Executes a command in a detached container. */
#ifndef PF_EXEC_H
#define PF_EXEC_H

#include "pflask.h"

/* Implements pflask_exec() of pflask.h. */
int pf_exec(const pflask_container *in, const pflask_spec *spec, const int stdio[3], uint32_t flags,
	    pflask_container **ret, struct pflask_error *reterr);

#endif
