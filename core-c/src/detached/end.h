/* SPDX-License-Identifier: BSD-2-Clause */
/* The end of a detached container that a client asks for. */
#ifndef PF_END_H
#define PF_END_H

#include "pflask.h"

/* pflask_end() of pflask.h. */
int pf_end(const char *which, int signal, int kill_after_ms, struct pflask_error *reterr);

#endif
