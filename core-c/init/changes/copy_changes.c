/* SPDX-License-Identifier: BSD-2-Clause */
/* Copies an upper directory (copy_changes.h). */
#define _GNU_SOURCE
#include "copy_changes.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <linux/limits.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/sendfile.h>
#include <sys/stat.h>

#include "common/cleanup.h"
#include "walk.h"

/* Maximum number of files with several names; an unused entry takes no memory. */
#define HARD_LINKS 16384
#define HARD_LINK_TEXT (2 << 20)

enum { FROM, TO };

struct copy {
	struct pf_walk walk; /* must be the first member: its address is cast to the structure */
	const struct pf_overlay *overlay;
};

/* The copies of files with several names (hard links), by inode. */
static struct {
	struct {
		dev_t device;
		ino_t inode;
		const char *directory, *name; /* both point into `text` */
	} link[HARD_LINKS];
	char text[HARD_LINK_TEXT];
	size_t count, used;
} hard_links;

/* Records the first copy of a file that has several names, so that each other name becomes a link
 * to the copy. Returns 0, or -EMLINK if there is no room for the record. */
static int remember_hard_link(const struct pf_walk *walk, const char *name,
			      const struct stat *status)
{
	char *text = hard_links.text + hard_links.used;
	size_t size = strlen(walk->path) + strlen(name) + 2;

	if (hard_links.count == HARD_LINKS || size > HARD_LINK_TEXT - hard_links.used)
		return -EMLINK;
	hard_links.used += size;
	hard_links.link[hard_links.count].device = status->st_dev;
	hard_links.link[hard_links.count].inode = status->st_ino;
	hard_links.link[hard_links.count].directory = text;
	text = stpcpy(text, walk->path) + 1;
	hard_links.link[hard_links.count++].name = strcpy(text, name);
	return 0;
}

/* If the file was already copied under another name, links `name` to the copy. Returns 1 if the
 * link was made, else 0. */
static int make_hard_link(const struct pf_walk *walk, const char *name, const struct stat *status)
{
	size_t i = 0;

	while (i < hard_links.count && (hard_links.link[i].inode != status->st_ino ||
					hard_links.link[i].device != status->st_dev))
		i++;
	if (i == hard_links.count)
		return 0;
	const char *directory = hard_links.link[i].directory;
	PF_CLEANUP_FD int dir = pf_open_below(walk->root[TO], directory, O_PATH | O_DIRECTORY);
	return dir >= 0 && linkat(dir, hard_links.link[i].name, walk->dir[TO], name, 0) == 0;
}

/* Copies the data of a file, and keeps its holes. */
static int copy_data(int from, int to, off_t size)
{
	off_t at = 0, end;

	if (ioctl(to, FICLONE, from) == 0)
		return 0; /* the file system has cloned the blocks (FICLONE) */
	while ((at = lseek(from, at, SEEK_DATA)) >= 0) {
		end = lseek(from, at, SEEK_HOLE);
		if (end < 0 || lseek(to, at, SEEK_SET) < 0)
			return -errno;
		while (at < end) {
			ssize_t n = sendfile(to, from, &at, (size_t)(end - at));
			if (n < 0 && errno != EINTR)
				return -errno;
			if (n == 0)
				return -EIO; /* the file has become shorter during the copy */
		}
	}
	if (errno != ENXIO)
		return -errno;
	return ftruncate(to, size) < 0 ? -errno : 0;
}

/* Tells whether an extended attribute is copied. Attributes that describe the original inode for
 * overlayfs are left out, because they are wrong for the copy: if two files have the same attribute
 * "origin", access to the files fails with ESTALE. Labels of SELinux are left out, too, because a
 * label depends on the path of the file. */
static int is_kept(const struct pf_walk *walk, const char *key)
{
	static const char *const notes[] = {"origin", "impure", "nlink", "upper", "uuid"};
	int user = ((const struct copy *)walk)->overlay->userxattr;
	const char *prefix = user ? "user.overlay." : "trusted.overlay.";
	size_t length = strlen(prefix);

	for (size_t i = 0; i < sizeof(notes) / sizeof(notes[0]); i++)
		if (strncmp(key, prefix, length) == 0 && strcmp(key + length, notes[i]) == 0)
			return 0;
	return strcmp(key, "security.selinux") != 0;
}

static int copy_xattrs(const struct pf_walk *walk, const char *name)
{
	static char list[XATTR_LIST_MAX], value[XATTR_SIZE_MAX];
	const int *dir = walk->dir;
	ssize_t size = pf_list_xattrs(dir[FROM], name, list, sizeof(list));
	int error = size < 0 ? (int)size : 0;

	for (const char *key = list; key < list + size; key += strlen(key) + 1) {
		if (!is_kept(walk, key))
			continue;
		ssize_t n = pf_get_xattr(dir[FROM], name, key, value, sizeof(value));
		int r = n < 0 ? (int)n : pf_set_xattr(dir[TO], name, key, value, (size_t)n);
		error = error < 0 ? error : r;
	}
	return error;
}

