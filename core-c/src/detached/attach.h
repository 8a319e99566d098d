/* SPDX-License-Identifier: BSD-2-Clause */
/* Relays between the caller's descriptors and the terminal of a detached container. */
#ifndef PF_ATTACH_H
#define PF_ATTACH_H

#include "open.h"

/* Implement pflask_attach() and pflask_logs() of pflask.h. */
int pf_attach(pflask_container *container, int in_fd, int out_fd, int detach_key,
	      struct pflask_exit *ret, struct pflask_error *reterr);
int pf_logs(const pflask_container *container, int out_fd, int follow, struct pflask_error *reterr);

/* pf_connect_output() checks the descriptor for output, and connects to the monitor. The caller
 * closes the socket. pf_ask_output() asks the monitor for output. `size` is from
 * pf_terminal_size(), or 0. Both return 0 or -errno. */
int pf_connect_output(const struct pf_target *target, int out_fd, struct pf_connection *ret,
		      struct pflask_error *reterr);
int pf_ask_output(const char *which, const struct pf_connection *connection, enum pf_want want,
		  int size, struct pflask_error *reterr);

#endif
