/* SPDX-License-Identifier: BSD-2-Clause */
/* Opens detached containers, which another program may have started. */
#ifndef PF_OPEN_H
#define PF_OPEN_H

#include "src/find/request.h"
#include "src/run/container.h"

/* Implements pflask_open() of pflask.h. */
int pf_open_container(const char *which, uint32_t flags, pflask_container **ret,
		      struct pflask_error *reterr);

/* The detached container of a handle, in the form that a request needs. */
struct pf_aim {
	struct pf_target target;
	char pid[16];
};

/* Fills in the detached container of a handle. If the search for an opened container has not ended,
 * fills in no record, and the request searches. Returns 0, or -errno with *reterr filled in if the
 * handle has no detached container. */
int pf_aim_at(const pflask_container *container, struct pf_aim *ret, struct pflask_error *reterr);

/* Implements pflask_interrupt() of pflask.h. */
int pf_interrupt(const pflask_container *container);

/* Returns a descriptor that can be read after pf_interrupt(), or -1. */
int pf_interrupted_fd(const pflask_container *container);

/* Ends an interruption. Returns -EINTR with *reterr filled in. */
int pf_error_interrupted(const pflask_container *container, struct pflask_error *reterr);

#endif
