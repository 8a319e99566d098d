/* SPDX-License-Identifier: BSD-2-Clause */
/* Registers init with systemd-machined. The monitor asks the caller to do this: machined and the
 * bus have complex protocols, and the monitor, which has the host's privileges until the end of the
 * container, must stay simple. */
#define _GNU_SOURCE
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "common/signals.h"
#include "init/base/caller.h"
#include "init/base/debug.h"
#include "init/base/poll_fds.h"
#include "init/base/run_plan.h"

static int ask(const struct pf_run *run)
{
	struct pf_message message;
	struct pf_register *request = &message.body.machine;

	pf_message_init(&message, PF_MESSAGE_REGISTER);
	request->monitor_pid = getpid();
	request->init_pid = run->outside.init_pid;
	for (int i = 0; i < run->outside.made_link_count; i++)
		if (!run->made_links[i].is_inside && request->link_count < PF_REGISTER_LINKS)
			request->links[request->link_count++] = run->made_links[i].index;
	return pf_tell_caller(run, &message, NULL, 0);
}

/* Handles a message of the caller while the registration runs. Returns 1 for the result of the
 * registration, 0 for a signal, which is kept for the monitor's main loop, or -errno. */
static int take(struct pf_run *run, const struct pf_message *message)
{
	pf_send_debug_message(run, PF_CALLER, PF_MONITOR, message->type);
	if (message->type == PF_MESSAGE_REGISTERED)
		return 1;
	if (message->type != PF_MESSAGE_SIGNAL)
		return -EBADMSG;
	run->outside.early_signals =
		pf_add_signal(run->outside.early_signals, message->body.signal.number);
	return 0;
}

/* Waits until the caller has sent a message. Returns 0, or -ECHILD if the caller or init has
 * ended. */
static int await_message(const struct pf_run *run)
{
	struct pollfd fds[] = {{run->outside.caller_socket, POLLIN, 0},
			       {run->outside.caller_pidfd, POLLIN, 0},
			       {run->outside.init_pidfd, POLLIN, 0}};
	int r;

	do
		r = pf_poll(fds, 3, -1);
	while (r == -EINTR);
	if (r < 0)
		return r;
	return fds[0].revents ? 0 : -ECHILD;
}

static int await_answer(struct pf_run *run, struct pf_received *ret)
{
	int r = 0;

	while (r == 0) {
		r = await_message(run);
		if (r < 0)
			return r;
		r = pf_receive(run->outside.caller_socket, 0, ret);
		if (r != 1)
			return r < 0 ? r : -EPIPE;
		r = take(run, &ret->message);
	}
	return r;
}

int pf_op_machine(struct pf_run *run, const struct pf_op *op)
{
	struct pf_received got;
	const struct pf_registered *answer = &got.message.body.registered;
	int r = ask(run);

	if (r < 0)
		return r;
	r = await_answer(run, &got);
	if (r < 0)
		return r;
	if (!op->arg[2])
		return 0;
	memcpy(run->text, answer->text, sizeof(run->text));
	run->detail = *run->text ? PF_DETAIL_TEXT : PF_DETAIL_NONE;
	return -answer->number;
}
