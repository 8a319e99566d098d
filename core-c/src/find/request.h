/* SPDX-License-Identifier: BSD-2-Clause */
/* Finds detached containers, and sends requests to their monitors (docs/control.md). */
#ifndef PF_REQUEST_H
#define PF_REQUEST_H

#include "common/protocol/wire.h"
#include "kept.h"
#include "pflask.h"
#include "search.h"

/* Implement pflask_find(), pflask_find_ended(), pflask_forget(), pflask_send(), pflask_wait_open(),
 * pflask_wait_read() and pflask_wait_for() of pflask.h. */
int pf_find(const char *which, struct pflask_record *ret, struct pflask_error *reterr);
int pf_find_ended(const char *which, struct pflask_record *ret, struct pflask_error *reterr);
int pf_forget(const char *which, struct pflask_error *reterr);
int pf_wait_open(const char *which, struct pflask_error *reterr);
int pf_wait_read(int fd, const char *which, int timeout_ms, struct pflask_exit *ret,
		 struct pflask_error *reterr);
int pf_send_signal(const char *which, int signal, struct pflask_error *reterr);
int pf_wait_for(const char *which, int timeout_ms, struct pflask_exit *ret,
		struct pflask_error *reterr);

/* List containers, as pflask_list() and pflask_list_ended() do. Return their number, or -errno. The
 * caller frees *ret. */
int pf_list(struct pflask_record **ret, struct pflask_error *reterr);
int pf_list_ended(struct pflask_record **ret, struct pflask_error *reterr);

/* Opens the kept end of a container, without an error. Returns 0 or -errno. */
int pf_open_kept(const char *which, struct pf_kept *ret);

/* Finds a container and connects to its monitor. Returns 0 or -errno. */
int pf_connect(const char *which, struct pf_connection *ret, struct pflask_error *reterr);

/* Sends a request to a monitor. Returns 0 or -errno with *reterr filled in. */
int pf_request(const struct pf_connection *connection, const struct pf_message *request,
	       const int *fds, size_t fd_count, const char *which, struct pflask_error *reterr);

/* Returns the errno for a message that is not the awaited answer: the number of DONE, ESRCH if the
 * container has ended meanwhile, or EBADMSG if no monitor sends this message as an answer. */
int pf_refusal(const struct pf_message *message);

/* Fill in the error for a container that has ended or never existed, and for a refused request. The
 * number EBADMSG stands for a malformed answer, and EHOSTDOWN for no answer. Return -errno. */
int pf_error_gone(const char *which, struct pflask_error *reterr);
int pf_error_refused(const char *which, int number, struct pflask_error *reterr);

#endif
