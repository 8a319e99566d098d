/* SPDX-License-Identifier: BSD-2-Clause */
/* Copying between the caller's descriptors and the terminal of a detached container. */
#ifndef PF_ATTACH_H
#define PF_ATTACH_H

#include "pflask.h"

/* The functions of pflask.h: attach, logs. */
int pf_attach(const char *which, int in_fd, int out_fd, int detach_key, struct pflask_exit *ret,
	      struct pflask_error *reterr);
int pf_logs(const char *which, int out_fd, int follow, struct pflask_error *reterr);

#endif
