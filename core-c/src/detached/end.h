/* SPDX-License-Identifier: BSD-2-Clause */
/* Ends a detached container at the request of a client. */
#ifndef PF_END_H
#define PF_END_H

#include "pflask.h"

/* Implements pflask_end() of pflask.h. */
int pf_end(const char *which, int signal, int kill_after_ms, struct pflask_error *reterr);

#endif
