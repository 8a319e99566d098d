/* SPDX-License-Identifier: BSD-2-Clause */
/* Writes and opens paths in /proc. */
#ifndef PF_PROC_PATH_H
#define PF_PROC_PATH_H

#include <stddef.h>
#include <sys/types.h>

#define PF_PROC_PATH 64

/* Writes "/proc/PID/NAME", or "/proc/self/NAME" if the pid is 0. NAME has at most 32 characters.
 * Returns the length. */
size_t pf_proc_path(pid_t pid, const char *name, char ret[PF_PROC_PATH]);

/* Writes "/proc/PID/NAME/FD", as pf_proc_path() does. */
size_t pf_proc_fd_path(pid_t pid, const char *name, int fd, char ret[PF_PROC_PATH]);

/* Opens "/proc/PID/NAME". Returns a descriptor or -errno. */
int pf_proc_open(pid_t pid, const char *name, int flags);

#endif
