/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Checks the process at the other end of a control socket. The processes of a container may have
 * the uid of the container's user. Such a process can find a way to the socket of another
 * container, or can make a socket that looks like the socket of a monitor. So the monitor checks
 * its clients, and a client checks the monitor, by the same rules.
 */
#ifndef PF_PEER_CHECK_H
#define PF_PEER_CHECK_H

#include <sys/types.h>

#include "wire.h"

/* Checks the process at the other end of a connected unix socket. The process must have the user,
 * pid, mount and cgroup namespaces and the root directory of the calling process. `pid` is the
 * peer's pid from SO_PEERCRED. Returns 0, -EPERM if a namespace or the root differs, -ESRCH if the
 * peer has ended or is ending, or another -errno if its namespaces cannot be seen. */
int pf_peer_check(int socket, pid_t pid);

/* Checks a process by its pid, as pf_peer_check() does. The caller must know that the process has
 * not been reaped. */
int pf_peer_check_process(pid_t pid);

/* Tells whether the kernel can give a pidfd of the peer (SO_PEERPIDFD, Linux 6.5). Without a pidfd,
 * only the peer's pid is known. After the peer has ended, another process may get this pid. */
int pf_peer_is_known(int socket);

/* Opens the namespaces of the calling process as a proof for the monitor of another user. Such a
 * monitor cannot open the namespaces by the pid. Returns PF_PROOF_FDS or -errno. */
int pf_peer_open_proof(int ret[PF_PROOF_FDS]);

/* Checks a peer by the namespace descriptors that the peer has sent as a proof. Returns 0 or
 * -EPERM. */
int pf_peer_check_proof(const int *namespaces);

#endif
