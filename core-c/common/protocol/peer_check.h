/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Checks the process at the other end of a control socket. The payload of a container runs under
 * the uid of its user. The payload may find a way to the socket of another container, or make a
 * socket that looks like a monitor's. So the monitor checks its clients, and a client checks the
 * monitor, in the same way.
 */
#ifndef PF_PEER_CHECK_H
#define PF_PEER_CHECK_H

#include <sys/types.h>

#include "wire.h"

/* Checks that the process at the other end of a connected unix socket runs where the calling
 * process does: in the same user, pid, mount and cgroup namespaces, and with the same root
 * directory. `pid` is the peer's pid from SO_PEERCRED. Returns 0, -EPERM where the peer runs
 * elsewhere, -ESRCH where the peer has ended, or another -errno where its namespaces cannot be
 * seen. */
int pf_peer_is_near(int socket, pid_t pid);

/* Checks a process in the same way by its pid. The process must be known to live. */
int pf_process_is_near(pid_t pid);

/* Tells whether the kernel knows the process at the other end (SO_PEERPIDFD, Linux 6.5), and not
 * only its pid, which a later process may have. */
int pf_peer_is_known(int socket);

/* Opens the namespaces of the calling process, for a monitor of another user, which cannot look
 * them up. Returns PF_PROOF_FDS or -errno. */
int pf_peer_open_proof(int ret[PF_PROOF_FDS]);

/* Checks a peer by descriptors of its namespaces (PF_HAS_PROOF). Returns 0 or -EPERM. */
int pf_peer_check_proof(const int *namespaces);

#endif
