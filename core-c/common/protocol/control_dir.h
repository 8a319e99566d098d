/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The directories in which monitors listen (docs/control.md): a monitor makes a socket there, and a
 * client looks for one.
 */
#ifndef PF_CONTROL_DIR_H
#define PF_CONTROL_DIR_H

#include <sys/types.h>

#define PF_CONTROL_SUFFIX ".sock"
#define PF_CONTROL_FILE 80 /* room for the longest name, the suffix and the NUL */

/* Opens a control directory: a real directory that belongs to `uid` and that no other user may
 * enter. With `make`, makes a missing directory. Returns a descriptor or -errno (-EACCES: the
 * directory belongs to another user, or is open to others). */
int pf_control_open(const char *directory, uid_t uid, int make);

/* Locks a control directory until the descriptor is closed, so that two monitors do not make and
 * remove a socket, or the directory, at the same time. Monitors hold the lock only briefly; a
 * container with the uid of its user could hold it for ever. So the caller goes on without the lock
 * after 100 ms. Returns 0, -ENOENT where the directory has been removed, or another -errno. */
int pf_control_lock(int directory);

/* Connects to a socket. Returns a non-blocking descriptor that accepts no descriptors
 * (pf_refuse_fds()), -ECONNREFUSED where no process listens, -EAGAIN where too many clients wait
 * already, or another -errno. */
int pf_control_connect(int directory, const char *file);

/* Makes a socket and listens on it. Replaces a socket that no process listens on any more. The
 * connections of the socket accept no descriptors until pf_refuse_fds() allows them. Returns a
 * non-blocking descriptor, -EADDRINUSE where another process listens, or another -errno. */
int pf_control_listen(int directory, const char *file);

/* Removes a socket that no process listens on. */
void pf_control_clean(int directory, const char *file);

#endif
