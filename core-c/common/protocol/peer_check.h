/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Who is at the other end of a control socket. The payload of a container runs under the uid of its
 * user, and may find a way to the socket of another container, or make one that looks like a
 * monitor's: so the monitor checks its clients, and a client checks the monitor, in the same way.
 */
#ifndef PF_PEER_CHECK_H
#define PF_PEER_CHECK_H

#include <sys/types.h>

#include "wire.h"

/* Checks that the process at the other end of a connected unix socket runs where the calling
 * process does: in its user, pid, mount and cgroup namespace, and with its root directory. `pid` is
 * the peer's, as SO_PEERCRED says. Returns 0, -EPERM where the peer runs elsewhere, -ESRCH
 * where it has ended, or another -errno where its namespaces cannot be seen. */
int pf_peer_is_near(int socket, pid_t pid);

/* The same of a process by its pid, which must be known to live. */
int pf_process_is_near(pid_t pid);

/* Tells whether the kernel knows the process at the other end, and not only its pid, which another
 * process may have got since (SO_PEERPIDFD, Linux 6.5). */
int pf_peer_is_known(int socket);

/* Opens the namespaces of the calling process, which a monitor of another user cannot look up.
 * Returns PF_PROOF_FDS or -errno. */
int pf_peer_open_proof(int ret[PF_PROOF_FDS]);

/* Checks a peer by descriptors of its namespaces (PF_HAS_PROOF). Returns 0 or -EPERM. */
int pf_peer_check_proof(const int *namespaces);

#endif
