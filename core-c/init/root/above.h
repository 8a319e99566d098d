/* SPDX-License-Identifier: BSD-2-Clause */
/* The directories above a directory, in its file system and not only in its path. */
#ifndef PF_ABOVE_H
#define PF_ABOVE_H

/* Calls a function with a descriptor (O_PATH) of each directory above an absolute path without
 * symbolic links, until the function returns a result other than 0. Returns the last result of the
 * function. At the root of a bind mount, the path goes on to the directory of the mount point. If
 * another mount shows the directories of the file system above the root of the bind mount, the
 * function also gets those directories. Leaves out directories that the calling process cannot
 * reach. */
int pf_each_above(const char *path, int (*call)(int fd, const void *data), const void *data);

#endif
