/* SPDX-License-Identifier: BSD-2-Clause */
/* Finds all ancestor directories of a directory (above.h). */
#define _GNU_SOURCE
#include "above.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>

#include "common/cleanup.h"
#include "common/mountinfo.h"
#include "common/path_below.h"
#include "common/proc_path.h"
#include "common/sys.h"

/* First size of the buffer for the mount table; the buffer grows if necessary. */
#define TABLE_SIZE 65536

/* The host's mounts. The strings are fields of the mount table in memory (pf_mountinfo_split()). */
static struct mounted {
	uint64_t id;
	const char *device, *root, *path;
} * mounts;
static size_t mount_count;

/* Opens a directory with O_PATH: closing any other descriptor of a locked directory would release
 * the monitor's record lock (op_take.c). */
static int open_directory(const char *path)
{
	return pf_openat2(AT_FDCWD, path, O_PATH | O_DIRECTORY, RESOLVE_NO_SYMLINKS);
}

/* Shortens a path to its parent directory. Returns 0 if the path is the root directory. */
static int cut(char path[PATH_MAX])
{
	char *slash = strrchr(path, '/');

	if (!slash || !slash[1])
		return 0;
	slash[slash == path] = '\0';
	return 1;
}

/* --- the mount table -------------------------------------------------------------------------- */

static void *map(size_t size)
{
	void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	return memory == MAP_FAILED ? NULL : memory;
}

/* Reads the mount table into memory, NUL-terminated. The memory is never freed. Returns NULL on
 * failure. */
static char *read_table(void)
{
	size_t size = TABLE_SIZE, length = 0;
	PF_CLEANUP_FD int fd = pf_proc_open(0, "mountinfo", O_RDONLY);
	char *text = fd < 0 ? NULL : map(size);
	ssize_t n;

	while (text && (n = read(fd, text + length, size - 1 - length)) > 0) {
		length += (size_t)n;
		if (length < size - 1)
			continue;
		text = mremap(text, size, 2 * size, MREMAP_MAYMOVE);
		if (text == MAP_FAILED)
			return NULL;
		size *= 2;
	}
	return text;
}

static uint64_t number_of(const char *text)
{
	uint64_t number = 0;

	for (; *text >= '0' && *text <= '9'; text++)
		number = number * 10 + (uint64_t)(*text - '0');
	return number;
}

/* Reads the mount table once. If the table cannot be read, acts as if there were no mounts. */
static void load_mounts(void)
{
	char *line = mounts ? NULL : read_table(), *field[PF_MOUNTINFO_FIELDS];
	size_t lines = 1;

	for (const char *c = line; c && *c; c++)
		lines += *c == '\n';
	if (line)
		mounts = map(lines * sizeof(*mounts));
	while (mounts && line && *line) {
		char *end = strchr(line, '\n');
		if (end)
			*end = '\0';
		if (pf_mountinfo_split(line, field))
			mounts[mount_count++] = (struct mounted){
				number_of(field[PF_MOUNTINFO_ID]), field[PF_MOUNTINFO_DEVICE],
				field[PF_MOUNTINFO_ROOT], field[PF_MOUNTINFO_PATH]};
		line = end ? end + 1 : NULL;
	}
}

static uint64_t mount_of(int fd)
{
	struct statx status;

	return pf_statx_idle(fd, STATX_MNT_ID, &status) < 0 ? 0 : status.stx_mnt_id;
}

static const struct mounted *find_mount(const char *path)
{
	PF_CLEANUP_FD int fd = open_directory(path);
	uint64_t id = fd < 0 ? 0 : mount_of(fd);

	for (size_t i = 0; i < mount_count; i++)
		if (mounts[i].id == id)
			return &mounts[i];
	return NULL;
}

/* Opens a directory of a file system through one of the file system's mounts. Fails if the
 * directory is outside this mount, or covered by another mount. Returns a descriptor or -errno. */
static int open_in(const struct mounted *mounted, const char *directory)
{
	char path[PATH_MAX];
	const char *rest = pf_path_below(directory, mounted->root);
	const char *top = strcmp(mounted->path, "/") == 0 ? "" : mounted->path;

	if (!rest)
		return -ENOENT;
	if (strlen(top) + strlen(rest) >= sizeof(path))
		return -ENAMETOOLONG;
	strcpy(path, top);
	strcat(path, rest);
	PF_CLEANUP_FD int fd = open_directory(*path ? path : "/");
	if (fd >= 0 && mount_of(fd) != mounted->id)
		return -ENOENT;
	return pf_steal_fd(&fd);
}

static int open_in_any(const char *device, const char *directory)
{
	int fd = -ENOENT;

	for (size_t i = 0; i < mount_count && fd < 0; i++)
		if (strcmp(mounts[i].device, device) == 0)
			fd = open_in(&mounts[i], directory);
	return fd;
}

/* --- the directories -------------------------------------------------------------------------- */

static int each_above_in_path(const char *path, int (*call)(int fd, const void *data),
			      const void *data)
{
	char above[PATH_MAX];
	int r = 0;

	strcpy(above, path);
	while (r == 0 && cut(above)) {
		PF_CLEANUP_FD int fd = open_directory(above);
		r = fd < 0 ? 0 : call(fd, data);
	}
	return r;
}

static int each_above_mount(const struct mounted *mounted, int (*call)(int fd, const void *data),
			    const void *data)
{
	char above[PATH_MAX];
	int r = 0;

	if (strlen(mounted->root) >= sizeof(above))
		return 0;
	strcpy(above, mounted->root);
	while (r == 0 && cut(above)) {
		PF_CLEANUP_FD int fd = open_in_any(mounted->device, above);
		r = fd < 0 ? 0 : call(fd, data);
	}
	return r;
}

int pf_each_above(const char *path, int (*call)(int fd, const void *data), const void *data)
{
	if (strlen(path) >= PATH_MAX)
		return 0;
	int r = each_above_in_path(path, call, data);
	if (r != 0)
		return r;
	load_mounts();
	const struct mounted *mounted = find_mount(path);
	return mounted ? each_above_mount(mounted, call, data) : 0;
}
