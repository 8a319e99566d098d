/* SPDX-License-Identifier: BSD-2-Clause */
/* Tells whether a descriptor is passed on to the command (inherited_fds.h). */
#include "inherited_fds.h"

#include <fcntl.h>

/* A standard descriptor that is close-on-exec does not count as inherited: if the program was
 * started without the descriptor, a language runtime such as Bun has opened a file of its own with
 * this number. */
int pf_is_inherited(int fd)
{
	int flags = fd < 0 ? -1 : fcntl(fd, F_GETFD);

	return flags >= 0 && (fd > 2 || !(flags & FD_CLOEXEC));
}
