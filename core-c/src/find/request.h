/* SPDX-License-Identifier: BSD-2-Clause */
/* Finds detached containers, and sends requests to their monitors (docs/control.md). */
#ifndef PF_REQUEST_H
#define PF_REQUEST_H

#include "common/protocol/wire.h"
#include "pflask.h"
#include "search.h"

/* Implement pflask_find(), pflask_send() and pflask_wait_for() of pflask.h. */
int pf_find(const char *which, struct pflask_record *ret, struct pflask_error *reterr);
int pf_send_signal(const char *which, int signal, struct pflask_error *reterr);
int pf_wait_for(const char *which, int timeout_ms, struct pflask_exit *ret,
		struct pflask_error *reterr);

/* Lists containers, as pflask_list() does. Returns their number, or -errno. The caller frees
 * *ret. */
int pf_list(struct pflask_record **ret, struct pflask_error *reterr);

/* Finds a container and connects to its monitor. Returns 0 or -errno. */
int pf_connect(const char *which, struct pf_connection *ret, struct pflask_error *reterr);

/* Sends a request to a monitor. Returns 0 or -errno with *reterr filled in. */
int pf_request(const struct pf_connection *connection, const struct pf_message *request,
	       const int *fds, size_t fd_count, const char *which, struct pflask_error *reterr);

/* Returns the errno for a message that is not the awaited answer: the number of DONE, ESRCH if the
 * container has ended meanwhile, or EBADMSG if no monitor sends this message as an answer. */
int pf_refusal(const struct pf_message *message);

/* Fill in the error for a container that does not exist, and for a refused request. The number
 * EBADMSG stands for a malformed answer, and EHOSTDOWN for no answer. Return -errno. */
int pf_error_gone(const char *which, struct pflask_error *reterr);
int pf_error_refused(const char *which, int number, struct pflask_error *reterr);

#endif
