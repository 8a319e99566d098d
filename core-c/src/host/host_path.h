/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The files and directories of the host that options name. The caller opens each of them once, and
 * no path is resolved again by another process, where it may mean another file (/dev/fd/3,
 * /proc/self/cwd), or at another time. What the monitor or init can use as a descriptor, they get
 * as a descriptor. A mount is another matter: init makes it in a copy of the caller's mount
 * namespace, and the kernel clones no mount of another mount namespace (open_tree(2), EINVAL).
 * There init opens the path that the caller's descriptor has, in which no part is a symbolic link,
 * and refuses any other file or directory than the caller's, by device and inode number. While the
 * caller holds its descriptor, no other file gets that inode number.
 */
#ifndef PF_HOST_PATH_H
#define PF_HOST_PATH_H

#include <stddef.h>
#include <stdint.h>

/* Descriptors that a plan owns. */
struct pf_held {
	int *fds;
	size_t count;
};

struct pf_host_path {
	int fd;     /* owned by a struct pf_held */
	char *path; /* the path of the descriptor, or what /proc/self/fd says instead of a path */
	uint64_t device, inode, mount; /* numbers of the file and its mount, statx(2) */
};

/* Opens a path with flags of open(2). The descriptor belongs to `held`, the path to *ret until
 * pf_host_path_clear(). Returns 0 or -errno. */
int pf_host_path_open(struct pf_held *held, const char *path, int flags, struct pf_host_path *ret);
void pf_host_path_clear(struct pf_host_path *at);

/* Says why init cannot find a file or directory by its path: the end of a sentence, static, with
 * *ret_hint a remedy; NULL: init can. */
const char *pf_host_path_problem(const struct pf_host_path *at, const char **ret_hint);

/* Gives a descriptor to these, or closes the descriptor. Returns 0 or -ENOMEM. */
int pf_held_add(struct pf_held *held, int fd);

/* Tells whether a descriptor is one of these. */
int pf_held_has(const struct pf_held *held, int fd);

/* Closes all of them. */
void pf_held_clear(struct pf_held *held);

#endif
