/* SPDX-License-Identifier: BSD-2-Clause */
#define _GNU_SOURCE
#include "debug.h"

#include <stddef.h>

#include "caller.h"

/* Sends a report: init to the monitor, and the monitor to the caller. */
static void report(const struct pf_run *run, const struct pf_message *message)
{
	pf_send(*run->debug, message, NULL, 0);
	if (run->debug == &run->outside.caller_socket)
		pf_ring(run);
}

void pf_send_debug_step(const struct pf_run *run, int result)
{
	struct pf_message message;

	if (!run->debug)
		return;
	pf_message_init(&message, PF_MESSAGE_STEP);
	message.body.step.index = run->index;
	message.body.step.number = -result;
	report(run, &message);
}

void pf_send_debug_message(const struct pf_run *run, enum pf_process from, enum pf_process to,
			   uint32_t type)
{
	struct pf_message message;

	if (!run->debug)
		return;
	pf_message_init(&message, PF_MESSAGE_PASSED);
	message.body.passed = (struct pf_passed){.from = from, .to = to, .type = type};
	report(run, &message);
}

int pf_pass_on_debug(const struct pf_run *run, const struct pf_message *message)
{
	if (!run->debug)
		return 0;
	if (message->type != PF_MESSAGE_STEP && message->type != PF_MESSAGE_PASSED)
		return 0;
	report(run, message);
	return 1;
}
