/* SPDX-License-Identifier: BSD-2-Clause */
#define _GNU_SOURCE
#include "debug_start.h"

#include "common/protocol/plan.h"
#include "src/explain/debug.h"

void pf_debug_begin(pflask_container *container)
{
	container->is_debugged = pf_debug_is_on();
}

void pf_debug_started(const pflask_container *container, pid_t pid)
{
	if (container->is_debugged)
		pf_debug_caller("start pflask-init", pid < 0 ? -pid : 0);
}

void pf_debug_sent(const pflask_container *container, int result)
{
	if (container->is_debugged && result == 0)
		pf_debug_message(PF_CALLER, PF_MONITOR, PF_MESSAGE_START);
}

/* Prints a message of the monitor. Returns 1 if it is only a report for PFLASK_DEBUG. */
static int print(const pflask_plan *plan, struct pf_received *got)
{
	if (pf_debug_told(plan->data, &got->message)) {
		pf_close_received(got, 0);
		return 1;
	}
	if (got->message.type == PF_MESSAGE_READY) /* the last operation sends no report */
		pf_debug_operation(plan->data, pf_plan_count(plan->data) - 1, 0);
	pf_debug_message(PF_MONITOR, PF_CALLER, got->message.type);
	return 0;
}

int pf_debug_receive(const pflask_container *container, const pflask_plan *plan, int flags,
		     struct pf_received *ret)
{
	int r;

	do
		r = pf_receive(container->socket, flags, ret);
	while (r == 1 && container->is_debugged && print(plan, ret));
	return r;
}
