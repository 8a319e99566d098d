/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Makes and removes a cgroup (cgroup.h). The code mounts the hierarchy itself, without attaching
 * the mount to any path, because the host's own mount may be at any path, or missing.
 */
#define _GNU_SOURCE
#include "cgroup.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "cleanup.h"
#include "decimal.h"
#include "proc_path.h"
#include "sys.h"

#define MAX_ROUNDS 200 /* attempts to remove a killed cgroup, 10 ms apart */

void pf_cgroup_name(const char *pattern, pid_t monitor, char ret[PF_CGROUP_NAME])
{
	size_t length = strcspn(pattern, "$");

	if (length > PF_CGROUP_NAME - PF_DECIMAL_SIZE)
		length = PF_CGROUP_NAME - PF_DECIMAL_SIZE;
	memcpy(ret, pattern, length);
	ret[length] = '\0';
	if (pattern[length] == '$')
		pf_write_decimal((uint64_t)monitor, ret + length);
}

static int mount_hierarchy(void)
{
	PF_CLEANUP_FD int fs = pf_fsopen("cgroup2");
	if (fs < 0)
		return fs;
	int r = pf_fsconfig(fs, FSCONFIG_CMD_CREATE, NULL, NULL);
	return r < 0 ? r : pf_fsmount(fs, 0);
}

/* Finds the cgroup of a process in /proc/PID/cgroup: the line "0::/path" (cgroups(7)). A pid of 0
 * means the calling process. */
static int path_of(pid_t pid, char ret[PATH_MAX])
{
	char text[2 * PATH_MAX];
	PF_CLEANUP_FD int fd = pf_proc_open(pid, "cgroup", O_RDONLY);

	if (fd < 0)
		return fd;
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

static int open_path(const char *path)
{
	PF_CLEANUP_FD int top = mount_hierarchy();
	if (top < 0)
		return top;
	int fd = openat(top, path[0] ? path : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

int pf_cgroup_open_own(void)
{
	char path[PATH_MAX];
	int r = path_of(0, path);

	return r < 0 ? r : open_path(path);
}

int pf_cgroup_open_other(pid_t pid)
{
	char ours[PATH_MAX], theirs[PATH_MAX];
	int r = path_of(0, ours);

	if (r == 0)
		r = path_of(pid, theirs);
	if (r < 0)
		return r;
	return strcmp(ours, theirs) == 0 ? -EEXIST : open_path(theirs);
}

int pf_cgroup_make(int parent, const char *name)
{
	if (mkdirat(parent, name, 0755) < 0)
		return -errno;
	int fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

/* Finds the first child of a cgroup that `is_wanted` accepts. Returns 1, or 0 if there is none. */
static int find_child(int dir, int (*is_wanted)(int dir, const char *name), char ret[NAME_MAX + 1])
{
	char entries[2048] __attribute__((aligned(8)));
	long n;

	lseek(dir, 0, SEEK_SET);
	while ((n = syscall(SYS_getdents64, dir, entries, sizeof(entries))) > 0) {
		for (long i = 0; i < n;) {
			const struct dirent *entry = (void *)(entries + i);
			i += entry->d_reclen;
			if (entry->d_type != DT_DIR || strcmp(entry->d_name, ".") == 0 ||
			    strcmp(entry->d_name, "..") == 0 || !is_wanted(dir, entry->d_name))
				continue;
			strcpy(ret, entry->d_name);
			return 1;
		}
	}
	return 0;
}

static int is_any(int dir, const char *name)
{
	(void)dir;
	(void)name;
	return 1;
}

/* Removes all cgroups below `name`, however deeply a container has nested them. Descends to a
 * cgroup without children, removes it, and rises again. Returns 0, -EBUSY if a cgroup still has
 * processes, or another -errno. */
static int remove_below(int parent, const char *name)
{
	PF_CLEANUP_FD int dir = openat(parent, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int depth = 0, rose = 0;

	while (dir >= 0) {
		char child[NAME_MAX + 1];
		int has_child = find_child(dir, is_any, child);
		if (!has_child && depth == 0)
			return 0;
		if (has_child && unlinkat(dir, child, AT_REMOVEDIR) == 0) {
			rose = 0;
			continue;
		}
		if (has_child && rose)
			return -EBUSY;
		PF_CLEANUP_FD int from = dir;
		dir = openat(from, has_child ? child : "..", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		rose = !has_child;
		depth += rose ? -1 : 1;
	}
	return -errno;
}

static int remove_tree(int parent, const char *name)
{
	if (unlinkat(parent, name, AT_REMOVEDIR) == 0)
		return 0;
	int r = remove_below(parent, name);
	return r < 0 ? r : unlinkat(parent, name, AT_REMOVEDIR) < 0 ? -errno : 0;
}

static void kill_all(int parent, const char *name)
{
	PF_CLEANUP_FD int fd = openat(parent, name, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return;
	PF_CLEANUP_FD int file = openat(fd, "cgroup.kill", O_WRONLY | O_CLOEXEC);
	/* Linux before 5.14 has no cgroup.kill. There, the end of the pid namespace has killed all
	 * processes. */
	if (file >= 0 && write(file, "1", 1) < 0)
		return;
}

void pf_cgroup_remove(int parent, const char *name)
{
	const struct timespec pause = {.tv_nsec = 10 * 1000 * 1000};

	kill_all(parent, name);
	for (int i = 0; i < MAX_ROUNDS; i++) {
		if (remove_tree(parent, name) != -EBUSY)
			return;
		nanosleep(&pause, NULL);
	}
}

/* Tells whether the cgroup belongs to a monitor that lives. `digits` is the end of the cgroup's
 * name: the pid of its monitor. The pid of the calling process does not count, because an earlier
 * monitor had the same pid. If `digits` is no pid, the owner is unknown, and the function returns
 * 1. */
static int has_owner(const char *digits)
{
	pid_t pid = 0;

	for (; *digits >= '0' && *digits <= '9' && pid < INT_MAX / 10; digits++)
		pid = pid * 10 + (*digits - '0');
	return *digits || pid <= 0 || (pid != getpid() && (kill(pid, 0) == 0 || errno != ESRCH));
}

static int is_stale(int dir, const char *name)
{
	char path[NAME_MAX + 32] = "", events[128] = "";

	if (strncmp(name, PF_CGROUP_PREFIX, strlen(PF_CGROUP_PREFIX)) != 0 ||
	    has_owner(name + strlen(PF_CGROUP_PREFIX)))
		return 0;
	strcat(strcpy(path, name), "/cgroup.events");
	PF_CLEANUP_FD int fd = openat(dir, path, O_RDONLY | O_CLOEXEC);
	return fd >= 0 && read(fd, events, sizeof(events) - 1) > 0 && strstr(events, "populated 0");
}

void pf_cgroup_remove_stale(int parent)
{
	char name[NAME_MAX + 1];

	while (find_child(parent, is_stale, name) && remove_tree(parent, name) == 0)
		;
}
