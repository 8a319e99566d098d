/* SPDX-License-Identifier: BSD-2-Clause */
/* Releases the resource of a variable (a descriptor, memory) when the variable goes out of
 * scope. */
#ifndef PF_CLEANUP_H
#define PF_CLEANUP_H

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

static inline void pf_cleanup_fd(const int *fd)
{
	if (*fd >= 0) {
		int saved = errno;
		close(*fd);
		errno = saved;
	}
}

/* Returns a descriptor, and sets the variable to -1, so that the cleanup does not close the
 * descriptor. */
static inline int pf_steal_fd(int *fd)
{
	int given = *fd;
	*fd = -1;
	return given;
}

/* Closes a descriptor before its variable goes out of scope; -1 means no descriptor. */
static inline void pf_drop_fd(int *fd)
{
	if (*fd >= 0)
		close(pf_steal_fd(fd));
}

#define PF_CLEANUP_FD __attribute__((cleanup(pf_cleanup_fd)))

#endif
