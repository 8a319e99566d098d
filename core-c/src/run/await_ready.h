/* SPDX-License-Identifier: BSD-2-Clause */
/* Handles the messages that the monitor sends until the command is executed. */
#ifndef PF_AWAIT_READY_H
#define PF_AWAIT_READY_H

#include "container.h"

/* Waits until the command is executed. Returns 0, or -errno with *reterr if an operation failed. */
int pf_await_ready(pflask_container *container, const pflask_plan *plan,
		   struct pflask_error *reterr);

#endif
