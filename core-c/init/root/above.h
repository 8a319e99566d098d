/* SPDX-License-Identifier: BSD-2-Clause */
/* Finds the directories above a directory: in its path, and also in its file system. */
#ifndef PF_ABOVE_H
#define PF_ABOVE_H

/* Calls a function for each directory above a path, with an O_PATH descriptor of the directory.
 * Stops when the function returns a result other than 0, and returns this result. The path must be
 * absolute and without symbolic links. Does not stop at a mount point. If the path lies in a bind
 * mount, the bound directory has other directories above it in its own file system. The function
 * also gets these directories, if another mount shows them. Leaves out directories that the calling
 * process cannot reach. */
int pf_each_above(const char *path, int (*call)(int fd, const void *data), const void *data);

#endif
