/* SPDX-License-Identifier: BSD-2-Clause */
/* What is mounted on the host: proc_pid_mountinfo(5). */
#ifndef PF_MOUNT_TABLE_H
#define PF_MOUNT_TABLE_H

#include <stddef.h>

enum pf_filesystem {
	PF_FILESYSTEM_LAYER,   /* it can be the lower directory of an overlay */
	PF_FILESYSTEM_REFUSED, /* overlayfs does not take it */
	PF_FILESYSTEM_KERNEL   /* it has no files of anybody's: proc, sysfs, cgroup and the like */
};

struct pf_mounted_at {
	char *path; /* below the directory that was asked for, absolute: "/home" */
	enum pf_filesystem kind;
	int id, parent; /* of the mount, and of the one it is in */
	int is_remote;  /* its files come from a server, which may not answer, or may refuse to */
	int is_deleted; /* what was bound there has been deleted since */
};

struct pf_mount_table {
	struct pf_mounted_at *items; /* each after what it is in, without what others hide */
	size_t count;
};

/* Reads what is mounted below a directory, itself not included. Returns 0 or -errno;
 * pf_mount_table_clear() frees what *ret holds in both cases. */
int pf_mount_table_read(const char *directory, struct pf_mount_table *ret);
void pf_mount_table_clear(struct pf_mount_table *table);

/* The type of the file system that a path, from a directory on, is on: "ext4"; or "an unknown file
 * system". An empty path is the directory itself. Asks that file system for nothing but the number
 * of its mount. */
#define PF_MOUNT_TYPE 32
const char *pf_mount_type(int directory, const char *path, char ret[PF_MOUNT_TYPE]);

/* Tells whether something is mounted strictly below a path. */
int pf_mount_table_below(const struct pf_mount_table *table, const char *path);

/* Finds what is mounted at a path; or NULL. */
const struct pf_mounted_at *pf_mount_table_at(const struct pf_mount_table *table, const char *path);

#endif
