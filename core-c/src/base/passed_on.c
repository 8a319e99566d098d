/* SPDX-License-Identifier: BSD-2-Clause */
/* Which descriptors a command gets (passed_on.h). */
#include "passed_on.h"

#include <fcntl.h>

/* A runtime puts a close-on-exec one in the place of what its caller had closed. */
int pf_is_passed_on(int fd)
{
	int flags = fd < 0 ? -1 : fcntl(fd, F_GETFD);

	return flags >= 0 && (fd > 2 || !(flags & FD_CLOEXEC));
}
