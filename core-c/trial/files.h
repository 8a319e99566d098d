/* SPDX-License-Identifier: BSD-2-Clause */
/* Opens and reads files, each relative to an open directory: a path can lead elsewhere as soon as
 * another process replaces a part of the path. All functions return a failure of fault.h. */
#ifndef PF_TRIAL_FILES_H
#define PF_TRIAL_FILES_H

#include <stddef.h>
#include <sys/stat.h>
#include <sys/types.h>

/* Opens a path below a directory. No part of the path may be a symbolic link, or lie in another
 * mount. The path "" is the directory itself. Returns the descriptor. */
int pf_open_below(int directory, const char *path, int flags);

/* Opens a path of the host. No part of the path may be a symbolic link. Returns the descriptor. */
int pf_open_real(const char *path, int flags);

/* Opens a regular file below a directory for reading, and reads its status. Opens nothing else.
 * Returns the descriptor. */
int pf_open_file(int directory, const char *path, struct stat *ret);

int pf_status_of(int fd, struct stat *ret);

/* Reads the status of a name in a directory. Returns 1, or 0 if the name does not exist. */
int pf_status_at(int directory, const char *name, struct stat *ret);

/* Reads a file from the position of the descriptor to the end, but at most `most` bytes. Returns
 * memory with a NUL after the bytes, which the caller frees. */
int pf_read_all(int fd, size_t most, char **ret, size_t *ret_size);

int pf_write_all(int fd, const char *bytes, size_t size);

/* The names in a directory, sorted by their bytes. */
struct pf_names {
	char *bytes;
	char **names;
	size_t count;
};

/* Reads the names below an open directory. The caller frees the names, also after a failure. */
int pf_list_names(int fd, struct pf_names *ret);
void pf_free_names(struct pf_names *names);

/* Removes a name in a directory, with everything below. Follows no link and enters no mount. A name
 * that does not exist is no failure. */
int pf_remove_tree(int directory, const char *name);

/* The numbers by which a file is recognized. */
struct pf_node {
	dev_t device;
	ino_t inode;
};

static inline struct pf_node pf_node_of(const struct stat *status)
{
	return (struct pf_node){status->st_dev, status->st_ino};
}

static inline int pf_is_node(const struct pf_node *one, const struct pf_node *other)
{
	return one->device == other->device && one->inode == other->inode;
}

/* Tells whether this process, or an interrupted one, can have made a directory just now: the
 * directory belongs to the caller, and contains only such directories. */
int pf_is_new_directory(int directory, const char *name, struct pf_node *ret);

/* Makes a directory that the owner can use, whatever the umask is. Fails if another process has
 * put another directory there meanwhile. */
int pf_make_directory(int directory, const char *name, struct pf_node *ret);

/* Writes "/proc/self/fd/FD", the path of an open file. */
#define PF_FD_PATH 40
void pf_path_of_fd(int fd, char ret[PF_FD_PATH]);

#endif
