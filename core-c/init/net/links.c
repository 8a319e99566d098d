/* SPDX-License-Identifier: BSD-2-Clause */
/* Deletes the interfaces that the monitor has made, and returns moved interfaces to the host
 * (links.h). */
#define _GNU_SOURCE
#include "links.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>

#include "common/close_fds.h"
#include "common/namespaces.h"
#include "common/net/return_link.h"
#include "common/proc_path.h"
#include "init/base/caller.h"

#define PAUSE_NSEC 50000

int pf_link_request(struct pf_run *run, struct pf_rtnl *rtnl, struct pf_rtnl_message *message)
{
	int r = pf_rtnl_request(rtnl, message);

	memcpy(run->text, rtnl->text, sizeof(run->text));
	return r;
}

int pf_open_netns(struct pf_run *run)
{
	if (run->outside.netns >= 0)
		return 0;
	const char *path = pf_namespaces[PF_NS_net].path;
	run->outside.netns = pf_proc_open(run->outside.init_pid, path, O_RDONLY);
	run->outside.host_netns = pf_proc_open(0, path, O_RDONLY);
	int r = run->outside.netns < 0 ? run->outside.netns : run->outside.host_netns;
	return r < 0 ? r : 0;
}

int pf_note_made_link(struct pf_run *run, int32_t index, int is_inside)
{
	if (index < 0 || run->outside.made_link_count == PF_LINKS_MAX)
		return index < 0 ? index : -ENFILE;
	run->made_links[run->outside.made_link_count++] =
		(struct pf_made_link){index, is_inside, 0};
	return 0;
}

int pf_note_moved_link(struct pf_run *run, const struct pf_moved_link *moved)
{
	struct pf_message message;
	const int fds[] = {run->outside.netns, run->outside.host_netns};
	int last = run->outside.moved_link_count - 1;

	if (last >= 0 && strcmp(run->moved_links[last].name, moved->name) == 0)
		run->moved_links[last] = *moved;
	else if (run->outside.moved_link_count < PF_LINKS_MAX)
		run->moved_links[run->outside.moved_link_count++] = *moved;
	else
		return -ENFILE;
	pf_message_init(&message, PF_MESSAGE_MOVED);
	message.body.moved = *moved;
	return pf_tell_caller(run, &message, fds, 2);
}

/* Opens an rtnetlink socket in the network namespace of an interface: the container's or the
 * host's. The monitor itself is in the host's network namespace. */
static int open_where(const struct pf_run *run, const struct pf_made_link *made,
		      struct pf_rtnl *ret)
{
	return made->is_inside ? pf_rtnl_open_in(run->outside.netns, ret) : pf_rtnl_open(ret);
}

static void delete_link(const struct pf_run *run, const struct pf_made_link *made)
{
	const struct ifinfomsg info = {.ifi_index = made->index};
	struct pf_rtnl_message message;
	PF_CLEANUP_RTNL struct pf_rtnl rtnl = {.fd = -1};

	if (open_where(run, made, &rtnl) < 0)
		return;
	pf_rtnl_begin(&message, RTM_DELLINK, 0, &info, sizeof(info));
	pf_rtnl_request(&rtnl, &message);
}

/* Starts a process that deletes an interface. The interface disappears immediately, but the kernel
 * answers the request many milliseconds later, when no part of the interface is in use. Only the
 * separate process waits for the answer. */
static void start_deletion(const struct pf_run *run, struct pf_made_link *made)
{
	pid_t pid = fork();

	if (pid < 0) {
		delete_link(run, made);
	} else if (pid == 0) {
		/* The copies of the monitor's sockets and locks would keep other processes waiting
		 * for the monitor's end. */
		pf_close_other_fds(0, &run->outside.netns, 1);
		delete_link(run, made);
		_exit(0);
	} else {
		made->deleter = pid;
	}
}

static void await_deletion(const struct pf_run *run, const struct pf_made_link *made)
{
	const struct timespec pause = {.tv_nsec = PAUSE_NSEC};
	PF_CLEANUP_RTNL struct pf_rtnl rtnl = {.fd = -1};

	if (open_where(run, made, &rtnl) < 0)
		return;
	while (made->deleter && pf_rtnl_has_link(&rtnl, made->index) &&
	       waitpid(made->deleter, NULL, WNOHANG) == 0)
		nanosleep(&pause, NULL);
}

void pf_delete_links(struct pf_run *run)
{
	for (; run->outside.deleted_link_count < run->outside.made_link_count;
	     run->outside.deleted_link_count++)
		start_deletion(run, &run->made_links[run->outside.deleted_link_count]);
}

void pf_undo_links(struct pf_run *run)
{
	pf_delete_links(run);
	for (int i = 0; i < run->outside.moved_link_count; i++) {
		int r = pf_return_link(&run->moved_links[i], run->outside.netns,
				       run->outside.host_netns);
		if (r == 0 || run->outside.unreturned_errno)
			continue;
		run->outside.unreturned_errno = -r;
		run->outside.unreturned_link = run->moved_links[i].name;
	}
	for (int i = 0; i < run->outside.made_link_count; i++)
		await_deletion(run, &run->made_links[i]);
}
