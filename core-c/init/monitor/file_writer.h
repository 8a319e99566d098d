/* SPDX-License-Identifier: BSD-2-Clause */
/* Tells whether a process has a file open for writing. Reads only /proc. Does not call stat(2) on
 * /proc/PID/fd/N, because stat(2) asks the file system of the open file, and a FUSE server may
 * never answer. */
#ifndef PF_FILE_WRITER_H
#define PF_FILE_WRITER_H

#include <sys/types.h>

/* Tells whether a process has opened the file of the descriptor `fd` for writing, at the same path
 * of the same mount. A process that may only read the file cannot cause a wrong answer. */
int pf_is_file_writer(pid_t pid, int fd);

#endif
