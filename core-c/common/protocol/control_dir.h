/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The directories in which monitors listen (docs/control.md), for those who make a socket there and
 * those who look for one.
 */
#ifndef PF_CONTROL_DIR_H
#define PF_CONTROL_DIR_H

#include <sys/types.h>

#define PF_CONTROL_SUFFIX ".sock"
#define PF_CONTROL_FILE 80 /* enough for the longest name, the suffix, and the NUL */

/* Opens a control directory: a real one that belongs to `uid` and that nobody else may enter, and
 * with `make` makes it where it is missing. Returns a descriptor or -errno (-EACCES: it is somebody
 * else's, or open to others). */
int pf_control_open(const char *directory, uid_t uid, int make);

/* Locks a control directory for as long as the descriptor is open, so that two monitors do not make
 * and remove a socket, or the directory, at once. A lock that lasts is not a monitor's, but perhaps
 * that of a container with its user's uid: after 100 ms the caller goes on without. Returns 0,
 * -ENOENT where the directory has been removed, or -errno. */
int pf_control_lock(int directory);

/* Connects to a socket. Returns a non-blocking descriptor, which takes no descriptors
 * (pf_refuse_fds()), -ECONNREFUSED where nobody listens,
 * -EAGAIN where too many wait already, or -errno. */
int pf_control_connect(int directory, const char *file);

/* Makes a socket and listens on it, in the place of one that no process listens on any more. Its
 * connections take no descriptors (pf_refuse_fds()) until they are made to. Returns a non-blocking
 * descriptor, -EADDRINUSE where somebody does, or -errno. */
int pf_control_listen(int directory, const char *file);

/* Removes a socket that nobody listens on. */
void pf_control_clean(int directory, const char *file);

#endif
