/* SPDX-License-Identifier: BSD-2-Clause */
/* Finds the directories above a directory: in its path, and also in its file system. */
#ifndef PF_ABOVE_H
#define PF_ABOVE_H

/* Calls a function with a descriptor (O_PATH) of each directory above an absolute path without
 * symbolic links, until the function returns a result other than 0. Returns the last result of the
 * function. Does not stop at a mount point. If the path lies in a bind mount, the bound
 * directory has other directories above it in its own file system. The function also gets these
 * directories, if another mount shows them. Leaves out directories that the calling process cannot
 * reach. */
int pf_each_above(const char *path, int (*call)(int fd, const void *data), const void *data);

#endif
