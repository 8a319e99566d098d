/* SPDX-License-Identifier: BSD-2-Clause */
/* Chooses the parent cgroups in which a container's cgroups are made (cgroup_place.h). */
#define _GNU_SOURCE
#include "cgroup_place.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <linux/mount.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>
#include <sys/vfs.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/mountinfo.h"
#include "common/sys.h"

/* Tells whether a list has a word. */
static int has_word(const char *list, char separator, const char *word, size_t length)
{
	for (; list; list = strchr(list, separator)) {
		list += *list == separator;
		if (strncmp(list, word, length) == 0 &&
		    (list[length] == separator || !list[length] || list[length] == '\n'))
			return 1;
	}
	return 0;
}

/* Finds the line ID:CONTROLLERS:PATH of /proc/self/cgroup that has a controller; "" finds the line
 * of version 2. Returns 1, or 0 if no line has the controller. */
static int find_line(const char *table, const char *controller, struct pf_cgroup_place *ret)
{
	for (; *table; table += strcspn(table, "\n") + 1) {
		const char *list = table + strcspn(table, ":") + 1;
		size_t length = strcspn(list, ":");
		const char *path = list + length + 1;
		size_t rest = strcspn(path, "\n");
		if (length >= sizeof(ret->controllers) || rest >= sizeof(ret->path))
			continue;
		snprintf(ret->controllers, sizeof(ret->controllers), "%.*s", (int)length, list);
		if (*controller ? !has_word(ret->controllers, ',', controller, strlen(controller))
				: length > 0)
			continue;
		snprintf(ret->path, sizeof(ret->path), "%.*s", (int)rest, path);
		return 1;
	}
	return 0;
}

int pf_cgroup_find_v1(const char *table, const char *controller, struct pf_cgroup_place *ret)
{
	*ret = (struct pf_cgroup_place){.fd = -1};
	return find_line(table, controller, ret);
}

/* Makes a detached mount of a hierarchy of version 1 or 2, which needs privilege. The caller must
 * have checked that the hierarchy is not mounted: cgroup2 has only one superblock, and a second
 * mount would reset the mount options of the host (nsdelegate). */
static int mount_hierarchy(char *controllers)
{
	PF_CLEANUP_FD int fs = pf_fsopen(*controllers ? "cgroup" : "cgroup2");
	int r = fs < 0 ? fs : 0;
	char *next = controllers;

	for (char *word = strsep(&next, ","); r == 0 && word && *word; word = strsep(&next, ","))
		r = strncmp(word, "name=", 5) == 0
			    ? pf_fsconfig(fs, FSCONFIG_SET_STRING, "name", word + 5)
			    : pf_fsconfig(fs, FSCONFIG_SET_FLAG, word, NULL);
	if (r == 0)
		r = pf_fsconfig(fs, FSCONFIG_CMD_CREATE, NULL, NULL);
	return r < 0 ? r : pf_fsmount(fs, 0);
}

/* Tells whether a line of mountinfo is the mount of a hierarchy. `rest` is the end of the line:
 * optional fields, "-", the type, the source and the options. */
static int shows(const char *rest, const char *controllers)
{
	const char *type = strstr(rest, "- ");
	const char *options = type ? strrchr(type, ' ') : NULL;

	if (!options ||
	    strncmp(type + 2, *controllers ? "cgroup " : "cgroup2 ", *controllers ? 7 : 8) != 0)
		return 0;
	return !*controllers || has_word(options + 1, ',', controllers, strcspn(controllers, ","));
}

/* Opens the root directory of a cgroup mount. Returns a descriptor, or -ENODEV if another mount
 * covers it. */
static int open_cgroups(const char *path)
{
	PF_CLEANUP_FD int fd = pf_open(path, O_PATH | O_DIRECTORY);
	struct statfs status;

	if (fd < 0 || fstatfs(fd, &status) < 0 ||
	    (status.f_type != CGROUP2_SUPER_MAGIC && status.f_type != CGROUP_SUPER_MAGIC))
		return -ENODEV;
	return pf_steal_fd(&fd);
}

/* Opens the mount that shows the caller's cgroup in a hierarchy. Removes the part of `path` that
 * leads to the root of this mount. Returns a descriptor, -ENODEV if there is no such mount, or
 * another -errno. */
static int open_mounted(const char *controllers, char *path)
{
	FILE *file = fopen("/proc/self/mountinfo", "re");
	char *line = NULL, *field[PF_MOUNTINFO_FIELDS];
	size_t room = 0;
	int fd = -ENODEV;

	while (file && fd < 0 && getline(&line, &room, file) > 0) {
		const char *rest = pf_mountinfo_split(line, field);
		if (!rest || !shows(rest, controllers))
			continue;
		const char *root = field[PF_MOUNTINFO_ROOT];
		size_t length = root[1] ? strlen(root) : 0;
		if (strncmp(root, path, length) != 0 || (path[length] && path[length] != '/'))
			continue;
		fd = open_cgroups(field[PF_MOUNTINFO_PATH]);
		if (fd >= 0)
			memmove(path, path + length, strlen(path + length) + 1);
	}
	free(line);
	if (file)
		fclose(file);
	return fd;
}

/* Makes a writable, detached copy of a read-only mount, which needs privilege. Returns a descriptor
 * or -errno. */
static int copy_writable(int mount)
{
	PF_CLEANUP_FD int copy = pf_open_tree(mount, "", AT_EMPTY_PATH | OPEN_TREE_CLONE);
	int r = copy < 0 ? copy : pf_mount_setattr(copy, 0, 0, MOUNT_ATTR_RDONLY);

	return r < 0 ? r : pf_steal_fd(&copy);
}

