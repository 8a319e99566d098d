/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * After the end of a container (monitor.h). What it made belongs to ids of its user namespace, which
 * only a process in that namespace may touch: a child of the monitor joins it. Nothing is named by a
 * path, since whoever owns the root may have put anything there.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <sched.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "changes.h"
#include "keep.h"
#include "monitor.h"

int pf_take_created(struct monitor *monitor, const struct pf_received *got)
{
	if (got->fd_count != 2 || monitor->created_count == MONITOR_CREATED)
		return got->fd_count != 2 ? -EBADMSG : -ENFILE;
	struct created *created = &monitor->created[monitor->created_count++];
	created->parent = got->fds[0];
	created->made = got->fds[1];
	memcpy(created->name, got->message.body.created.name, sizeof(created->name));
	created->name[sizeof(created->name) - 1] = '\0';
	return 0;
}

int pf_take_layered(struct monitor *monitor, const struct pf_received *got)
{
	if (got->fd_count != 2 || monitor->layered_count == MONITOR_LAYERS)
		return got->fd_count != 2 ? -EBADMSG : -ENFILE;
	monitor->layered[monitor->layered_count++] = (struct layered){
		got->message.body.layered.index, got->fds[0], got->fds[1]};
	return 0;
}

/* Removes it if it is still what was made, and empty. */
static void remove_created(const struct created *created)
{
	struct stat made, there;

	if (fstat(created->made, &made) < 0 ||
	    fstatat(created->parent, created->name, &there, AT_SYMLINK_NOFOLLOW) < 0)
		return;
	if (made.st_dev != there.st_dev || made.st_ino != there.st_ino)
		return;
	if (S_ISDIR(there.st_mode))
		unlinkat(created->parent, created->name, AT_REMOVEDIR);
	else if (S_ISLNK(there.st_mode) || (S_ISREG(there.st_mode) && there.st_size == 0))
		unlinkat(created->parent, created->name, 0);
}

static void join_user_ns(const struct monitor *monitor)
{
	const struct pf_op *op = pf_plan_find(monitor->run.plan, PF_OP_setid);

	if (monitor->run.user_ns < 0 || !op)
		return;
	uid_t uid = (uid_t)op->arg[0];
	gid_t gid = (gid_t)op->arg[1];
	if (setns(monitor->run.user_ns, CLONE_NEWUSER) < 0 || setresgid(gid, gid, gid) < 0 ||
	    setresuid(uid, uid, uid) < 0)
		_exit(errno);
}

/* Lists and copies what each overlay has changed. Returns 0 or -errno. */
static int tell_changes(const struct monitor *monitor)
{
	const struct pf_op *changes = pf_plan_find(monitor->run.plan, PF_OP_changes);
	int r = 0;

	for (size_t i = 0; changes && i < monitor->layered_count && r == 0; i++) {
		const struct layered *layered = &monitor->layered[i];
		const struct pf_op *op =
			pf_plan_op(monitor->run.plan, (uint32_t)layered->index);
		const char *path = pf_string(&monitor->run, op, 0);
		const struct pf_layer layer = {
			.upper = layered->upper,
			.lower = layered->lower,
			.path = strcmp(path, "/") == 0 ? "" : path,
			.userxattr = strcmp(pf_string(&monitor->run, op, 4), "userxattr") == 0};
		r = pf_changes(&layer, changes->arg[1] ? PF_CHANGES_JSON : PF_CHANGES_TEXT,
			       (int)changes->arg[0]);
	}
	return r;
}

void pf_clear_up(struct monitor *monitor)
{
	int status;

	if (monitor->created_count == 0 && monitor->layered_count == 0)
		return;
	pid_t child = fork();
	if (child == 0) {
		join_user_ns(monitor);
		for (size_t i = monitor->created_count; i > 0; i--)
			remove_created(&monitor->created[i - 1]);
		_exit(-tell_changes(monitor));
	}
	while (child > 0 && waitpid(child, &status, 0) < 0 && errno == EINTR)
		;
}
