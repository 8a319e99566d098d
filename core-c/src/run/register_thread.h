/* SPDX-License-Identifier: BSD-2-Clause */
/* Registers a container with machined in a thread, because the caller must not wait for machined
 * (PFLASK_NOWAIT). */
#ifndef PF_REGISTER_THREAD_H
#define PF_REGISTER_THREAD_H

#include "container.h"
#include "src/register/register.h"

/* Starts the thread, which sends the answer to the monitor and then ends. Copies the machine.
 * Returns 0 or -errno. */
int pf_register_in_thread(pflask_container *container, const struct pf_machine *machine,
			  const struct pf_patience *patience);

/* Makes the thread of a container give up, if there is a thread. */
void pf_stop_registration(pflask_container *container);

/* Calls pf_stop_registration(), and forgets the thread. */
void pf_forget_registration(pflask_container *container);

#endif
