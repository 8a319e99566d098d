/* SPDX-License-Identifier: BSD-2-Clause */
/* Lists the changes of a container. Compares the upper directory of an overlay with the lower
 * directory. */
#ifndef PF_LIST_CHANGES_H
#define PF_LIST_CHANGES_H

#include "common/protocol/plan.h"

/* A layer of a lower directory: the upper directory of a trial, or the directory of the host. */
struct pf_layer {
	int fd;
	/* Number of the trial, counted from 1 for the nearest trial; 0: the directory of the
	 * host. */
	unsigned trial;
};

#define PF_LAYERS 9

/* An overlay, or a directory of a skeleton. A skeleton is a directory that pflask makes on a tmpfs
 * where the kernel cannot overlay the lower directory as a whole. Each entry of the lower directory
 * is then mounted separately in the skeleton: a directory as an overlay, a file as a read-only
 * bind.
 *
 * The descriptors may be O_PATH. They must show no other mounts, because overlayfs does not show
 * mounts below its layers (open_tree(2) without AT_RECURSIVE makes such a tree). The container must
 * have stopped writing. */
struct pf_overlay {
	int upperdir;
	int lowerdir;     /* the lower directory, or -1 if the overlay has none */
	const char *path; /* path of the overlay in the container; "" is the root */
	/* The overlay is mounted with the option userxattr, in a user namespace. */
	int userxattr;
	/* The directory is part of a skeleton; an entry of both directories is not listed. */
	int is_skeleton;
	/* If lowerdir is an overlay: the layers of lowerdir, the nearest first. The manifest
	 * records which layer has a file. */
	struct pf_layer layers[PF_LAYERS];
	size_t layer_count;
	const void *plan; /* the plan, which tells the entries that pflask made; or NULL */
};

/* Tells whether the plan has an operation that makes this entry of a skeleton. A comparison of the
 * directories does not show who made the entry, because other processes can make and remove entries
 * of the lower directory at any time. */
int pf_is_skeleton_entry(const struct pf_overlay *overlay, const char *name);

/*
 * Writes a line for each changed path: A for a new path, D for a removed path, M for another
 * change. A path is changed if its type, mode, owner, extended attributes or content differ; a path
 * other than a directory also if its modification time differs. A change of an entry is not a
 * change of its directory. A removed directory has one line, without lines for its entries. Lines
 * are sorted by the bytes of the names, and a directory comes before its entries.
 *
 * A text line is "A /etc/new". A control character, a backslash, and a byte that is not UTF-8 are
 * written as \xNN, so that each path is one line and cannot control a terminal. A JSON line is
 * {"path":"/etc/new","kind":"A","type":"file","mode":"0644","uid":0,"gid":0,"size":3}. In the
 * format PF_CHANGES_JSON, the lines of all calls together are one array, which pf_end_changes()
 * ends. A directory has no size. For D, the line describes the removed path. A byte that is not
 * UTF-8 is written as a lone surrogate, \udcXX (PEP 383).
 *
 * Returns 0 or -errno. A path that cannot be examined is left out. The first such error is returned
 * at the end, with its path below overlay->path in *reterr_path (static memory). A failed write to
 * `fd` is returned immediately, and *reterr_path is then NULL. The caller must ignore or block
 * SIGPIPE and SIGXFSZ.
 */
int pf_list_changes(const struct pf_overlay *overlay, enum pf_changes_format format, int fd,
		    const char **reterr_path);

/* Ends the list, after the last pf_list_changes(). Returns 0 or -errno. */
int pf_end_changes(enum pf_changes_format format, int fd);

#endif
