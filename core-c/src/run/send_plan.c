/* SPDX-License-Identifier: BSD-2-Clause */
/* Sends a plan to the monitor (send_plan.h). */
#define _GNU_SOURCE
#include "send_plan.h"

#include <errno.h>
#include <fcntl.h>

#include "common/cleanup.h"
#include "common/protocol/plan.h"
#include "common/protocol/wire.h"
#include "lost_monitor.h"
#include "src/base/error.h"
#include "src/base/inherited_fds.h"
#include "src/base/memfd.h"
#include "src/explain/operation_error.h"
#include "src/terminal/terminal.h"

struct fds {
	int *fds;
	size_t count;
	/* Points to the arguments of the plan that name the list of changes and the log. In place
	 * of these arguments, `changes_fd` and `log_fd` are sent. NULL: the plan has no such
	 * file. */
	const uint64_t *changes, *log;
	int changes_fd, log_fd; /* files that the start has opened */
};

static int add_fd(uint64_t *argument, void *context)
{
	struct fds *list = context;

	if (list->count == PF_WIRE_FDS)
		return -EMFILE;
	list->fds[list->count++] = argument == list->changes ? list->changes_fd
				   : argument == list->log   ? list->log_fd
							     : (int)*argument;
	return 0;
}

static int is_background(const int stdio[3])
{
	for (int i = 0; i < 3; i++)
		if (stdio[i] >= 0 && pf_terminal_is_anothers(stdio[i]))
			return 1;
	return 0;
}

int pf_send_plan(pflask_container *container, const pflask_plan *plan, const int stdio[3],
		 int changes_fd, int bell)
{
	const struct pf_op *changes = pf_plan_find(plan->data, PF_OP_changes_file);
	const struct pf_op *log = pf_plan_find(plan->data, PF_OP_log_file);
	struct pf_message message;
	int fds[PF_WIRE_FDS];
	size_t count = 2;
	PF_CLEANUP_FD int memfd = pf_make_memfd("pflask-plan", plan->data, plan->size, 0);

	if (memfd < 0)
		return memfd;
	PF_CLEANUP_FD int mark = pf_make_mark(container);
	if (mark < 0)
		return mark;
	fds[0] = memfd;
	fds[1] = mark;
	pf_message_init(&message, PF_MESSAGE_START);
	if (bell >= 0) {
		message.body.start.has_bell = 1;
		fds[count++] = bell;
	}
	for (int i = 0; i < 3; i++) {
		if (!pf_is_inherited(stdio[i]))
			continue;
		message.body.start.stdio |= 1u << i;
		fds[count++] = stdio[i];
	}
	if (pf_plan_find(plan->data, PF_OP_terminal))
		message.body.start.is_background = is_background(stdio);
	message.body.start.is_debugged = (uint32_t)container->is_debugged;
	struct fds list = {.fds = fds,
			   .count = count,
			   .changes = changes ? &changes->arg[2] : NULL,
			   .log = log ? &log->arg[1] : NULL,
			   .changes_fd = changes_fd,
			   .log_fd = container->log.fd};
	int r = pf_plan_each_fd(plan->data, add_fd, &list);
	return r < 0 ? r : pf_send(container->socket, &message, fds, list.count);
}

int pf_open_changes(const pflask_plan *plan, int *ret, struct pflask_error *reterr)
{
	const int flags = O_WRONLY | O_CREAT | O_TRUNC | O_NONBLOCK | O_NOCTTY | O_CLOEXEC;
	const struct pf_op *op = pf_plan_find(plan->data, PF_OP_changes_file);

	*ret = op ? open(pf_plan_string(plan->data, op->arg[0]), flags, 0644) : -1;
	if (!op || *ret >= 0)
		return 0;
	const struct pf_op *first = pf_plan_op(plan->data, 0);
	const struct pf_failed failed = {.index = (int32_t)(op - first), .number = errno};
	return pf_error_operation(reterr, plan->data, &plan->origins, &failed);
}

void pf_close_unsent_fds(const pflask_plan *plan)
{
	int fds[PF_WIRE_FDS];
	struct fds sent = {.fds = fds};

	pf_plan_each_fd(plan->data, add_fd, &sent);
	for (size_t i = 0; i < plan->fds.count; i++) {
		int is_sent = 0;
		for (size_t j = 0; j < sent.count; j++)
			is_sent |= fds[j] == plan->fds.fds[i];
		if (!is_sent)
			pf_drop_fd(&plan->fds.fds[i]);
	}
}
