/* SPDX-License-Identifier: BSD-2-Clause */
/* Reads the mount table of the host (proc_pid_mountinfo(5)). */
#ifndef PF_MOUNT_TABLE_H
#define PF_MOUNT_TABLE_H

#include <stddef.h>

enum pf_filesystem {
	/* A directory of the file system can be the lower directory of an overlay. */
	PF_FILESYSTEM_LAYER,
	PF_FILESYSTEM_REFUSED, /* overlayfs refuses this file system */
	/* The file system shows data of the kernel: proc, sysfs, cgroup and others. */
	PF_FILESYSTEM_KERNEL
};

struct pf_mount_entry {
	/* Path of the mount point, below the directory of pf_mount_table_read(): "/home". */
	char *path;
	enum pf_filesystem kind;
	int id, parent; /* mount id, and mount id of the parent mount */
	int is_remote;  /* the files come from a server, which may never answer */
	int is_deleted; /* the mounted file or directory was deleted */
};

struct pf_mount_table {
	struct pf_mount_entry *items; /* the visible mounts, each after its parent */
	size_t count;
};

/* Reads the mounts strictly below a directory. Returns 0 or -errno. In both cases,
 * pf_mount_table_clear() frees *ret. */
int pf_mount_table_read(const char *directory, struct pf_mount_table *ret);
void pf_mount_table_clear(struct pf_mount_table *table);

/* Returns the type of the file system at a path ("ext4"), or "an unknown file system". The path is
 * relative to `directory`; "" means the directory itself. Reads only the mount id of the path,
 * which needs no answer from a server. */
#define PF_MOUNT_TYPE 32
const char *pf_mount_type(int directory, const char *path, char ret[PF_MOUNT_TYPE]);

/* Tells whether a mount lies strictly below a path. */
int pf_mount_table_has_below(const struct pf_mount_table *table, const char *path);

/* Returns the mount at a path, or NULL. */
const struct pf_mount_entry *pf_mount_table_find(const struct pf_mount_table *table,
						 const char *path);

#endif
