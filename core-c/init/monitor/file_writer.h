/* SPDX-License-Identifier: BSD-2-Clause */
/* Tells whether a process has a file open for writing, by reading /proc only. Does not call stat(2)
 * on /proc/PID/fd/N: stat(2) asks the file system of the open file, and a FUSE server may never
 * answer. */
#ifndef PF_FILE_WRITER_H
#define PF_FILE_WRITER_H

#include <sys/types.h>

/* Tells whether a process has opened the file of `fd` for writing, by the same path in the same
 * mount. A process that can only read the file cannot make the result 1. */
int pf_is_file_writer(pid_t pid, int fd);

#endif
