/* SPDX-License-Identifier: BSD-2-Clause */
/* Deletes the interfaces that the monitor has made, and returns the interfaces that it has moved
 * (links.h). */
#define _GNU_SOURCE
#include "links.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>

#include "common/keep_fds.h"
#include "common/namespaces.h"
#include "common/net/give_back.h"
#include "common/proc_path.h"

#define PAUSE_NSEC 50000

int pf_link_do(struct pf_run *run, struct pf_rtnl *rtnl, struct pf_rtnl_message *message)
{
	int r = pf_rtnl_do(rtnl, message);

	memcpy(run->text, rtnl->text, sizeof(run->text));
	return r;
}

int pf_open_net(struct pf_run *run)
{
	if (run->outside.net >= 0)
		return 0;
	const char *path = pf_namespaces[PF_NS_net].path;
	run->outside.net = pf_proc_open(run->outside.init_pid, path, O_RDONLY);
	run->outside.host_net = pf_proc_open(0, path, O_RDONLY);
	int r = run->outside.net < 0 ? run->outside.net : run->outside.host_net;
	return r < 0 ? r : 0;
}

int pf_note_made(struct pf_run *run, int32_t index, int is_inside)
{
	if (index < 0 || run->outside.made_count == PF_LINKS)
		return index < 0 ? index : -ENFILE;
	run->outside.made[run->outside.made_count++] = (struct pf_link_made){index, is_inside, 0};
	return 0;
}

int pf_note_moved(struct pf_run *run, const struct pf_moved *moved)
{
	struct pf_message message;
	const int fds[] = {run->outside.net, run->outside.host_net};
	int last = run->outside.moved_count - 1;

	if (last >= 0 && strcmp(run->outside.moved[last].name, moved->name) == 0)
		run->outside.moved[last] = *moved;
	else if (run->outside.moved_count < PF_LINKS)
		run->outside.moved[run->outside.moved_count++] = *moved;
	else
		return -ENFILE;
	pf_message_init(&message, PF_MESSAGE_MOVED);
	message.body.moved = *moved;
	return pf_send(run->outside.caller, &message, fds, 2);
}

/* Opens a socket in the network namespace of an interface. The monitor itself is in the host's
 * network namespace. */
static int open_where(const struct pf_run *run, const struct pf_link_made *made,
		      struct pf_rtnl *ret)
{
	return made->is_inside ? pf_rtnl_open_in(run->outside.net, ret) : pf_rtnl_open(ret);
}

static void delete_link(const struct pf_run *run, const struct pf_link_made *made)
{
	const struct ifinfomsg info = {.ifi_index = made->index};
	struct pf_rtnl_message message;
	PF_CLEANUP_RTNL struct pf_rtnl rtnl = {.fd = -1};

	if (open_where(run, made, &rtnl) < 0)
		return;
	pf_rtnl_begin(&message, RTM_DELLINK, 0, &info, sizeof(info));
	pf_rtnl_do(&rtnl, &message);
}

/* Starts a process that deletes an interface. The interface disappears as soon as the kernel begins
 * to delete it. But the kernel answers only when no part of the interface is in use any more, many
 * milliseconds later. So a separate process waits for the answer. */
static void start_deletion(const struct pf_run *run, struct pf_link_made *made)
{
	pid_t pid = fork();

	if (pid < 0) {
		delete_link(run, made);
	} else if (pid == 0) {
		/* Close the monitor's sockets and locks: other processes wait until they are
		 * closed. */
		pf_keep_fds(0, &run->outside.net, 1);
		delete_link(run, made);
		_exit(0);
	} else {
		made->deleter = pid;
	}
}

static void await_deletion(const struct pf_run *run, const struct pf_link_made *made)
{
	const struct timespec pause = {.tv_nsec = PAUSE_NSEC};
	PF_CLEANUP_RTNL struct pf_rtnl rtnl = {.fd = -1};

	if (open_where(run, made, &rtnl) < 0)
		return;
	while (made->deleter && pf_rtnl_has(&rtnl, made->index) &&
	       waitpid(made->deleter, NULL, WNOHANG) == 0)
		nanosleep(&pause, NULL);
}

void pf_delete_links(struct pf_run *run)
{
	for (; run->outside.deleted_count < run->outside.made_count; run->outside.deleted_count++)
		start_deletion(run, &run->outside.made[run->outside.deleted_count]);
}

void pf_undo_links(struct pf_run *run)
{
	pf_delete_links(run);
	for (int i = 0; i < run->outside.moved_count; i++) {
		int r = pf_moved_return(&run->outside.moved[i], run->outside.net,
					run->outside.host_net);
		if (r == 0 || run->outside.link_errno)
			continue;
		run->outside.link_errno = -r;
		run->outside.link = run->outside.moved[i].name;
	}
	for (int i = 0; i < run->outside.made_count; i++)
		await_deletion(run, &run->outside.made[i]);
}
