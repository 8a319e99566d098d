/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Finds the monitors of detached containers (docs/control.md). A process that listens in a control
 * directory counts as a monitor only if it runs in the caller's namespaces (peer_check.h). A fact
 * that the kernel can tell is never taken from the monitor.
 */
#ifndef PF_SEARCH_H
#define PF_SEARCH_H

#include "common/protocol/wire.h"
#include "pflask.h"

/* A connection to a monitor, and the record of its container. */
struct pf_connection {
	int socket; /* non-blocking; -1: the monitor has not answered */
	int must_prove;
	struct pflask_record record;
};

/* Find a container of a user by name, or by the pid of its monitor or of its leader. Return 1 if
 * the container was found, 0 if its monitor does not answer, or -ESRCH if there is no such
 * container. Return -EPERM if the only process found runs in other namespaces, or another -errno. A
 * monitor with too many waiting clients counts as a monitor that does not answer. */
int pf_find_name(uid_t uid, const char *name, struct pf_connection *ret);
int pf_find_pid(uid_t uid, int pid, struct pf_connection *ret);

/* Lists the caller's containers. If the caller is root, also lists the containers of other users.
 * Returns their number, -ENOMEM or -EMFILE. The caller frees *ret. */
int pf_find_all(struct pflask_record **ret);

/* Sends a request to a monitor, with descriptors. Returns 0 or -errno. */
int pf_send_request(const struct pf_connection *connection, const struct pf_message *request,
		    const int *fds, size_t fd_count);

#endif
