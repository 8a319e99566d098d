/* SPDX-License-Identifier: BSD-2-Clause */
/* Record locks (fcntl(2)) on the directories to which the overlays of a container write. The lock
 * of a monitor keeps other containers from using the directory at the same time.
 * core-c/init/root/op_take.c explains the details. */
#ifndef PF_DIRECTORY_LOCK_H
#define PF_DIRECTORY_LOCK_H

#include <fcntl.h>
#include <sys/types.h>

/* The name of every monitor in /proc/PID/comm. A user recognizes a monitor of root by this name. */
#define PF_MONITOR_NAME "pflask"

/* Returns the lock that a monitor of a user sets. `type` is a lock type of fcntl(2). */
struct flock pf_directory_lock(short type, uid_t uid);

/* Tells whether another monitor has locked a directory. Ignores locks of processes that may not use
 * the directory: only processes of root count, and processes of the caller or of the directory's
 * owner that are outside all containers. The descriptor must be open for reading. */
int pf_is_taken(int fd);

#endif
