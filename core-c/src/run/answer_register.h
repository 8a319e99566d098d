/* SPDX-License-Identifier: BSD-2-Clause */
/* Registers a container with machined, for its monitor. */
#ifndef PF_ANSWER_REGISTER_H
#define PF_ANSWER_REGISTER_H

#include "container.h"

/* Registers init, and sends the result to the monitor, which waits for it. Returns 0 or -errno. */
int pf_answer_register(const pflask_container *container, const pflask_plan *plan,
		       const struct pf_register *request);

#endif
