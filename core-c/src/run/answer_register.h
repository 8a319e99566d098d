/* SPDX-License-Identifier: BSD-2-Clause */
/* Registers a container with machined, on request of the container's monitor. */
#ifndef PF_ANSWER_REGISTER_H
#define PF_ANSWER_REGISTER_H

#include "container.h"
#include "src/register/register.h"

/* Registers init, and sends the result to the monitor, which waits for it. With PFLASK_NOWAIT, a
 * thread does this, because the caller must not wait. Returns 0 or -errno. */
int pf_answer_register(pflask_container *container, const pflask_plan *plan,
		       const struct pf_register *request);

/* Registers a machine, and sends the result to the monitor. Returns 0 or -errno. */
int pf_register_and_answer(int socket, const struct pf_machine *machine,
			   const struct pf_patience *patience, int is_debugged);

#endif
