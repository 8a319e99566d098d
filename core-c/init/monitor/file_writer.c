/* SPDX-License-Identifier: BSD-2-Clause */
/* Tells whether a process has a file open for writing (file_writer.h). */
#define _GNU_SOURCE
#include "file_writer.h"

#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/proc_path.h"
#include "common/sys.h"

/* The maximum number of descriptors of a process to check. A monitor opens its pid file early, so
 * the file has a low number. */
#define MOST_FDS 256

struct open_file {
	char path[PATH_MAX];
	uint32_t mount; /* mount id (proc_pid_fdinfo(5)), which is unique on the host */
	int is_written;
};

/* Reads the number after `name` at the start of a line. Returns 0, or -1 if the line does not begin
 * with `name` and a number. */
static int take_number(const char *text, const char *name, int base, uint32_t *ret)
{
	const char *found = strstr(text, name);

	if (!found || (found != text && found[-1] != '\n'))
		return -1;
	*ret = 0;
	for (const char *c = found + strlen(name); *c >= '0' && *c < '0' + base; c++)
		*ret = *ret * (uint32_t)base + (uint32_t)(*c - '0');
	return 0;
}

/* Reads a descriptor of a process from /proc. Returns 0, or -1 if the descriptor does not exist or
 * is not visible to the monitor. */
static int read_open_file(pid_t pid, int number, struct open_file *ret)
{
	char name[PF_PROC_PATH], text[1024];
	uint32_t flags;

	pf_proc_fd_path(pid, "fdinfo", number, name);
	PF_CLEANUP_FD int fd = open(name, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);
	if (n <= 0)
		return -1;
	text[n] = '\0';
	if (take_number(text, "flags:\t", 8, &flags) < 0 ||
	    take_number(text, "mnt_id:\t", 10, &ret->mount) < 0)
		return -1;
	ret->is_written =
		(flags & PF_ACCESS_MODE) == O_WRONLY || (flags & PF_ACCESS_MODE) == O_RDWR;
	pf_proc_fd_path(pid, "fd", number, name);
	n = readlink(name, ret->path, sizeof(ret->path) - 1);
	if (n < 0)
		return -1;
	ret->path[n] = '\0';
	return 0;
}

int pf_is_file_writer(pid_t pid, int fd)
{
	struct open_file own, other;

	if (read_open_file(getpid(), fd, &own) < 0)
		return 0;
	for (int number = 0; number < MOST_FDS; number++)
		if (read_open_file(pid, number, &other) == 0 && other.is_written &&
		    other.mount == own.mount && strcmp(other.path, own.path) == 0)
			return 1;
	return 0;
}
