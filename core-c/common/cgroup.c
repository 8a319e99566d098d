/* SPDX-License-Identifier: BSD-2-Clause */
/* Makes and removes cgroups (cgroup.h). */
#define _GNU_SOURCE
#include "cgroup.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <linux/magic.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <time.h>

#include "cleanup.h"
#include "decimal.h"
#include "proc_path.h"
#include "sys.h"

#define MAX_DEPTH 32 /* the greatest nesting depth of cgroups that kill_below() visits */
/* Inode number of the first pid namespace (PROC_PID_INIT_INO of the kernel). */
#define FIRST_PIDNS 0xeffffffcU
/* Number of attempts to remove a cgroup after a kill, 10 ms apart. */
#define MAX_ROUNDS 200

/* Writes the suffix that follows the pid in the name of a cgroup. In the first pid namespace, the
 * suffix is empty. In any other pid namespace, the suffix is "-" and the number of the namespace,
 * because pids in another pid namespace can be the same. */
static void write_pidns(char ret[1 + PF_DECIMAL_SIZE])
{
	struct stat status;

	*ret = '\0';
	if (stat("/proc/self/ns/pid", &status) < 0 || status.st_ino == FIRST_PIDNS)
		return;
	*ret = '-';
	pf_write_decimal((uint64_t)status.st_ino, ret + 1);
}

void pf_cgroup_name(const char *pattern, pid_t monitor, char ret[PF_CGROUP_NAME])
{
	const size_t most = PF_CGROUP_NAME - 2 * PF_DECIMAL_SIZE - 1;
	size_t length = strcspn(pattern, "$");

	if (length > most)
		length = most;
	memcpy(ret, pattern, length);
	ret[length] = '\0';
	if (pattern[length] == '$')
		write_pidns(ret + length + pf_write_decimal((uint64_t)monitor, ret + length));
}

/* Opens the root of cgroup2 at one of the paths where systemd mounts cgroup2. Does not mount
 * cgroup2 again: a second mount would reset the mount options of the host (nsdelegate). Returns a
 * descriptor, or -ENODEV if cgroup2 is mounted on another path. */
static int open_hierarchy(void)
{
	static const char *const places[] = {"/sys/fs/cgroup", "/sys/fs/cgroup/unified"};

	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		PF_CLEANUP_FD int fd = pf_open(places[i], O_PATH | O_DIRECTORY);
		struct statfs status;
		if (fd >= 0 && fstatfs(fd, &status) == 0 && status.f_type == CGROUP2_SUPER_MAGIC)
			return pf_steal_fd(&fd);
	}
	return -ENODEV;
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

static int open_in(int dir, const char *path, uint64_t resolve)
{
	return pf_openat2(dir, *path ? path : ".", O_RDONLY | O_DIRECTORY, resolve);
}

/* Returns the part of a path that follows the directory `name`, or NULL. */
static const char *below(const char *path, const char *name)
{
	size_t length = strlen(name);

	for (; path; path = strchr(path, '/')) {
		path += *path == '/';
		if (strncmp(path, name, length) == 0 && (!path[length] || path[length] == '/'))
			return path + length + (path[length] == '/');
	}
	return NULL;
}

int pf_cgroup_open_of(pid_t pid, const struct pf_cgroups *cgroups)
{
	char ours[PATH_MAX], theirs[PATH_MAX];
	int r = path_of(0, ours);

	if (r == 0)
		r = path_of(pid, theirs);
	if (r < 0)
		return r;
	if (strcmp(ours, theirs) == 0)
		return -EEXIST;
	const char *rest = cgroups->final >= 0 ? below(theirs, cgroups->name) : NULL;
	if (rest)
		return open_in(cgroups->fds[0], rest, RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS);
	PF_CLEANUP_FD int top = open_hierarchy();
	return top < 0 ? top : open_in(top, theirs, 0);
}

