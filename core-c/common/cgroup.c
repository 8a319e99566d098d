/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Making and removing a cgroup (cgroup.h). The hierarchy is reached through a mount of our own
 * that is attached nowhere, wherever the host has mounted it, or has not.
 */
#define _GNU_SOURCE
#include "cgroup.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "cleanup.h"
#include "decimal.h"
#include "sys.h"

#define MAX_DEPTH 64   /* of cgroups that a container may have left below its own */
#define MAX_ROUNDS 200 /* of 10 ms, for the kernel to empty a cgroup after a kill */

void pf_cgroup_name(const char *pattern, pid_t monitor, char ret[PF_CGROUP_NAME])
{
	size_t length = strcspn(pattern, "$");

	if (length > PF_CGROUP_NAME - PF_DECIMAL_SIZE)
		length = PF_CGROUP_NAME - PF_DECIMAL_SIZE;
	memcpy(ret, pattern, length);
	ret[length] = '\0';
	if (pattern[length] == '$')
		pf_decimal((uint64_t)monitor, ret + length);
}

static int mount_hierarchy(void)
{
	PF_CLEANUP_FD int fs = pf_fsopen("cgroup2");
	if (fs < 0)
		return fs;
	int r = pf_fsconfig(fs, FSCONFIG_CMD_CREATE, NULL, NULL);
	return r < 0 ? r : pf_fsmount(fs, 0);
}

/* Finds the caller's cgroup in /proc/self/cgroup: the line "0::/path" (cgroups(7)). */
static int own_path(char ret[PATH_MAX])
{
	char text[2 * PATH_MAX];
	PF_CLEANUP_FD int fd = open("/proc/self/cgroup", O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	ssize_t n = read(fd, text, sizeof(text) - 1);
	if (n < 0)
		return -errno;
	text[n] = '\0';
	for (char *line = text; line; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (strncmp(line, "0::/", 4) != 0)
			continue;
		size_t length = strcspn(line + 4, "\n");
		if (length >= PATH_MAX)
			return -ENAMETOOLONG;
		memcpy(ret, line + 4, length);
		ret[length] = '\0';
		return 0;
	}
	return -ENOENT;
}

int pf_cgroup_open_own(void)
{
	char path[PATH_MAX];
	int r = own_path(path);
	if (r < 0)
		return r;
	PF_CLEANUP_FD int top = mount_hierarchy();
	if (top < 0)
		return top;
	int fd = openat(top, path[0] ? path : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

int pf_cgroup_make(int parent, const char *name)
{
	if (mkdirat(parent, name, 0755) < 0)
		return -errno;
	int fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

/* Removes a cgroup and, first, the ones below it. */
static int remove_tree(int parent, const char *name, int depth)
{
	if (unlinkat(parent, name, AT_REMOVEDIR) == 0 || depth == 0)
		return 0;
	PF_CLEANUP_FD int fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	char entries[2048] __attribute__((aligned(8)));
	long n;
	while ((n = syscall(SYS_getdents64, fd, entries, sizeof(entries))) > 0) {
		for (long i = 0; i < n;) {
			struct dirent *entry = (void *)(entries + i);
			i += entry->d_reclen;
			if (entry->d_type == DT_DIR && entry->d_name[0] != '.')
				remove_tree(fd, entry->d_name, depth - 1);
		}
	}
	return unlinkat(parent, name, AT_REMOVEDIR) < 0 ? -errno : 0;
}

static void kill_all(int parent, const char *name)
{
	PF_CLEANUP_FD int fd = openat(parent, name, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return;
	PF_CLEANUP_FD int file = openat(fd, "cgroup.kill", O_WRONLY | O_CLOEXEC);
	if (file >= 0 && write(file, "1", 1) < 0)
		return; /* Linux 5.14 has it; before, the pid namespace's end has killed them */
}

void pf_cgroup_remove(int parent, const char *name)
{
	const struct timespec pause = {.tv_nsec = 10 * 1000 * 1000};

	kill_all(parent, name);
	for (int i = 0; i < MAX_ROUNDS; i++) {
		if (remove_tree(parent, name, MAX_DEPTH) != -EBUSY)
			return;
		nanosleep(&pause, NULL);
	}
}
