/* SPDX-License-Identifier: BSD-2-Clause */
/* Describes the record lock by which a monitor takes a directory to which an overlay writes.
 * core-c/init/root/op_take.c gives the reasons. */
#ifndef PF_DIRECTORY_LOCK_H
#define PF_DIRECTORY_LOCK_H

#include <fcntl.h>
#include <sys/types.h>

/* The name of a monitor (comm(5) of /proc/PID), by which a user recognizes a monitor of root. */
#define PF_MONITOR_NAME "pflask"

/* Returns the description of a user's lock. `type` is a lock type of fcntl(2). */
struct flock pf_directory_lock(short type, uid_t uid);

/* Tells whether another process has taken a directory. Only processes that may use the directory
 * count: processes of root, and processes of the caller or of the directory's owner that are
 * outside all containers. The descriptor must be open for reading. */
int pf_is_taken(int fd);

#endif
