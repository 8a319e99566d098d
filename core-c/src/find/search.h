/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Search for the monitors of detached containers (docs/control.md). A process that listens in a
 * control directory counts as a monitor only if it runs where the caller runs (peer_check.h). Facts
 * that the kernel tells are never taken from the monitor.
 */
#ifndef PF_SEARCH_H
#define PF_SEARCH_H

#include "common/protocol/wire.h"
#include "pflask.h"

/* A connection to a monitor, with the record of the monitor's container. */
struct pf_connection {
	int socket; /* non-blocking; -1: the monitor does not answer, the record is short */
	int must_prove;
	struct pflask_record record;
};

/* Find a container of a user by name, or by the pid of its monitor or its leader. Return 1 for a
 * container that was found, 0 if its monitor does not answer, -ESRCH if there is no such container,
 * -EPERM if the only process found runs elsewhere, or another -errno. A monitor with too many
 * waiting clients counts as not answering. */
int pf_find_name(uid_t uid, const char *name, struct pf_connection *ret);
int pf_find_pid(uid_t uid, int pid, struct pf_connection *ret);

/* Lists the caller's containers, and for root also the containers of other users. Returns their
 * number, -ENOMEM or -EMFILE. The caller frees *ret. */
int pf_find_all(struct pflask_record **ret);

/* Sends a request to a monitor, with descriptors. Returns 0 or -errno. */
int pf_find_request(const struct pf_connection *connection, const struct pf_message *request,
		    const int *fds, size_t fd_count);

#endif
