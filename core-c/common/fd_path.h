/* SPDX-License-Identifier: BSD-2-Clause */
/* Names a descriptor by its path in /proc, because few system calls accept an O_PATH descriptor. */
#ifndef PF_FD_PATH_H
#define PF_FD_PATH_H

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "proc_path.h"
#include "sys.h"

#define PF_FD_PATH PF_PROC_PATH

/* Writes the path of a descriptor of the calling process. The path works only if /proc is
 * mounted. */
static inline void pf_fd_path(int fd, char ret[PF_FD_PATH])
{
	pf_proc_fd_path(0, "fd", fd, ret);
}

/* Tells whether a descriptor is a directory. The kernel answers without the file system, because
 * the server of a file system may never answer. Returns 0 or 1, or -errno. */
static inline int pf_is_directory(int fd)
{
	char path[PF_FD_PATH];

	pf_fd_path(fd, path);
	int again = pf_open(path, O_PATH | O_DIRECTORY);
	if (again < 0)
		return again == -ENOTDIR ? 0 : again;
	close(again);
	return 1;
}

#endif
