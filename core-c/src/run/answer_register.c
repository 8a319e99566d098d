/* SPDX-License-Identifier: BSD-2-Clause */
/* Registers a container with machined (answer_register.h). */
#define _GNU_SOURCE
#include "answer_register.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "common/clock.h"
#include "common/protocol/plan.h"
#include "register_thread.h"
#include "src/explain/debug.h"
#include "src/register/register.h"

/* Time limits for machined, in milliseconds. AUTO_MSEC applies if the container also runs without
 * the registration: a machined that hangs must not delay its start for long. REQUIRED_MSEC is the
 * time that sd-bus gives to a method call. */
#define AUTO_MSEC 1000
#define REQUIRED_MSEC 25000

/* Writes the name of the machine: the name in the plan, with the monitor's pid in place of a final
 * "$PID". */
static void name_machine(const char *pattern, pid_t monitor, char ret[PF_MACHINE_NAME])
{
	int length = (int)strcspn(pattern, "$");

	if (pattern[length])
		snprintf(ret, PF_MACHINE_NAME, "%.*s%d", length, pattern, (int)monitor);
	else
		snprintf(ret, PF_MACHINE_NAME, "%s", pattern);
}

static int kill_signal_of(const void *plan)
{
	const struct pf_op *op = pf_plan_find(plan, PF_OP_kill_signal);

	return op ? (int)op->arg[0] : 0;
}

int pf_register_and_answer(int socket, const struct pf_machine *machine,
			   const struct pf_patience *patience, int is_debugged)
{
	struct pf_message answer;
	struct pf_registered *result = &answer.body.registered;

	pf_message_init(&answer, PF_MESSAGE_REGISTERED);
	int r = pf_register(machine, patience, result->text);
	result->number = -r;
	if (is_debugged)
		pf_debug_caller("register with systemd-machined", -r);
	return pf_send(socket, &answer, NULL, 0);
}

int pf_answer_register(pflask_container *container, const pflask_plan *plan,
		       const struct pf_register *request)
{
	const struct pf_op *op = pf_plan_find(plan->data, PF_OP_machine);

	if (!op)
		return -EBADMSG;
	struct pf_machine machine = {
		.root = pf_plan_string(plan->data, op->arg[1]),
		.leader = request->init_pid,
		.kill_signal = kill_signal_of(plan->data),
		.links = request->links,
		.link_count = request->link_count,
	};
	const struct pf_patience patience = {
		.end = pf_now_msec() + (op->arg[2] ? REQUIRED_MSEC : AUTO_MSEC),
		.is_over = &container->end_signal,
	};
	name_machine(pf_plan_string(plan->data, op->arg[0]), request->monitor_pid, machine.name);
	if (container->starting)
		return pf_register_in_thread(container, &machine, &patience);
	return pf_register_and_answer(container->socket, &machine, &patience,
				      container->is_debugged);
}
