/* SPDX-License-Identifier: BSD-2-Clause */
/* The record lock by which the monitor of a container takes a directory that an overlay writes to
 * (core-c/init/root/op_take.c says why). */
#ifndef PF_TAKEN_H
#define PF_TAKEN_H

#include <fcntl.h>
#include <sys/types.h>

/* The lock of a user: of a type of fcntl(2). */
struct flock pf_taken_lock(short type, uid_t uid);

/* Tells whether another process, which may use a directory, has taken the directory. The
 * descriptor is open for reading. */
int pf_is_taken(int fd);

#endif
