/* SPDX-License-Identifier: BSD-2-Clause */
/* Walks directory trees (walk.h). */
#define _GNU_SOURCE
#include "walk.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>

#include "common/net/rtnl.h"
#include "common/sys.h"

#define ARENA (512 * 1024)
#define LEVELS (PATH_MAX / 2 + 1)

/* The names of a directory that the walk has read but not yet visited. */
struct level {
	char **next, **end; /* the sorted pointers to the names */
	char *text_end;
	uint16_t parent; /* length of the path of the parent directory */
	uint8_t way;
	uint8_t more; /* the directory has further names, for which there was no room */
};

/* A buffer of names. The names are stored from the start: those of the root first, and then those
 * of each deeper directory. The pointers to the names are stored from the end. */
static union {
	char text[ARENA];
	char *pointers[ARENA / sizeof(char *)];
} arena;

#define END (&arena.pointers[ARENA / sizeof(char *)])

static struct level levels[LEVELS];
static char last[NAME_MAX + 1]; /* the last visited name of the current directory */

/* The names of the directory that is being read: the first names in sorted order, as many as
 * fit. */
static struct {
	char *text, *end;
	char **first, **top; /* sorted pointers to the names */
	size_t count;
	/* This name and all later names are left for another read; "": no limit. */
	char before[NAME_MAX + 1];
} batch;

