/* SPDX-License-Identifier: BSD-2-Clause */
/* Finding detached containers, and talking with their monitors (docs/control.md). */
#ifndef PF_CONTROL_H
#define PF_CONTROL_H

#include "pflask.h"

/* The functions of pflask.h: find, list, send, wait_for. */
int pf_find(const char *which, struct pflask_record *ret, struct pflask_error *reterr);
int pf_list(struct pflask_record *ret, uint32_t capacity, struct pflask_error *reterr);
int pf_send_signal(const char *which, int signal, struct pflask_error *reterr);
int pf_wait_for(const char *which, int timeout_ms, struct pflask_exit *ret,
		struct pflask_error *reterr);

#endif
