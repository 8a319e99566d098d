/* SPDX-License-Identifier: BSD-2-Clause */
/* Finds detached containers, and sends requests to their monitors (docs/control.md). */
#ifndef PF_REQUEST_H
#define PF_REQUEST_H

#include "common/protocol/wire.h"
#include "kept.h"
#include "pflask.h"
#include "search.h"

/* How to find a container. */
struct pf_target {
	/* Name or pid of the container, for the search and for errors. */
	const char *which;
	/* Record of the container if it was found before, else NULL. */
	const struct pflask_record *record;
};

/* Checks that a container runs, and that its monitor answers. Returns 0 or -errno. */
int pf_check_runs(const char *which, struct pflask_error *reterr);

/* Implements pflask_forget() of pflask.h. */
int pf_forget(const char *which, struct pflask_error *reterr);

/* Sends a signal, and waits for the answer. Signal 0 stands for the signal that ends the command.
 * Returns 0 or -errno. */
int pf_send_signal(const struct pf_target *target, int signal, struct pflask_error *reterr);

/* Lists containers, as pflask_list() does. Returns the number of containers, or -errno. The caller
 * frees *ret. */
int pf_list(int all, struct pflask_record **ret, struct pflask_error *reterr);

/* Opens the kept end of a container. Returns 0, or -errno without a message. */
int pf_open_kept(const char *which, struct pf_kept *ret);

/* Finds a container and connects to its monitor. Returns 0 or -errno. */
int pf_connect(const struct pf_target *target, struct pf_connection *ret,
	       struct pflask_error *reterr);

/* pf_connect() in steps: pf_connect_begin() begins the search, and pf_connect_step() takes answers.
 * pf_connect_step() returns 1 with the connection, -EAGAIN if the search needs more time and may
 * not wait, or another -errno with *reterr filled in. pf_search_free() frees *ret. */
int pf_connect_begin(const struct pf_target *target, int may_wait, struct pf_search **ret,
		     struct pflask_error *reterr);
int pf_connect_step(const struct pf_target *target, struct pf_search *search,
		    struct pf_connection *ret, struct pflask_error *reterr);

/* Sends a request to a monitor. Returns 0 or -errno with *reterr filled in. */
int pf_request(const struct pf_connection *connection, const struct pf_message *request,
	       const int *fds, size_t fd_count, const char *which, struct pflask_error *reterr);

/* Returns the errno for an answer other than the expected one: the number in DONE, ESRCH if the
 * container has ended meanwhile, or EBADMSG for a message that no monitor sends as an answer. */
int pf_refusal(const struct pf_message *message);

/* Make the error for a container that has ended or never existed, and for a refused request.
 * `number` is the errno of the refusal, EBADMSG for a malformed answer, or EHOSTDOWN for no answer.
 * Return -errno. */
int pf_error_gone(const char *which, struct pflask_error *reterr);
int pf_error_refused(const char *which, int number, struct pflask_error *reterr);

#endif
