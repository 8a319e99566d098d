/* SPDX-License-Identifier: BSD-2-Clause */
#define _GNU_SOURCE
#include "proc_path.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "decimal.h"

size_t pf_proc_path(pid_t pid, const char *name, char ret[PF_PROC_PATH])
{
	strcpy(ret, "/proc/self");
	if (pid)
		pf_write_decimal((uint64_t)pid, ret + strlen("/proc/"));
	strcat(ret, "/");
	strcat(ret, name);
	return strlen(ret);
}

size_t pf_proc_fd_path(pid_t pid, const char *name, int fd, char ret[PF_PROC_PATH])
{
	size_t length = pf_proc_path(pid, name, ret);

	ret[length++] = '/';
	return length + (size_t)pf_write_decimal((uint64_t)fd, ret + length);
}

int pf_proc_open(pid_t pid, const char *name, int flags)
{
	char path[PF_PROC_PATH];

	pf_proc_path(pid, name, path);
	int fd = open(path, flags | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}