static int open_hierarchy(const char *controllers, char *path)
{
	char list[PF_CGROUP_LIST];
	struct statfs status;

	PF_CLEANUP_FD int mounted = open_mounted(controllers, path);
	if (mounted == -ENODEV) {
		snprintf(list, sizeof(list), "%s", controllers);
		return mount_hierarchy(list);
	}
	if (mounted >= 0 && fstatfs(mounted, &status) == 0 && status.f_flags & ST_RDONLY) {
		int copy = copy_writable(mounted);
		if (copy >= 0)
			return copy;
	}
	return mounted < 0 ? mounted : pf_steal_fd(&mounted);
}

static int open_below(int top, const char *path)
{
	return pf_openat2(top, path[0] && path[1] ? path + 1 : ".", O_RDONLY | O_DIRECTORY,
			  RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS);
}

static int may_write(int dir, const char *file)
{
	return faccessat(dir, file, W_OK, AT_EACCESS) < 0 ? -errno : 0;
}

int pf_cgroup_open_v1(struct pf_cgroup_place *place)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s", place->path);
	PF_CLEANUP_FD int top = open_hierarchy(place->controllers, path);
	int fd = top < 0 ? top : open_below(top, path);
	if (fd < 0)
		return fd;
	place->fd = fd;
	return may_write(fd, ".");
}

/* Reads the beginning of a small file. */
static void read_text(int dir, const char *name, char *ret, size_t size)
{
	PF_CLEANUP_FD int fd = openat(dir, name, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, ret, size - 1);

	ret[n < 0 ? 0 : n] = '\0';
}

/* Tells whether a file of a cgroup lists all of `controllers`. */
static int has_all(int dir, const char *file, const char *controllers)
{
	char have[512];

	read_text(dir, file, have, sizeof(have));
	for (const char *word = controllers; *word;) {
		size_t length = strcspn(word, " ");
		if (!has_word(have, ' ', word, length))
			return 0;
		word += length + (word[length] == ' ');
	}
	return 1;
}

int pf_cgroup_gives(int cgroup, const char *controllers)
{
	return has_all(cgroup, "cgroup.subtree_control", controllers);
}

/* Tells whether systemd leaves a cgroup to the processes in the cgroup (Delegate= of
 * systemd.resource-control(5)). The cgroups above such a cgroup belong to systemd. */
static int is_delegated(int dir)
{
	static const char marks[][32] = {"user.delegate", "trusted.delegate"};
	char mark = 0;

	for (size_t i = 0; i < 2; i++)
		if (fgetxattr(dir, marks[i], &mark, 1) == 1 && mark == '1')
			return 1;
	return 0;
}

/* Checks whether a cgroup can enable controllers for its children: the controllers are already
 * enabled, or the cgroup has no processes. The topmost cgroup, which alone has no file cgroup.type,
 * may have processes. A delegated cgroup may have the calling process as its only process, because
 * this process can move to a child. */
static int check_controllers(int dir, const char *controllers, struct pf_cgroup_place *place)
{
	char processes[64], alone[16];

	place->is_missing = !pf_cgroup_gives(dir, controllers);
	if (!place->is_missing)
		return 0;
	if (!has_all(dir, "cgroup.controllers", controllers))
		return -ENOENT;
	int r = may_write(dir, "cgroup.subtree_control");
	if (r < 0)
		return r;
	read_text(dir, "cgroup.procs", processes, sizeof(processes));
	snprintf(alone, sizeof(alone), "%d\n", getpid());
	place->must_move = strcmp(processes, alone) == 0 && is_delegated(dir);
	return !*processes || place->must_move || faccessat(dir, "cgroup.type", F_OK, 0) < 0
		       ? 0
		       : -EBUSY;
}

static int check_place(int dir, const char *controllers, struct pf_cgroup_place *place)
{
	int r = may_write(dir, ".");

	if (r == 0)
		r = may_write(dir, "cgroup.procs");
	return r < 0 ? r : check_controllers(dir, controllers, place);
}

int pf_cgroup_choose_below(int top, const char *own, const char *controllers,
			   struct pf_cgroup_place *ret)
{
	int first = 0;

	*ret = (struct pf_cgroup_place){.fd = -1};
	snprintf(ret->path, sizeof(ret->path), "%s", own);
	for (;;) {
		PF_CLEANUP_FD int dir = open_below(top, ret->path);
		int r = dir < 0 ? dir : check_place(dir, controllers, ret);
		if (r == 0) {
			ret->fd = pf_steal_fd(&dir);
			return 0;
		}
		/* Keeps the error of the nearest cgroup that the caller may change: this error
		 * helps the user most. */
		if (!first || first == -EACCES || first == -EROFS)
			first = r;
		char *slash = strrchr(ret->path, '/');
		if (!slash || !ret->path[1] || (dir >= 0 && is_delegated(dir)))
			break;
		slash[slash == ret->path] = '\0';
	}
	snprintf(ret->path, sizeof(ret->path), "%s", own);
	return first;
}

int pf_cgroup_choose_v2(const char *table, const char *controllers, struct pf_cgroup_place *ret)
{
	struct pf_cgroup_place own;
	char path[PATH_MAX];

	*ret = (struct pf_cgroup_place){.fd = -1};
	if (!find_line(table, "", &own))
		return -ENODEV;
	snprintf(path, sizeof(path), "%s", own.path);
	PF_CLEANUP_FD int top = open_hierarchy("", path);
	if (top < 0)
		return top;
	int r = pf_cgroup_choose_below(top, path, controllers, ret);
	/* The mount may show only a part of the hierarchy: `path` then lacks the directories above
	 * this part. */
	size_t hidden = strlen(own.path) - strlen(path);
	memmove(ret->path + hidden, ret->path, strlen(ret->path) + 1);
	memcpy(ret->path, own.path, hidden);
	return r;
}
