/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Opens the host's files and directories that options name. The caller opens each exactly once,
 * because in another process (/dev/fd/3, /proc/self/cwd), or later, the same path may lead to
 * another file. The monitor and init get the descriptor if a descriptor is enough.
 *
 * For a mount, a descriptor is not enough: init mounts in a copy of the caller's mount namespace,
 * and the kernel does not clone a mount of another mount namespace (open_tree(2), EINVAL). So init
 * opens the path of the caller's descriptor, which has no symbolic links, and refuses a file with
 * another device or inode number. While the caller holds the descriptor, no other file can get this
 * inode number.
 */
#ifndef PF_HOST_PATH_H
#define PF_HOST_PATH_H

#include <stddef.h>
#include <stdint.h>

/* The descriptors that a plan owns, and closes at its end. */
struct pf_plan_fds {
	int *fds;
	size_t count;
};

struct pf_host_path {
	/* The open descriptor, which belongs to a struct pf_plan_fds. */
	int fd;
	char *path;                    /* real path of the descriptor, from /proc/self/fd */
	uint64_t device, inode, mount; /* device, inode and mount id, from statx(2) */
};

/* Opens a path with flags of open(2). `plan_fds` owns the descriptor. *ret owns the path until
 * pf_host_path_clear(). Returns 0 or -errno. */
int pf_host_path_open(struct pf_plan_fds *plan_fds, const char *path, int flags,
		      struct pf_host_path *ret);
void pf_host_path_clear(struct pf_host_path *at);

/* Tells why init cannot find the file by its path. Returns NULL if init can find it. Otherwise
 * returns the end of a sentence, in static memory, with a remedy in *ret_hint. */
const char *pf_host_path_problem(const struct pf_host_path *at, const char **ret_hint);

/* Takes ownership of a descriptor. Closes the descriptor on failure. Returns 0 or -ENOMEM. */
int pf_plan_fds_add(struct pf_plan_fds *plan_fds, int fd);

/* Tells whether `plan_fds` owns a descriptor. */
int pf_plan_fds_has(const struct pf_plan_fds *plan_fds, int fd);

/* Closes all descriptors. */
void pf_plan_fds_clear(struct pf_plan_fds *plan_fds);

#endif
