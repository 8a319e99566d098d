/* SPDX-License-Identifier: BSD-2-Clause */
/* The record lock with which the monitor of a container takes a directory that an overlay writes to
 * (core-c/init/root/op_take.c says why). */
#ifndef PF_TAKEN_H
#define PF_TAKEN_H

#include <fcntl.h>
#include <sys/types.h>

/* Returns the lock of a user; `type` is a type of fcntl(2). */
struct flock pf_taken_lock(short type, uid_t uid);

/* Tells whether another process has taken a directory that it may use. The descriptor must be open
 * for reading. */
int pf_is_taken(int fd);

#endif
