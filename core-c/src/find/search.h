/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Finds the monitors of detached containers (docs/control.md). A process that listens in a control
 * directory is accepted as a monitor only if it is in the caller's namespaces (peer_check.h). What
 * the kernel can tell about a process is never taken from its messages.
 */
#ifndef PF_SEARCH_H
#define PF_SEARCH_H

#include "common/protocol/wire.h"
#include "pflask.h"

/* A connection to a monitor, and the record of its container. */
struct pf_connection {
	int socket; /* non-blocking connection to the monitor; -1: the monitor has not answered */
	int must_prove;
	struct pflask_record record;
};

/* A search for a container, step by step. */
struct pf_search;

/* Begins to search for a container of a user. If `pid` is 0, searches by name; the name of a
 * container without a name is the pid of its monitor. Otherwise searches for the container whose
 * monitor or leader has this pid. If the search may not wait, a monitor whose queue of connections
 * is full counts as a monitor without an answer. Returns 0 or -errno. */
int pf_search_begin(uid_t uid, const char *name, int pid, int may_wait, struct pf_search **ret);

/* Takes the answers that have come. Returns 1 if the container was found; 0 if its monitor does not
 * answer; -ESRCH if there is no such container; -EPERM if the only such process is in other
 * namespaces; -EAGAIN if the search may not wait and needs more time; or another -errno. */
int pf_search_step(struct pf_search *search, struct pf_connection *ret);

/* Frees a search, which may be NULL. Returns NULL. */
struct pf_search *pf_search_free(struct pf_search *search);

/* Lists the caller's containers. If the caller is root, also lists the containers of other users.
 * Returns the number of containers, -ENOMEM or -EMFILE. The caller frees *ret. */
int pf_find_all(struct pflask_record **ret);

/* Sends a request to a monitor, with descriptors. Returns 0 or -errno. */
int pf_send_request(const struct pf_connection *connection, const struct pf_message *request,
		    const int *fds, size_t fd_count);

#endif
