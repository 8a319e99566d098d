/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Opens control directories (docs/control.md). The monitor of a detached container listens on a
 * unix socket in a control directory, and clients connect to the socket.
 */
#ifndef PF_CONTROL_DIR_H
#define PF_CONTROL_DIR_H

#include <sys/types.h>

#define PF_CONTROL_SUFFIX ".sock"
#define PF_CONTROL_FILE 80 /* buffer size for the name of a socket, with its suffix and the NUL */

/* Opens a control directory. The directory must not be a symbolic link, must belong to `uid`, and
 * must be closed to other users. With `make`, makes a missing directory. Returns a descriptor,
 * -EACCES if the directory belongs to another user or is open to other users, or another -errno. */
int pf_control_dir_open(const char *directory, uid_t uid, int make);

/* Locks a control directory until the descriptor is closed. The lock keeps two monitors from making
 * and removing a socket, or the directory, at the same time. Monitors hold the lock only briefly.
 * But a process of a container can have the uid of the user, and could hold the lock for ever. So
 * the function gives up after 100 ms, and the caller continues without the lock. Returns 0, -ENOENT
 * if the directory has been removed, or another -errno. */
int pf_control_dir_lock(int directory);

/* Connects to a socket. Returns a non-blocking socket, which refuses descriptors (pf_refuse_fds()).
 * Returns -ECONNREFUSED if no process listens, -EAGAIN if too many clients wait already, or another
 * -errno. */
int pf_control_socket_connect(int directory, const char *file);

/* Makes a socket and listens on it. Replaces a socket if no process listens on it any more.
 * Connections to the socket refuse descriptors until the caller allows them with pf_refuse_fds(fd,
 * 0). Returns a non-blocking socket, -EADDRINUSE if another process listens, or another -errno. */
int pf_control_socket_listen(int directory, const char *file);

/* Removes a socket if no process listens on it. */
void pf_control_socket_clean(int directory, const char *file);

#endif
