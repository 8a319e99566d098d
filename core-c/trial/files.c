/* SPDX-License-Identifier: BSD-2-Clause */
/* Opens and reads files below open directories (files.h). */
#define _GNU_SOURCE
#include "files.h"

#include <dirent.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/decimal.h"
#include "fault.h"

/* The permissions without which the owner cannot use a directory. */
#define USABLE 0700

/* How often a path is opened again after EAGAIN: a rename elsewhere can cause this error, and so
 * can a lease of another process (fcntl(2)), which lasts as long as that process likes. */
#define OPEN_TRIES 100

static int open_resolved(int directory, const char *path, int flags, uint64_t resolve)
{
	struct open_how how = {.flags = (uint64_t)(flags | O_CLOEXEC), .resolve = resolve};

	for (int tries = 0;;) {
		long fd = syscall(SYS_openat2, directory, path, &how, sizeof(how));
		if (fd >= 0)
			return (int)fd;
		if (errno != EINTR && (errno != EAGAIN || tries++ == OPEN_TRIES))
			return pf_fault(PF_CALL_OPEN);
	}
}

int pf_open_below(int directory, const char *path, int flags)
{
	return open_resolved(directory, *path ? path : ".", flags,
			     RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_XDEV);
}

int pf_open_real(const char *path, int flags)
{
	return open_resolved(AT_FDCWD, path, flags, RESOLVE_NO_SYMLINKS);
}

int pf_open_file(int directory, const char *path, struct stat *ret)
{
	int fd = pf_open_below(directory, path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_NOFOLLOW);
	int r = fd < 0 ? fd : pf_status_of(fd, ret);

	if (r >= 0 && S_ISREG(ret->st_mode))
		return fd;
	if (fd >= 0)
		close(fd);
	return r < 0 ? r : pf_fault_of(PF_CALL_OPEN, EINVAL);
}

int pf_status_of(int fd, struct stat *ret)
{
	return pf_checked(PF_CALL_STAT, fstat(fd, ret));
}

int pf_status_at(int directory, const char *name, struct stat *ret)
{
	if (fstatat(directory, name, ret, AT_SYMLINK_NOFOLLOW) == 0)
		return 1;
	return errno == ENOENT ? 0 : pf_fault(PF_CALL_STAT);
}

int pf_read_all(int fd, size_t most, char **ret, size_t *ret_size)
{
	size_t room = 65536, used = 0;
	char *bytes = NULL;

	for (;;) {
		char *larger = realloc(bytes, room + 1);
		if (!larger) {
			free(bytes);
			return PF_NO_MEMORY;
		}
		bytes = larger;
		ssize_t n = read(fd, bytes + used, room - used);
		if (n < 0 && errno != EINTR) {
			int r = pf_fault(PF_CALL_READ);
			free(bytes);
			return r;
		}
		used += n > 0 ? (size_t)n : 0;
		if (n == 0 || used >= most)
			break;
		if (used == room)
			room *= 2;
	}
	used = used < most ? used : most;
	bytes[used] = '\0';
	*ret = bytes;
	*ret_size = used;
	return 0;
}

int pf_write_all(int fd, const char *bytes, size_t size)
{
	for (size_t done = 0; done < size;) {
		ssize_t n = write(fd, bytes + done, size - done);
		if (n < 0 && errno != EINTR)
			return pf_fault(PF_CALL_WRITE);
		done += n > 0 ? (size_t)n : 0;
	}
	return 0;
}

/* A record of getdents64(2). */
struct record {
	uint64_t inode;
	int64_t offset;
	unsigned short length;
	unsigned char type;
	char name[];
};

static int compare_names(const void *one, const void *other)
{
	return strcmp(*(char *const *)one, *(char *const *)other);
}

/* Adds the names of records to the bytes, each with its NUL. */
static int add_names(struct pf_names *all, size_t *used, const char *records, size_t size)
{
	char *larger = realloc(all->bytes, *used + size);

	if (!larger)
		return PF_NO_MEMORY;
	all->bytes = larger;
	for (size_t at = 0; at < size;) {
		const struct record *record = (const struct record *)(const void *)(records + at);
		const size_t length = strlen(record->name) + 1;
		at += record->length;
		if (strcmp(record->name, ".") == 0 || strcmp(record->name, "..") == 0)
			continue;
		memcpy(all->bytes + *used, record->name, length);
		*used += length;
		all->count++;
	}
	return 0;
}

