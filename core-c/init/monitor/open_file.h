/* SPDX-License-Identifier: BSD-2-Clause */
/* Search for the processes that have a file open. The search reads only /proc: stat(2) of
 * /proc/PID/fd/N would ask the file system of the open file, and a FUSE server may never answer. */
#ifndef PF_OPEN_FILE_H
#define PF_OPEN_FILE_H

#include <sys/types.h>

/* Tells whether a process has opened the file of our descriptor `fd` for writing, at the same path
 * of the same mount. A process that may only read the file cannot make this true. */
int pf_is_written_by(pid_t pid, int fd);

#endif
