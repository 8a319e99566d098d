/* SPDX-License-Identifier: BSD-2-Clause */
/* Ends a container, by a signal and then by SIGKILL. */
#ifndef PF_END_H
#define PF_END_H

#include "pflask.h"

/* Implements pflask_end() of pflask.h. */
int pf_end(pflask_container *container, int signal, int kill_after_ms, struct pflask_error *reterr);

#endif
