/* SPDX-License-Identifier: BSD-2-Clause */
/* Lists the changes of a container. Compares the upper directory of an overlay with the lower
 * directory. */
#ifndef PF_LIST_CHANGES_H
#define PF_LIST_CHANGES_H

#include "common/protocol/plan.h"

/* A directory below an overlay: the upper directory of a trial, or the directory of the host. */
struct pf_layer {
	int fd;
	unsigned trial; /* 1 for the nearest trial; 0: the directory of the host */
};

#define PF_LAYERS 9

/* One overlay, or one directory of a skeleton. A skeleton is a directory that pflask makes because
 * the kernel cannot overlay the lower directory as a whole. pflask mounts each entry of the lower
 * directory separately: a directory as an overlay, a file as a read-only bind. No other mount may
 * be visible in the directories, because overlayfs ignores such mounts. For example, a tree of
 * open_tree(2) without AT_RECURSIVE has no such mounts. Descriptors with O_PATH are sufficient. The
 * container must have stopped writing. */
struct pf_overlay {
	int upperdir;
	int lowerdir;     /* the lower directory; -1: the overlay had none */
	const char *path; /* mount point of the overlay in the container; "" is the root */
	int userxattr;    /* mounted with the option userxattr, in a user namespace */
	int is_skeleton;  /* the list leaves out names that both directories have */
	/* The layers of lowerdir, the nearest first, if lowerdir is an overlay. A manifest tells
	 * which layer has a file. */
	struct pf_layer layers[PF_LAYERS];
	size_t layer_count;
	const void *plan; /* the plan, which shows the entries that pflask made; or NULL */
};

/* Tells whether pflask itself made an entry of a skeleton. Searches the plan for an operation that
 * makes the entry. The directories do not show who made the entry, because other processes make and
 * remove entries of the lower directory at any time. */
int pf_is_skeleton_entry(const struct pf_overlay *overlay, const char *name);

/*
 * Writes a line for each changed path: A for a new path, D for a removed path, M for any other
 * change. A path is changed if the type, mode, owner, extended attributes or content differ. A path
 * that is not a directory is also changed if the time of modification differs. A change of an entry
 * is not a change of its directory. A removed directory has one line, and its entries have none.
 * Lines are sorted by the bytes of the names. A directory comes before its entries.
 *
 * A text line is "A /etc/new". A control character, a backslash, or a byte that is not UTF-8 is
 * written as \xNN, so that each path has one line, and no path can control a terminal. A JSON line
 * is
 *	{"path":"/etc/new","kind":"A","type":"file","mode":"0644","uid":0,"gid":0,"size":3}
 * In the format PF_CHANGES_JSON, the lines of all calls together are an array, which
 * pf_end_changes() ends. A directory has no size. For D, the line describes the removed path. A
 * byte that is not UTF-8 is written as a lone surrogate, \udcXX (PEP 383).
 *
 * Returns 0 or -errno. A path that cannot be examined is left out. The first such error is returned
 * at the end. *reterr_path is then the path below overlay->path, in static memory. An error of `fd`
 * is returned immediately, and *reterr_path is then NULL. The caller must ignore or block SIGPIPE
 * and SIGXFSZ.
 */
int pf_list_changes(const struct pf_overlay *overlay, enum pf_changes_format format, int fd,
		    const char **reterr_path);

/* Ends the list, after the last pf_list_changes(). Returns 0 or -errno. */
int pf_end_changes(enum pf_changes_format format, int fd);

#endif
