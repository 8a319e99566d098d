/* SPDX-License-Identifier: BSD-2-Clause */
/* Copies the contents and the attributes of files (data.h). */
#define _GNU_SOURCE
#include "data.h"

#include <fcntl.h>
#include <linux/fs.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "fault.h"
#include "files.h"
#include "pflask/trial.h"

/* A file up to this size is copied by two system calls. */
#define SMALL 65536

static int copy_small(int from, int to)
{
	char bytes[SMALL];
	ssize_t n = read(from, bytes, sizeof(bytes));

	return n < 0 ? pf_fault(PF_CALL_READ) : pf_write_all(to, bytes, (size_t)n);
}

/* Copies bytes through this process, where the kernel cannot copy (between two kinds of file
 * systems). */
static int copy_slowly(int from, int to, off_t at, off_t end)
{
	char bytes[SMALL];

	while (at < end) {
		const size_t wanted =
			end - at < (off_t)sizeof(bytes) ? (size_t)(end - at) : sizeof(bytes);
		ssize_t n = pread(from, bytes, wanted, at);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n < 0 ? pf_fault(PF_CALL_READ) : pf_fault_of(PF_CALL_READ, EIO);
		if (lseek(to, at, SEEK_SET) < 0)
			return pf_fault(PF_CALL_SEEK);
		int r = pf_write_all(to, bytes, (size_t)n);
		if (r < 0)
			return r;
		at += n;
	}
	return 0;
}

static int copy_range(int from, int to, off_t at, off_t end)
{
	while (at < end) {
		loff_t in = at, out = at;
		long n = syscall(SYS_copy_file_range, from, &in, to, &out, (size_t)(end - at), 0);
		if (n <= 0)
			return copy_slowly(from, to, at, end);
		at += n;
	}
	return 0;
}

int pf_copy_data(int from, int to, off_t size)
{
	if (size == 0)
		return 0;
	if (size <= SMALL)
		return copy_small(from, to);
	if (ioctl(to, FICLONE, from) == 0)
		return 0;
	for (off_t at = 0; at < size;) {
		off_t start = lseek(from, at, SEEK_DATA);
		if (start < 0 && errno == ENXIO)
			break; /* the rest is a hole */
		off_t end = start < 0 ? -1 : lseek(from, start, SEEK_HOLE);
		if (end < 0)
			return pf_fault(PF_CALL_SEEK);
		int r = copy_range(from, to, start, end);
		if (r < 0)
			return r;
		at = end;
	}
	return pf_checked(PF_CALL_TRUNCATE, ftruncate(to, size));
}

int pf_list_attributes(int fd, char names[PF_ATTRIBUTES])
{
	char path[PF_FD_PATH];
	ssize_t size = flistxattr(fd, names, PF_ATTRIBUTES);

	if (size < 0 && errno == EBADF) { /* open with O_PATH */
		pf_path_of_fd(fd, path);
		size = listxattr(path, names, PF_ATTRIBUTES);
	}
	if (size < 0 && errno == EOPNOTSUPP)
		return 0;
	return size < 0 ? pf_fault(PF_CALL_LISTXATTR) : (int)size;
}

/* A label of SELinux depends on the place of a file, so it is no part of a change. */
int pf_is_wanted(const char *name, const char *notes)
{
	return strncmp(name, notes, strlen(notes)) != 0 && strcmp(name, "security.selinux") != 0;
}

static int is_surplus(const char *name, enum pf_surplus surplus)
{
	if (surplus == PF_SURPLUS_INHERITED)
		return strncmp(name, "system.posix_acl_", 17) == 0;
	return strcmp(name, "security.selinux") != 0 && strncmp(name, "user.overlay.", 13) != 0 &&
	       strncmp(name, "trusted.overlay.", 16) != 0;
}

static int contains(const char *names, int size, const char *name)
{
	for (const char *at = names; at < names + size; at += strlen(at) + 1)
		if (strcmp(at, name) == 0)
			return 1;
	return 0;
}

/* Removes the surplus attributes of a copy. `room` has room for their names. */
static int remove_surplus(int to, const char *names, int size, enum pf_surplus surplus, char *room)
{
	char path[PF_FD_PATH];
	int listed = pf_list_attributes(to, room);

	pf_path_of_fd(to, path);
	for (const char *at = room; listed > 0 && at < room + listed; at += strlen(at) + 1)
		if (is_surplus(at, surplus) && !contains(names, size, at) &&
		    removexattr(path, at) < 0)
			return pf_fault(PF_CALL_REMOVEXATTR);
	return listed < 0 ? listed : 0;
}

static int copy_attribute(const char *from, const char *to, const char *name, char *value)
{
	ssize_t size = getxattr(from, name, value, PF_ATTRIBUTES);

	if (size < 0)
		return errno == ENODATA ? 0 : pf_fault(PF_CALL_GETXATTR);
	return pf_checked(PF_CALL_SETXATTR, setxattr(to, name, value, (size_t)size, 0));
}

/* Removes the names that are not wanted. Returns the size of the others. */
static int keep_wanted(char *names, int size, const char *notes)
{
	char *end = names;

	for (const char *at = names; at < names + size;) {
		const size_t length = strlen(at) + 1;
		if (pf_is_wanted(at, notes)) {
			memmove(end, at, length);
			end += length;
		}
		at += length;
	}
	return (int)(end - names);
}

int pf_copy_attributes(int from, int to, const char *notes, enum pf_surplus surplus,
		       int with_capabilities, char *room)
{
	char from_path[PF_FD_PATH], to_path[PF_FD_PATH];
	char *names = room, *other = room + PF_ATTRIBUTES;
	int size = pf_list_attributes(from, names);
	int r = 0;

	if (size < 0)
		return size;
	size = keep_wanted(names, size, notes);
	if (!with_capabilities && contains(names, size, PF_CAPABILITIES))
		return pf_fault_of(PF_CALL_RISK, PFLASK_TRIAL_SETUID);
	if (surplus != PF_SURPLUS_NONE)
		r = remove_surplus(to, names, size, surplus, other);
	if (size == 0)
		return r;
	pf_path_of_fd(from, from_path);
	pf_path_of_fd(to, to_path);
	for (const char *at = names; r >= 0 && at < names + size; at += strlen(at) + 1)
		r = copy_attribute(from_path, to_path, at, other);
	return r;
}
