/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Finding the monitors of detached containers (docs/control.md). A process that listens in a
 * control directory is a monitor only if it runs where the caller runs (peer_check.h). Nothing that
 * it says is believed where the kernel says the same thing.
 */
#ifndef PF_SEARCH_H
#define PF_SEARCH_H

#include "common/protocol/wire.h"
#include "pflask.h"

/* A connection to a monitor that has said which container it has. */
struct pf_connection {
	int socket; /* non-blocking; -1: the monitor does not answer, and the record has little */
	int must_prove;
	struct pflask_record record;
};

/* Finds a container of a user by name, or by the pid of its monitor or its leader. Returns 1, 0
 * where its monitor does not answer, -ESRCH, -EPERM where only something was found that runs
 * elsewhere, or another -errno. Where too many clients wait at a socket, its monitor does not
 * answer. */
int pf_find_name(uid_t uid, const char *name, struct pf_connection *ret);
int pf_find_pid(uid_t uid, int pid, struct pf_connection *ret);

/* Lists the caller's containers, and for root those of other users. Returns their number and gives
 * *ret, to be freed; or -ENOMEM or -EMFILE. */
int pf_find_all(struct pflask_record **ret);

/* Sends a request to a monitor, with descriptors. Returns 0 or -errno. */
int pf_find_request(const struct pf_connection *connection, const struct pf_message *request,
		    const int *fds, size_t fd_count);

#endif
