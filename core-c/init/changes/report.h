/* SPDX-License-Identifier: BSD-2-Clause */
/* Lists the changes of a container: compares the upper directory of an overlay with its lower
 * one. */
#ifndef PF_REPORT_H
#define PF_REPORT_H

/* One overlay. Both directories must be as overlayfs sees them, without the mounts below: a tree of
 * open_tree(2) without AT_RECURSIVE, for example. The container must no longer write. O_PATH is
 * enough. */
struct pf_layer {
	int upper;
	int lower;        /* -1: there was no lower directory */
	const char *path; /* where it was mounted in the container; "" is the root */
	int userxattr;    /* mounted with this option, in a user namespace */
	int skeleton;     /* only the names that the lower directory does not have belong to this
			   * directory: names in both are not compared, and belong to other
			   * layers */
	const void *plan; /* of a skeleton: tells which entries pflask made, while other
			   * processes make and remove entries of the lower directory; or NULL */
};

/* Tells whether pflask itself made an entry of a skeleton. */
int pf_is_planned(const struct pf_layer *layer, const char *name);

enum pf_changes_format { PF_CHANGES_TEXT, PF_CHANGES_JSON };

/*
 * Writes a line for each changed path: A for a new path, D for a removed path, else M. A path is
 * changed where the type, mode, owner, extended attributes or content differ. A path that is not a
 * directory is also changed where the time of modification differs. A change of an entry does not
 * change its directory, and a removed directory is one line. Lines are sorted by the bytes of the
 * names, a directory before its entries.
 *
 * A text line is "A /etc/new". A control character, a backslash, and a byte that is not UTF-8 are
 * written as \xNN, so that each path is one line and the terminal is safe. A JSON line is
 *	{"path":"/etc/new","kind":"A","type":"file","mode":"0644","uid":0,"gid":0,"size":3}
 * without a size for a directory. D describes the removed path. A byte that is not UTF-8 is a lone
 * surrogate, \udcXX (PEP 383).
 *
 * Returns 0 or -errno. A path that cannot be examined is left out; the first such error is returned
 * at the end, with *reterr_path (in static memory; below layer->path). An error of `fd` is returned
 * at once, with a *reterr_path of NULL. The caller must ignore or block SIGPIPE and SIGXFSZ.
 */
int pf_changes(const struct pf_layer *layer, enum pf_changes_format format, int fd,
	       const char **reterr_path);

#endif
