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

/* A search for a container, step by step. */
struct pf_search;

/* Begins to search for a container of a user. If `pid` is 0, searches for the name. Otherwise
 * searches for the container whose monitor or leader has this pid. If a container has no name, the
 * pid of its monitor stands for the name. Asks the monitors. If the search may not wait, a monitor
 * with too many waiting clients immediately counts as a monitor that does not answer. Returns 0 or
 * -errno. */
int pf_search_begin(uid_t uid, const char *name, int pid, int may_wait, struct pf_search **ret);

/* Takes the answers. Returns 1 if the container was found, 0 if its monitor does not answer, -ESRCH
 * if there is no such container, -EPERM if the only process found runs in other namespaces, -EAGAIN
 * if a search that may not wait needs more time, or another -errno. */
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
