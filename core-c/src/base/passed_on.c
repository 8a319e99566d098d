/* SPDX-License-Identifier: BSD-2-Clause */
/* Tells which descriptors are passed on (passed_on.h). */
#include "passed_on.h"

#include <fcntl.h>

/* A standard descriptor that is close-on-exec is not the caller's: a runtime has opened it in place
 * of a descriptor that the caller had closed. */
int pf_is_passed_on(int fd)
{
	int flags = fd < 0 ? -1 : fcntl(fd, F_GETFD);

	return flags >= 0 && (fd > 2 || !(flags & FD_CLOEXEC));
}
