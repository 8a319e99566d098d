/* SPDX-License-Identifier: BSD-2-Clause */
/* Copying between the caller's descriptors and the terminal of a detached container (attach.h). */
#include "attach.h"

#include <errno.h>

#include "error.h"

int pf_attach(const char *which, int in_fd, int out_fd, int detach_key, struct pflask_exit *ret,
	      struct pflask_error *reterr)
{
	(void)in_fd;
	(void)out_fd;
	(void)detach_key;
	(void)ret;
	return pf_error_field(reterr, "which", ENOSYS, "%s: not built yet", which);
}

int pf_logs(const char *which, int out_fd, int follow, struct pflask_error *reterr)
{
	(void)out_fd;
	(void)follow;
	return pf_error_field(reterr, "which", ENOSYS, "%s: not built yet", which);
}
