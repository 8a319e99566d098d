/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Opens files and directories of the host that options name. The caller opens each file or
 * directory exactly once. No other process resolves the path of an option: in another process
 * (/dev/fd/3, /proc/self/cwd), or later, the path may lead to another file. The monitor and init
 * get a descriptor if a descriptor is enough. For a mount, a descriptor is not enough. Init mounts
 * in a copy of the caller's mount namespace, and the kernel does not clone a mount of another mount
 * namespace (open_tree(2), EINVAL). So init opens the path of the caller's descriptor. This path
 * has no symbolic links. Init compares the device and the inode number, and refuses any other file
 * or directory. No other file gets this inode number while the caller holds the descriptor.
 */
#ifndef PF_HOST_PATH_H
#define PF_HOST_PATH_H

#include <stddef.h>
#include <stdint.h>

/* The descriptors that a plan owns. */
struct pf_plan_fds {
	int *fds;
	size_t count;
};

struct pf_host_path {
	int fd;                        /* a struct pf_plan_fds owns the descriptor */
	char *path;                    /* path of the descriptor, from its link in /proc/self/fd */
	uint64_t device, inode, mount; /* from statx(2); `mount` is the id of the mount */
};

/* Opens a path with flags of open(2). `plan_fds` owns the descriptor. *ret owns the path until
 * pf_host_path_clear(). Returns 0 or -errno. */
int pf_host_path_open(struct pf_plan_fds *plan_fds, const char *path, int flags,
		      struct pf_host_path *ret);
void pf_host_path_clear(struct pf_host_path *at);

/* Says why init cannot find a file or directory by its path. Returns the end of a sentence, in
 * static memory, and a remedy in *ret_hint. Returns NULL if init can find the file. */
const char *pf_host_path_problem(const struct pf_host_path *at, const char **ret_hint);

/* Takes ownership of a descriptor. Closes the descriptor on failure. Returns 0 or -ENOMEM. */
int pf_plan_fds_add(struct pf_plan_fds *plan_fds, int fd);

/* Tells whether `plan_fds` owns a descriptor. */
int pf_plan_fds_has(const struct pf_plan_fds *plan_fds, int fd);

/* Closes all descriptors. */
void pf_plan_fds_clear(struct pf_plan_fds *plan_fds);

#endif
