/* SPDX-License-Identifier: BSD-2-Clause */
/* Running a command in a detached container (exec.h). */
#include "exec.h"

#include <errno.h>

#include "error.h"

int pf_exec(const char *which, const pflask_spec *spec, const int stdio[3], uint32_t flags,
	    pflask_container **ret, struct pflask_error *reterr)
{
	(void)spec;
	(void)stdio;
	(void)flags;
	(void)ret;
	return pf_error_field(reterr, "which", ENOSYS, "%s: not built yet", which);
}
