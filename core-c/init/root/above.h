/* SPDX-License-Identifier: BSD-2-Clause */
/* Finds all ancestor directories of a directory: by its path, and in its file system. */
#ifndef PF_ABOVE_H
#define PF_ABOVE_H

/* Calls a function for each ancestor directory of a path, with an O_PATH descriptor of the
 * ancestor. Stops when the function returns nonzero, and returns this result. The path must be
 * absolute and without symbolic links. A path in a bind mount has two lines of ancestors: by its
 * path, and in the file system of the bound directory. The second line is visited if another mount
 * shows these directories. Ancestors that the calling process cannot reach are left out. */
int pf_each_above(const char *path, int (*call)(int fd, const void *data), const void *data);

#endif
