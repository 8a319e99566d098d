/* SPDX-License-Identifier: BSD-2-Clause */
/* Waits for the start of a container (await_ready.h). */
#define _GNU_SOURCE
#include "await_ready.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "answer_register.h"
#include "common/protocol/plan.h"
#include "debug_start.h"
#include "src/base/error.h"
#include "src/explain/operation_error.h"

/* Takes a MOVED message. The monitor sends two such messages for each interface: before the move,
 * and after the move. Returns 0 or -ENOMEM. */
static int take_moved(pflask_container *container, struct pf_received *got)
{
	const struct pf_moved_link *moved = &got->message.body.moved;
	size_t count = container->moved_link_count;

	if (container->netns < 0 && got->fd_count == 2) {
		container->netns = got->fds[0];
		container->host_netns = got->fds[1];
	} else {
		for (size_t i = 0; i < got->fd_count; i++)
			close(got->fds[i]);
	}
	if (count > 0 && strcmp(container->moved_links[count - 1].name, moved->name) == 0) {
		container->moved_links[count - 1] = *moved;
		return 0;
	}
	struct pf_moved_link *grown = realloc(container->moved_links, (count + 1) * sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	grown[count] = *moved;
	container->moved_links = grown;
	container->moved_link_count++;
	return 0;
}

static int is_of_set_up(uint32_t type)
{
	return type == PF_MESSAGE_MOVED || type == PF_MESSAGE_REGISTER;
}

int pf_await_ready(pflask_container *container, const pflask_plan *plan,
		   struct pflask_error *reterr)
{
	struct pf_received got;
	int r = pf_debug_receive(container, plan, &got);

	while (r == 1 && is_of_set_up(got.message.type)) {
		r = got.message.type == PF_MESSAGE_MOVED
			    ? take_moved(container, &got)
			    : pf_answer_register(container, plan, &got.message.body.machine);
		if (r == -ENOMEM)
			return pf_error_internal(reterr, -r, "out of memory");
		r = pf_debug_receive(container, plan, &got);
	}

	if (r == 1 && got.message.type == PF_MESSAGE_FAILED) {
		const struct pf_failed *failed = &got.message.body.failed;
		return pf_error_operation(reterr, plan->data, &plan->origins, failed);
	}
	if (r == 1 && got.message.type == PF_MESSAGE_READY && got.fd_count > 0) {
		pf_take_ready(container, &got);
		return 0;
	}
	return pf_error_internal(reterr, ECHILD, "pflask-init: ended before the command started");
}