int pf_list_names(int fd, struct pf_names *ret)
{
	_Alignas(struct record) char records[32768];
	size_t used = 0;

	memset(ret, 0, sizeof(*ret));
	lseek(fd, 0, SEEK_SET);
	for (;;) {
		long size = syscall(SYS_getdents64, fd, records, sizeof(records));
		if (size == 0)
			break;
		int r = size < 0 ? pf_fault(PF_CALL_READDIR)
				 : add_names(ret, &used, records, (size_t)size);
		if (r < 0)
			return r;
	}
	ret->names = calloc(ret->count + 1, sizeof(*ret->names));
	if (!ret->names)
		return PF_NO_MEMORY;
	char *at = ret->bytes;
	for (size_t i = 0; i < ret->count; i++, at += strlen(at) + 1)
		ret->names[i] = at;
	qsort(ret->names, ret->count, sizeof(*ret->names), compare_names);
	return 0;
}

void pf_free_names(struct pf_names *names)
{
	free(names->bytes);
	free(names->names);
	memset(names, 0, sizeof(*names));
}

/* Gives the caller all rights in a directory that belongs to the caller. */
static int make_usable(int directory, const char *name, struct stat *ret)
{
	PF_CLEANUP_FD int fd = pf_open_below(directory, name, O_PATH | O_DIRECTORY | O_NOFOLLOW);
	char path[PF_FD_PATH];
	int r = fd < 0 ? fd : pf_status_of(fd, ret);

	if (r < 0 || ret->st_uid != geteuid() || (ret->st_mode & USABLE) == USABLE)
		return r;
	pf_path_of_fd(fd, path);
	return pf_checked(PF_CALL_CHMOD, chmod(path, USABLE));
}

/* Removes what lies in a directory. An ordinary user may not remove entries of a directory without
 * the permission to write, but the root of the user's container may have made such a directory. */
static int empty_directory(int directory, const char *name)
{
	struct pf_names names = {0};
	struct stat status;
	int r = make_usable(directory, name, &status);

	if (r < 0)
		return r;
	PF_CLEANUP_FD int fd = pf_open_below(directory, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
	r = fd < 0 ? fd : pf_list_names(fd, &names);

	for (size_t i = 0; r >= 0 && i < names.count; i++)
		r = pf_remove_tree(fd, names.names[i]);
	pf_free_names(&names);
	return r;
}

int pf_remove_tree(int directory, const char *name)
{
	if (unlinkat(directory, name, 0) == 0 || errno == ENOENT)
		return 0;
	if (errno != EISDIR && errno != EPERM)
		return pf_fault(PF_CALL_UNLINK);
	int r = empty_directory(directory, name);
	if (r < 0)
		return r;
	return pf_checked(PF_CALL_UNLINK, unlinkat(directory, name, AT_REMOVEDIR));
}

/* Tells whether an open directory has no entries except new directories. */
static int is_new(int fd)
{
	struct pf_names names;
	int r = pf_list_names(fd, &names);

	r = r < 0 ? r : 1;
	for (size_t i = 0; r > 0 && i < names.count; i++) {
		struct stat status;
		struct pf_node node;
		r = pf_status_at(fd, names.names[i], &status);
		if (r > 0)
			r = S_ISDIR(status.st_mode) ? pf_is_new_directory(fd, names.names[i], &node)
						    : 0;
	}
	pf_free_names(&names);
	return r;
}

int pf_is_new_directory(int directory, const char *name, struct pf_node *ret)
{
	PF_CLEANUP_FD int fd = pf_open_below(directory, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
	struct stat status;
	int r = fd < 0 ? fd : pf_status_of(fd, &status);

	if (r < 0)
		return r;
	*ret = pf_node_of(&status);
	return status.st_uid == geteuid() ? is_new(fd) : 0;
}

int pf_make_directory(int directory, const char *name, struct pf_node *ret)
{
	struct stat status;

	if (mkdirat(directory, name, USABLE) < 0)
		return pf_fault(PF_CALL_MKDIR);
	int r = make_usable(directory, name, &status);
	if (r >= 0)
		r = pf_is_new_directory(directory, name, ret);
	if (r < 0)
		return r;
	const struct pf_node node = pf_node_of(&status);
	return r > 0 && pf_is_node(ret, &node) ? 0 : pf_fault_of(PF_CALL_OPEN, EINVAL);
}

void pf_path_of_fd(int fd, char ret[PF_FD_PATH])
{
	static const char start[] = "/proc/self/fd/";

	memcpy(ret, start, sizeof(start) - 1);
	pf_write_decimal((uint64_t)fd, ret + sizeof(start) - 1);
}
