/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Opens detached containers (open.h). The connection of an opened container waits for the end
 * (PF_WANT_WAIT) and sends signals. The output and each command use their own connections to the
 * monitor that the search has found.
 */
#define _GNU_SOURCE
#include "open.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "src/base/error.h"
#include "src/base/numbers.h"
#include "src/run/step.h"

/* Time between two steps of a search. No bell rings when a monitor answers a search. */
#define SEARCH_MSEC 1

/* The search for a container that is opened. With PFLASK_NOWAIT, the first step begins the search,
 * so that a program that only calls pflask_exec() causes no search. */
struct opening {
	struct pf_pending pending;
	struct pf_search *search; /* NULL: the search has not begun */
	uint32_t flags;
	int bell; /* the end of the bell that the monitor gets, or -1 */
};

static void free_opening(struct pf_pending *pending)
{
	struct opening *opening = (struct opening *)pending;

	pf_search_free(opening->search);
	pf_drop_fd(&opening->bell);
	free(opening);
}

/* Asks the monitor to report the end. Returns 1 or -errno. Also returns 1 if the monitor is gone:
 * pf_wait() then finds the end in the connection. */
static int ask(const pflask_container *container, const struct pf_connection *connection, int bell,
	       struct pflask_error *reterr)
{
	struct pf_message request;

	pf_message_init(&request, PF_MESSAGE_REQUEST);
	request.body.request.want = PF_WANT_WAIT;
	request.body.request.has = bell >= 0 ? PF_HAS_BELL : 0;
	int r = pf_send_request(connection, &request, &bell, bell >= 0);
	if (r < 0 && r != -EPIPE && r != -ECONNRESET)
		return pf_error_refused(container->opened->which, -r, reterr);
	return 1;
}

/* Opens the kept end. Returns 1, or -errno without a message. */
static int open_kept(pflask_container *container)
{
	struct pf_kept kept;
	int r = pf_open_kept(container->opened->which, &kept);

	if (r < 0)
		return r;
	container->opened->kept = kept.fd;
	container->opened->record = kept.record;
	container->info.monitor_pid = kept.record.monitor_pid;
	container->info.leader_pid = kept.record.leader_pid;
	container->exit = kept.exit;
	container->has_ended = 1;
	return 1;
}

static int step(pflask_container *container, struct pflask_error *reterr)
{
	struct opening *opening = (struct opening *)container->pending;
	const struct pf_target target = {.which = container->opened->which};
	struct pf_connection connection = {.socket = -1};
	int r = 0;

	if (!opening->search)
		r = pf_connect_begin(&target, !(opening->flags & PFLASK_NOWAIT), &opening->search,
				     reterr);
	if (r == 0)
		r = pf_connect_step(&target, opening->search, &connection, reterr);
	if (r == -EAGAIN)
		return 0;
	if (r == -ESRCH && !(opening->flags & PFLASK_RUNNING) && open_kept(container) == 1)
		return 1;
	if (r < 0)
		return r;
	container->socket = connection.socket;
	container->opened->record = connection.record;
	container->info.monitor_pid = connection.record.monitor_pid;
	container->info.leader_pid = connection.record.leader_pid;
	return ask(container, &connection, opening->bell, reterr);
}

/* Prepares to search for a container. Without PFLASK_NOWAIT, also searches for the container. */
static int begin(pflask_container *container, uint32_t flags, struct pflask_error *reterr)
{
	const int may_wait = !(flags & PFLASK_NOWAIT);
	struct opening *opening = calloc(1, sizeof(*opening));

	if (!opening)
		return pf_error_internal(reterr, ENOMEM, "out of memory");
	opening->pending = (struct pf_pending){step, free_opening, SEARCH_MSEC};
	opening->flags = flags;
	opening->bell = -1;
	container->pending = &opening->pending;
	int r = may_wait ? 0 : pf_make_bell(container, &opening->bell);
	if (r < 0)
		return pf_error_internal(reterr, -r, "cannot create a socket pair: %s",
					 pf_errno_text(-r));
	return may_wait ? pf_pending_step(container, reterr) : 0;
}

static pflask_container *new_container(const char *which)
{
	const size_t size = strlen(which) + 1;
	pflask_container *container = pf_container_new();
	struct pf_opened *opened = calloc(1, sizeof(*opened) + size);

	if (!container || !opened) {
		free(container);
		free(opened);
		return NULL;
	}
	memcpy(opened->which, which, size);
	opened->kept = -1;
	opened->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	container->opened = opened;
	container->is_detached = container->is_guest = 1;
	return container;
}

int pf_open_container(const char *which, uint32_t flags, pflask_container **ret,
		      struct pflask_error *reterr)
{
	if (flags & ~(uint32_t)(PFLASK_NOWAIT | PFLASK_RUNNING))
		return pf_error_internal(reterr, EINVAL, "unknown flags: 0x%x", flags);
	pflask_container *container = new_container(which);
	if (!container)
		return pf_error_internal(reterr, ENOMEM, "out of memory");
	int r = container->opened->wake < 0
			? pf_error_internal(reterr, errno, "cannot create a descriptor: %s",
					    pf_errno_text(errno))
			: begin(container, flags, reterr);
	if (r < 0) {
		pf_close(container);
		return r;
	}
	*ret = container;
	return 0;
}

int pf_aim_at(const pflask_container *container, struct pf_aim *ret, struct pflask_error *reterr)
{
	const struct pf_opened *opened = container->opened;
	int r = pf_check_started(container);

	if (r == -EINPROGRESS && opened) {
		ret->target = (struct pf_target){.which = opened->which};
		return 0;
	}
	if (r < 0)
		return pf_error_internal(reterr, -r, "the container has not been opened: %s",
					 pf_errno_text(-r));
	if (opened) {
		ret->target = (struct pf_target){opened->which, &opened->record};
		return 0;
	}
	if (!container->is_detached)
		return pf_error_field(reterr, "detach", EINVAL, "the container must be detached");
	snprintf(ret->pid, sizeof(ret->pid), "%d", container->info.monitor_pid);
	ret->target = (struct pf_target){.which = ret->pid};
	return 0;
}

int pf_interrupted_fd(const pflask_container *container)
{
	return container->opened ? container->opened->wake : -1;
}

int pf_interrupt(const pflask_container *container)
{
	const uint64_t one = 1;
	const int saved = errno, fd = pf_interrupted_fd(container);
	const int r = write(fd, &one, sizeof(one)) < 0 && errno != EAGAIN ? -EINVAL : 0;

	errno = saved;
	return r;
}

int pf_error_interrupted(const pflask_container *container, struct pflask_error *reterr)
{
	uint64_t count;

	(void)!read(pf_interrupted_fd(container), &count, sizeof(count));
	return pf_error_internal(reterr, EINTR, "%s: interrupted", container->opened->which);
}