/* Copies the owner, the extended attributes, the mode and the times, in this order. The owner is
 * first: a change of the owner clears the set-user-ID bit and the capabilities, and a file must
 * never have them with a wrong owner. The attributes are before the mode, because the mode may
 * forbid the owner to write. `fd` is a descriptor of the copy; if `fd` is -1, the mode is not
 * set. */
static int copy_status(const struct pf_walk *walk, const char *name, const struct stat *status,
		       int fd)
{
	const struct timespec times[2] = {status->st_atim, status->st_mtim};
	int to = walk->dir[TO];

	if (fchownat(to, name, status->st_uid, status->st_gid, AT_SYMLINK_NOFOLLOW) < 0)
		return -errno;
	int r = copy_xattrs(walk, name);
	if (fd >= 0 && fchmod(fd, status->st_mode & 07777) < 0)
		return -errno;
	if (utimensat(to, name, times, AT_SYMLINK_NOFOLLOW) < 0)
		return -errno;
	return r;
}

static int copy_file(const struct pf_walk *walk, const char *name)
{
	struct stat status;
	PF_CLEANUP_FD int from = pf_open_file(walk->dir[FROM], name);
	if (from < 0)
		return from;
	if (fstat(from, &status) < 0)
		return -errno;
	if (status.st_nlink > 1 && make_hard_link(walk, name, &status))
		return 0;
	PF_CLEANUP_FD int to = openat(walk->dir[TO], name,
				      O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (to < 0)
		return -errno;
	int r = copy_data(from, to, status.st_size);
	if (r == 0)
		r = copy_status(walk, name, &status, to);
	return r == 0 && status.st_nlink > 1 ? remember_hard_link(walk, name, &status) : r;
}

static int copy_symlink(const struct pf_walk *walk, const char *name)
{
	char target[PATH_MAX];
	ssize_t n = readlinkat(walk->dir[FROM], name, target, sizeof(target) - 1);

	if (n < 0)
		return -errno;
	target[n] = '\0';
	return symlinkat(target, walk->dir[TO], name) < 0 ? -errno : 0;
}

/* Tells whether an entry of a skeleton (list_changes.h) is not a change of the container. If the
 * lower directory has the entry, too, the entry is a separate overlay or mount. Otherwise pflask
 * itself may have made the entry. */
static int is_of_another_overlay(const struct pf_walk *walk, const char *name)
{
	const struct pf_overlay *overlay = ((const struct copy *)walk)->overlay;
	struct stat status;

	if (!overlay->is_skeleton || walk->depth > 0)
		return 0;
	int r = pf_stat_unmounted(overlay->lowerdir, name, &status);
	return r == 0 || r == -EXDEV || pf_is_skeleton_entry(overlay, name);
}

static int visit(struct pf_walk *walk, const char *name)
{
	struct stat status;

	if (strcmp(name, ".") == 0)
		return PF_WALK_BESIDE;
	if (is_of_another_overlay(walk, name))
		return PF_WALK_SKIP;
	if (fstatat(walk->dir[FROM], name, &status, AT_SYMLINK_NOFOLLOW) < 0)
		return -errno;
	if (S_ISDIR(status.st_mode))
		return mkdirat(walk->dir[TO], name, 0700) < 0 ? -errno : PF_WALK_BESIDE;
	if (S_ISREG(status.st_mode))
		return copy_file(walk, name);
	int r;
	if (S_ISLNK(status.st_mode))
		r = copy_symlink(walk, name);
	else
		r = mknodat(walk->dir[TO], name, status.st_mode, status.st_rdev) < 0 ? -errno : 0;
	return r < 0 ? r : copy_status(walk, name, &status, -1);
}

/* Sets the mode and the times of a directory when its entries are complete. */
static int leave(struct pf_walk *walk)
{
	struct stat status;

	if (walk->depth == 0 && ((const struct copy *)walk)->overlay->path[0] == '\0')
		/* The top directory belongs to the caller, and keeps its mode. */
		return copy_xattrs(walk, ".");
	if (fstat(walk->dir[FROM], &status) < 0)
		return -errno;
	return copy_status(walk, ".", &status, walk->dir[TO]);
}

int pf_copy_changes(const struct pf_overlay *overlay, int dest, const char **reterr_path)
{
	static struct copy copy;
	/* Clear the umask, because mknodat(2) must set the exact mode of a device. */
	mode_t mask = umask(0);

	hard_links.count = hard_links.used = 0;
	copy.walk =
		(struct pf_walk){.root = {overlay->upperdir, dest}, .visit = visit, .leave = leave};
	copy.overlay = overlay;
	int r = pf_walk(&copy.walk);
	umask(mask);
	if (r < 0)
		*reterr_path = copy.walk.failed;
	return r;
}
