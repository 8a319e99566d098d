/* SPDX-License-Identifier: BSD-2-Clause */
/* What a container changed: the upper directory of an overlay, compared with its lower one. */
#ifndef PF_REPORT_H
#define PF_REPORT_H

/* One overlay. Both directories are as overlayfs has them, without what is mounted below: a tree of
 * open_tree(2) without AT_RECURSIVE, say. The container no longer writes. O_PATH is enough. */
struct pf_layer {
	int upper;
	int lower;        /* or -1: there was nothing */
	const char *path; /* where it was mounted in the container; "" is the root */
	int userxattr;    /* mounted with this option, in a user namespace */
	int skeleton;     /* a directory whose own names alone are its own: what both have is not
			   * compared, and belongs to other layers */
	const void *plan; /* of a skeleton: what pflask made in it, while others make and remove
			   * entries of the lower directory; or NULL */
};

/* Tells whether pflask itself has made an entry of a skeleton. */
int pf_is_planned(const struct pf_layer *layer, const char *name);

enum pf_changes_format { PF_CHANGES_TEXT, PF_CHANGES_JSON };

/*
 * Writes a line for each path that is not what it was: A where there was nothing, D where there is
 * nothing now, else M, where the type, mode, owner, extended attributes or content differ, or the
 * time of modification of anything but a directory. A directory is not changed by what is in it,
 * and a removed one is one line. Lines are in the order of the names' bytes, a directory before
 * what is in it.
 *
 * A text line is "A /etc/new". A control character, a backslash and a byte that is no part of UTF-8
 * are \xNN, so that a line is a path and a terminal is safe. A JSON line is
 *	{"path":"/etc/new","kind":"A","type":"file","mode":"0644","uid":0,"gid":0,"size":3}
 * without a size for a directory; D has what there was; a byte that is no part of UTF-8 is a lone
 * surrogate, \udcXX (PEP 383).
 *
 * Returns 0 or -errno. A path that can not be looked at is left out, and the first such error is
 * returned at the end with *reterr_path (in static memory; below layer->path); an error of `fd` is
 * returned at once. The caller ignores or blocks SIGPIPE and SIGXFSZ.
 */
int pf_changes(const struct pf_layer *layer, enum pf_changes_format format, int fd,
	       const char **reterr_path);

#endif