static int by_bytes(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static void sort(void)
{
	batch.first = batch.top;
	for (char *name = batch.text; name < batch.end; name += strlen(name) + 1)
		*--batch.first = name;
	batch.count = (size_t)(batch.top - batch.first);
	qsort(batch.first, batch.count, sizeof(*batch.first), by_bytes);
}

/* Drops the second half of the sorted names, to be read again later. */
static void halve(void)
{
	char *kept = batch.text;

	sort();
	strcpy(batch.before, batch.first[batch.count / 2]);
	for (char *name = batch.text, *next; name < batch.end; name = next) {
		next = name + strlen(name) + 1;
		if (strcmp(name, batch.before) >= 0)
			continue;
		memmove(kept, name, (size_t)(next - name));
		kept += next - name;
	}
	batch.end = kept;
	sort();
}

static size_t room(void)
{
	return (size_t)((char *)(batch.top - batch.count) - batch.end);
}

static int add(const char *name)
{
	size_t size = strlen(name) + 1;

	if (size > sizeof(last))
		return -ENAMETOOLONG; /* a FUSE file system may have such a name */
	if (strcmp(name, last) <= 0)
		return 0;
	while (batch.before[0] == '\0' || strcmp(name, batch.before) < 0) {
		if (room() >= size + sizeof(char *)) {
			memcpy(batch.end, name, size);
			batch.end += size;
			batch.count++;
			return 0;
		}
		halve();
	}
	return 0;
}

/* An entry of getdents64(2), for which C libraries have different names. */
struct entry {
	uint64_t ino;
	int64_t offset;
	uint16_t size;
	uint8_t type;
	char name[];
};

static int is_dots(const char *name)
{
	return strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
}

static int is_wanted(const char *name, int unless_in)
{
	struct stat status;

	if (is_dots(name))
		return 0;
	if (unless_in < 0)
		return 1;
	int r = pf_stat_unmounted(unless_in, name, &status);
	return r < 0 && r != -EXDEV;
}

/* Adds the names of a directory. Leaves out the names that the directory `unless_in` also has. */
static int add_names(int dir, int unless_in)
{
	static _Alignas(struct entry) char buffer[32768];
	int error = 0;

	if (lseek(dir, 0, SEEK_SET) < 0)
		return -errno;
	for (;;) {
		int n = pf_sys_result(syscall(SYS_getdents64, dir, buffer, sizeof(buffer)));
		if (n <= 0)
			return n < 0 ? n : error;
		for (int at = 0; at < n;) {
			const struct entry *entry = (const void *)(buffer + at);
			int r = is_wanted(entry->name, unless_in) ? add(entry->name) : 0;
			error = r < 0 ? r : error;
			at += entry->size;
		}
	}
}

/* Drops the names of all parent directories. When the walk returns to such a directory, it reads
 * the directory again, from the last visited name on. */
static void forget(const struct pf_walk *walk)
{
	for (int i = 0; i < walk->depth; i++) {
		levels[i].more |= levels[i].next < levels[i].end;
		levels[i].next = levels[i].end = END;
		levels[i].text_end = arena.text;
	}
}

/* Reads names of the current directory, from the last visited name on. Uses at most half of the
 * buffer, because the directories below need room, too. */
static int fill(const struct pf_walk *walk)
{
	struct level *level = &levels[walk->depth];
	const struct level *parent = walk->depth > 0 ? level - 1 : NULL;

	if (parent && (char *)parent->next - parent->text_end < ARENA / 4)
		forget(walk);
	batch.text = batch.end = parent ? parent->text_end : arena.text;
	batch.top = parent ? parent->next : END;
	batch.count = 0;
	batch.before[0] = '\0';
	const size_t all = room();
	int r = add_names(walk->dir[0], -1);
	if (r == 0 && walk->way == PF_WALK_UNION)
		r = add_names(walk->dir[1], walk->dir[0]);
	sort();
	while (room() < all / 2)
		halve();
	level->next = batch.first;
	level->end = batch.top;
	level->text_end = batch.end;
	level->more = batch.count > 0 && batch.before[0] != '\0';
	return r;
}

/* Records the first failure. Returns 0 if the walk can continue with the next name, or the error if
 * all further names would fail, too. */
static int check(struct pf_walk *walk, const char *name, int r)
{
	if (r < 0 && walk->error == 0) {
		walk->error = r;
		char *end = stpcpy(stpcpy(walk->failed, "/"), walk->path);
		if (strcmp(name, ".") != 0)
			stpcpy(stpcpy(end, walk->path[0] ? "/" : ""), name);
	}
	if (r < 0 && walk->fail)
		walk->fail(walk, name, r);
	switch (-r) {
	case EDQUOT:
	case EIO:
	case EMFILE:
	case ENFILE:
	case ENOMEM:
	case ENOSPC:
	case EPIPE:
	case EROFS:
		return r;
	}
	return 0;
}

static void close_both(const int dir[2])
{
	pf_cleanup_fd(&dir[0]);
	pf_cleanup_fd(&dir[1]);
}

/* Opens a path below both roots, and makes the two directories the current directories. */
static int open_both(struct pf_walk *walk, const int base[2], const char *path,
		     enum pf_walk_way way)
{
	int second = -1;
	PF_CLEANUP_FD int first = pf_open_below(base[0], path, O_RDONLY | O_DIRECTORY);
	if (first < 0)
		return first;
	if (way != PF_WALK_ALONE) {
		int flags = way == PF_WALK_UNION ? O_RDONLY : walk->second_flags;
		second = pf_open_below(base[1], path, flags | O_DIRECTORY);
		if (second < 0)
			return second;
	}
	walk->dir[0] = pf_steal_fd(&first);
	walk->dir[1] = second;
	walk->way = way;
	return 0;
}

static int descend(struct pf_walk *walk, const char *name, enum pf_walk_way way)
{
	const int from[2] = {walk->dir[0], walk->dir[1]};
	size_t length = strlen(walk->path);

	if (length + strlen(name) + 2 > sizeof(walk->path))
		return -ENAMETOOLONG;
	int r = open_both(walk, from, name, way);
	if (r < 0)
		return r;
	close_both(from);
	levels[++walk->depth] = (struct level){.parent = (uint16_t)length, .way = (uint8_t)way};
	stpcpy(stpcpy(walk->path + length, length > 0 ? "/" : ""), name);
	last[0] = '\0';
	return check(walk, ".", fill(walk));
}

/* Returns to the parent directory by its path, so that the number of open descriptors does not grow
 * with the depth. */
static int leave(struct pf_walk *walk)
{
	int r = check(walk, ".", walk->leave ? walk->leave(walk) : 0);

	close_both(walk->dir);
	walk->dir[0] = walk->dir[1] = -1;
	char *name = walk->path + levels[walk->depth--].parent;
	strcpy(last, *name == '/' ? name + 1 : name);
	*name = '\0';
	if (r < 0 || walk->depth < 0)
		return r;
	r = open_both(walk, walk->root, walk->path, (enum pf_walk_way)levels[walk->depth].way);
	check(walk, ".", r);
	return r;
}

static int step(struct pf_walk *walk)
{
	struct level *level = &levels[walk->depth];

	if (level->next == level->end)
		return level->more ? check(walk, ".", fill(walk)) : leave(walk);
	const char *name = strcpy(last, *level->next++);
	int r = walk->visit(walk, name);
	return check(walk, name, r > 0 ? descend(walk, name, (enum pf_walk_way)r) : r);
}

int pf_walk(struct pf_walk *walk)
{
	enum pf_walk_way way = walk->root[1] < 0 ? PF_WALK_ALONE : PF_WALK_BESIDE;
	PF_CLEANUP_FD int before = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (before < 0)
		return -errno;
	walk->depth = walk->error = 0;
	walk->path[0] = last[0] = '\0';
	levels[0] = (struct level){.way = (uint8_t)way};
	int r = open_both(walk, walk->root, "", way);
	if (r < 0) {
		check(walk, ".", r);
		return r;
	}
	r = walk->visit(walk, ".");
	if (r > PF_WALK_SKIP) {
		levels[0].way = (uint8_t)r;
		close_both(walk->dir);
		r = open_both(walk, walk->root, "", (enum pf_walk_way)r);
		if (r < 0) {
			check(walk, ".", r);
			return r;
		}
	}
	r = check(walk, ".", r < 0 ? r : 0);
	if (r == 0)
		r = check(walk, ".", fill(walk));
	while (r == 0 && walk->depth >= 0)
		r = step(walk);
	close_both(walk->dir);
	return fchdir(before) < 0 ? -errno : walk->error;
}

int pf_open_below(int dir, const char *path, int flags)
{
	return pf_openat2(dir, *path ? path : ".", flags,
			  RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_XDEV);
}

int pf_stat_unmounted(int dir, const char *name, struct stat *ret)
{
	PF_CLEANUP_FD int fd =
		pf_openat2(dir, name, O_PATH | O_NOFOLLOW, RESOLVE_BENEATH | RESOLVE_NO_XDEV);

	return fd < 0 ? fd : fstat(fd, ret) < 0 ? -errno : 0;
}

int pf_is_empty(int dir)
{
	_Alignas(struct entry) char buffer[1024];

	for (;;) {
		int n = pf_sys_result(syscall(SYS_getdents64, dir, buffer, sizeof(buffer)));
		if (n <= 0)
			return n < 0 ? n : 1;
		for (int at = 0; at < n;) {
			const struct entry *entry = (const void *)(buffer + at);
			if (!is_dots(entry->name))
				return 0;
			at += entry->size;
		}
	}
}

int pf_open_file(int dir, const char *name)
{
	struct stat status;
	PF_CLEANUP_FD int fd = pf_open_below(dir, name, O_RDONLY | O_NONBLOCK | O_NOCTTY);
	if (fd < 0)
		return fd;
	if (fstat(fd, &status) < 0)
		return -errno;
	return S_ISREG(status.st_mode) ? pf_steal_fd(&fd) : -EINVAL;
}

ssize_t pf_list_xattrs(int dir, const char *name, char *list, size_t size)
{
	if (fchdir(dir) < 0)
		return -errno;
	ssize_t n = llistxattr(name, list, size);
	return n >= 0 ? n : errno == EOPNOTSUPP ? 0 : -errno;
}

ssize_t pf_get_xattr(int dir, const char *name, const char *key, void *value, size_t size)
{
	if (fchdir(dir) < 0)
		return -errno;
	ssize_t n = lgetxattr(name, key, value, size);
	return n >= 0 ? n : -errno;
}

int pf_set_xattr(int dir, const char *name, const char *key, const void *value, size_t size)
{
	if (fchdir(dir) < 0)
		return -errno;
	return lsetxattr(name, key, value, size, 0) < 0 ? -errno : 0;
}