int pf_cgroup_make(int parent, const char *name)
{
	if (mkdirat(parent, name, 0755) < 0)
		return -errno;
	int fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

/* Finds the first child of a cgroup that `is_wanted` accepts. Returns 1, or 0 if there is no such
 * child. */
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

int pf_cgroup_write(int cgroup, const char *file, const char *text)
{
	PF_CLEANUP_FD int fd = openat(cgroup, file, O_WRONLY | O_CLOEXEC);

	return fd < 0 || write(fd, text, strlen(text)) < 0 ? -errno : 0;
}

/* Sends SIGKILL to each process of a cgroup. The file shows the pid 0 for a process of another pid
 * namespace, which gets no signal. */
static void kill_processes(int cgroup)
{
	PF_CLEANUP_FD int fd = openat(cgroup, "cgroup.procs", O_RDONLY | O_CLOEXEC);
	char list[1024];
	ssize_t size;
	pid_t pid = 0;

	while (fd >= 0 && (size = read(fd, list, sizeof(list))) > 0)
		for (ssize_t i = 0; i < size; i++) {
			if (list[i] >= '0' && list[i] <= '9') {
				pid = pid * 10 + (list[i] - '0');
				continue;
			}
			if (pid > 1 && pid != getpid())
				kill(pid, SIGKILL);
			pid = 0;
		}
}

/* Kills the processes of a cgroup and of all its descendant cgroups, one by one. First thaws the
 * processes, because a process that is frozen by a freezer of version 1 does not die. Always
 * returns 0, so that find_child() continues with the next child. */
static int kill_below(int parent, const char *name)
{
	static int depth;
	char none[NAME_MAX + 1];
	PF_CLEANUP_FD int dir = openat(parent, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (dir < 0 || depth == MAX_DEPTH)
		return 0;
	depth++;
	kill_processes(dir);
	pf_cgroup_write(dir, "freezer.state", "THAWED");
	find_child(dir, kill_below, none);
	depth--;
	return 0;
}

/* Kills the processes of a cgroup and of all its descendant cgroups, even frozen processes. */
static void kill_all(int parent, const char *name)
{
	PF_CLEANUP_FD int dir = openat(parent, name, O_PATH | O_DIRECTORY | O_CLOEXEC);

	/* Cgroups of version 1, and kernels before Linux 5.14, have no file cgroup.kill. */
	if (dir >= 0 && pf_cgroup_write(dir, "cgroup.kill", "1") < 0)
		kill_below(parent, name);
}

static void remove_cgroup(int parent, const char name[PF_CGROUP_NAME])
{
	const struct timespec pause = {.tv_nsec = 10 * 1000 * 1000};
	char inner[PF_CGROUP_NAME + sizeof("/" PF_CGROUP_INNER)];

	/* At the end of most containers, no process is left, and only the inner cgroup is there.
	 * Two calls of rmdir(2) then remove both cgroups. */
	unlinkat(parent, strcat(strcpy(inner, name), "/" PF_CGROUP_INNER), AT_REMOVEDIR);
	if (unlinkat(parent, name, AT_REMOVEDIR) == 0)
		return;
	for (int i = 0; i < MAX_ROUNDS; i++) {
		kill_all(parent, name);
		if (remove_tree(parent, name) != -EBUSY)
			return;
		nanosleep(&pause, NULL);
	}
}

void pf_cgroups_kill_frozen(const struct pf_cgroups *cgroups)
{
	for (int i = 0; i < cgroups->count; i++)
		if (cgroups->parents[i] >= 0 &&
		    faccessat(cgroups->fds[i], "freezer.state", F_OK, 0) == 0)
			kill_below(cgroups->parents[i], cgroups->name);
}

void pf_cgroups_remove(const struct pf_cgroups *cgroups)
{
	for (int i = 0; i < cgroups->count; i++)
		if (cgroups->parents[i] >= 0)
			remove_cgroup(cgroups->parents[i], cgroups->name);
}

/* Tells whether the monitor that made a cgroup is still alive. `digits` is the suffix of the
 * cgroup's name: the pid of the monitor. If this pid is the pid of the calling process, an earlier
 * process with the same pid made the cgroup, and has ended. If `digits` is not a pid of this pid
 * namespace, the function returns 1, because the monitor is unknown. */
static int has_owner(const char *digits)
{
	char pidns[1 + PF_DECIMAL_SIZE];
	pid_t pid = 0;

	write_pidns(pidns);
	for (; *digits >= '0' && *digits <= '9' && pid < INT_MAX / 10; digits++)
		pid = pid * 10 + (*digits - '0');
	return strcmp(digits, pidns) != 0 || pid <= 0 ||
	       (pid != getpid() && (kill(pid, 0) == 0 || errno != ESRCH));
}

/* Tells whether a cgroup file contains `text`. If `text` is empty, tells whether the file is
 * empty. */
static int has_text(int dir, const char *name, const char *file, const char *text)
{
	char path[NAME_MAX + 32] = "", have[128] = "";

	strcat(strcat(strcpy(path, name), "/"), file);
	PF_CLEANUP_FD int fd = openat(dir, path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || read(fd, have, sizeof(have) - 1) < 0)
		return 0;
	return *text ? strstr(have, text) != NULL : !*have;
}

/* Tells whether the cgroup was left by a killed monitor and has no process. In version 2,
 * cgroup.events shows whether the cgroup and its descendants are empty. Version 1 has no such file,
 * so cgroup.procs must be empty. */
static int is_stale(int dir, const char *name)
{
	if (strncmp(name, PF_CGROUP_PREFIX, strlen(PF_CGROUP_PREFIX)) != 0 ||
	    has_owner(name + strlen(PF_CGROUP_PREFIX)))
		return 0;
	return has_text(dir, name, "cgroup.events", "populated 0") ||
	       (!has_text(dir, name, "cgroup.events", "populated 1") &&
		has_text(dir, name, "cgroup.procs", ""));
}

void pf_cgroup_remove_stale(int parent)
{
	char name[NAME_MAX + 1];

	while (find_child(parent, is_stale, name) && remove_tree(parent, name) == 0)
		;
}
