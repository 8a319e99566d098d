/* SPDX-License-Identifier: BSD-2-Clause */
/* Who has a file open, by what /proc says alone: stat(2) of /proc/PID/fd/N would ask the file
 * system of whatever the process has opened, and a FUSE server may never answer. */
#ifndef PF_OPEN_FILE_H
#define PF_OPEN_FILE_H

#include <sys/types.h>

/* Tells whether a process has opened, for writing, the file that is our descriptor `fd`, at the
 * same path of the same mount. A process that may only read the file cannot make this true. */
int pf_is_written_by(pid_t pid, int fd);

#endif
