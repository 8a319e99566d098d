/* SPDX-License-Identifier: BSD-2-Clause */
/* The name of a descriptor in /proc: as an O_PATH descriptor, which takes no other call, can be
 * used. */
#ifndef PF_FD_PATH_H
#define PF_FD_PATH_H

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "proc_path.h"

#define PF_FD_PATH PF_PROC_PATH

/* Names a descriptor of the calling process, where there is a /proc. */
static inline void pf_name_fd(int fd, char ret[PF_FD_PATH])
{
	pf_proc_fd_path(0, "fd", fd, ret);
}

/* Tells whether a descriptor is that of a directory. The file system is not asked, since its server
 * may not answer: the kernel looks at its own notes. Returns 0 or 1, or -errno. */
static inline int pf_is_directory(int fd)
{
	char path[PF_FD_PATH];

	pf_name_fd(fd, path);
	int again = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (again < 0)
		return errno == ENOTDIR ? 0 : -errno;
	close(again);
	return 1;
}

#endif
