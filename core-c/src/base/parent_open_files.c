/* SPDX-License-Identifier: BSD-2-Clause */
/* Reads a limit of the parent process (parent_open_files.h). */
#define _GNU_SOURCE
#include "parent_open_files.h"

#include <errno.h>
#include <limits.h>
#include <sys/resource.h>
#include <unistd.h>

int pf_parent_open_files(void)
{
	pid_t parent = getppid();
	struct rlimit limit;

	if (parent == 0)
		return -ESRCH; /* the parent is in another pid namespace */
	if (prlimit(parent, RLIMIT_NOFILE, NULL, &limit) < 0)
		return -errno;
	return limit.rlim_cur > INT_MAX ? INT_MAX : (int)limit.rlim_cur;
}
