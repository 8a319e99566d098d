/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Lists and copies the changes of a container after its end (changes_child.h). The changed files
 * belong to ids of the container's user namespace, and only a process in this namespace may read
 * them. So a child of the monitor joins the namespace, and does the work. The code uses descriptors
 * and never paths, because the owner of the root directory may have replaced a file on a path.
 */
#define _GNU_SOURCE
#include "changes_child.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "command_signals.h"
#include "common/cleanup.h"
#include "common/protocol/plan.h"
#include "common/protocol/wire.h"
#include "common/sys.h"
#include "init/base/caller.h"
#include "init/base/child_process.h"
#include "init/base/ids.h"
#include "init/base/run_plan.h"
#include "init/changes/copy_changes.h"
#include "init/changes/walk.h"
#include "manifest.h"
#include "op_trial.h"

#define CHILD_GRACE_MSEC 2000 /* time limit for the end of the child */

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

int pf_store_used_mount_points(struct monitor *monitor, struct pf_received *got)
{
	if (monitor->used_mount_point_count + got->fd_count > COUNT(monitor->used_mount_points))
		return -EMFILE;
	for (size_t i = 0; i < got->fd_count; i++)
		monitor->used_mount_points[monitor->used_mount_point_count++] = got->fds[i];
	return 0;
}

/* Tells whether the operation at an index of the plan makes an overlay or a skeleton. */
static int has_layers(const struct monitor *monitor, int32_t index)
{
	const void *plan = monitor->run.plan;

	if (index < 0 || (uint32_t)index >= pf_plan_count(plan))
		return 0;
	uint32_t code = pf_plan_op(plan, (uint32_t)index)->code;
	return code == PF_OP_overlay || code == PF_OP_skeleton;
}

int pf_store_overlay(struct monitor *monitor, const struct pf_received *got)
{
	int32_t index = got->message.body.layered.index;

	if (got->fd_count < 2 || !has_layers(monitor, index))
		return -EBADMSG;
	if (monitor->overlay_count == COUNT(monitor->overlays))
		return -EMFILE;
	struct overlay *overlay = &monitor->overlays[monitor->overlay_count++];
	*overlay = (struct overlay){index, got->fds[0], got->fds[1],
				    got->fd_count > 2 ? got->fds[2] : -1};
	return pf_manifest_add(monitor, overlay);
}

struct pf_overlay pf_stored_overlay(const struct monitor *monitor, size_t i)
{
	const void *plan = monitor->run.plan;
	const struct overlay *dirs = &monitor->overlays[i];
	const struct pf_op *op = pf_plan_op(plan, (uint32_t)dirs->index);
	const char *path = pf_arg_string(&monitor->run, op, 0);
	const int is_skeleton = op->code == PF_OP_skeleton;

	return (struct pf_overlay){.upperdir = dirs->upperdir,
				   .lowerdir = dirs->lowerdir,
				   .path = strcmp(path, "/") == 0 ? "" : path,
				   .is_skeleton = is_skeleton,
				   .plan = is_skeleton ? plan : NULL,
				   .userxattr = monitor->run.outside.userns >= 0};
}

/* Gives a directory of the copy the owner and the mode of the same path in the root's lower
 * directory. If there is no such path, or the change fails, the directory of the copy stays private
 * to its owner. */
static void copy_lowerdir_status(const struct monitor *monitor, const char *start, size_t length,
				 int fd)
{
	struct stat status;
	char path[PATH_MAX];

	memcpy(path, start, length);
	path[length] = '\0';
	for (size_t i = 0; i < monitor->overlay_count; i++) {
		const struct overlay *dirs = &monitor->overlays[i];
		const struct pf_op *op = pf_plan_op(monitor->run.plan, (uint32_t)dirs->index);
		if (strcmp(pf_arg_string(&monitor->run, op, 0), "/") != 0)
			continue;
		PF_CLEANUP_FD int lower = pf_open_below(dirs->lowerdir, path, O_PATH | O_DIRECTORY);
		if (lower >= 0 && fstat(lower, &status) == 0 &&
		    fchown(fd, status.st_uid, status.st_gid) == 0)
			fchmod(fd, status.st_mode & 07777);
	}
}

/* Opens the directory of the copy for a path of the container, and makes missing directories on
 * this path. Returns a descriptor or -errno. */
static int open_copy(const struct monitor *monitor, const char *path)
{
	int fd = fcntl(monitor->run.outside.changes_copy_fd, F_DUPFD_CLOEXEC, 0);
	const char *end = path;

	while (fd >= 0 && *end) {
		PF_CLEANUP_FD int parent = fd;
		char name[NAME_MAX + 1];
		size_t length = strcspn(++end, "/");
		if (length > NAME_MAX || (size_t)(end - path) + length > PATH_MAX)
			return -ENAMETOOLONG;
		memcpy(name, end, length);
		name[length] = '\0';
		end += length;
		int is_new = mkdirat(parent, name, 0700) == 0;
		if (!is_new && errno != EEXIST)
			return -errno;
		fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		if (fd >= 0 && is_new && *end)
			copy_lowerdir_status(monitor, path + 1, (size_t)(end - path) - 1, fd);
	}
	return fd < 0 ? -errno : fd;
}

static int copy_changes(const struct monitor *monitor, const struct pf_overlay *overlay,
			const char **reterr_path)
{
	PF_CLEANUP_FD int copy = open_copy(monitor, overlay->path);
	*reterr_path = "";
	return copy < 0 ? copy : pf_copy_changes(overlay, copy, reterr_path);
}

/* Records the first failure in memory that the monitor shares. `below` is the path below the
 * overlay; NULL means that a write of the list failed. */
static void note_outcome(struct pf_outcome *outcome, const struct pf_overlay *overlay, int error,
			 const char *below)
{
	size_t length = strlen(overlay->path);

	if (error == 0 || outcome->error)
		return;
	outcome->error = -error;
	if (!below)
		return;
	memcpy(outcome->path, overlay->path, length);
	strcpy(outcome->path + length, length > 0 && strcmp(below, "/") == 0 ? "" : below);
}

/* Lists and copies the changes of each overlay. A failed list does not prevent the copy, and a
 * failed copy does not prevent the list. */
static int list_and_copy_changes(const struct monitor *monitor)
{
	const enum pf_changes_format format = monitor->run.outside.changes_format;
	const int list_fd = monitor->run.outside.changes_list_fd;
	struct pf_changes_result *result = monitor->changes_result;
	const char *failed;

	for (size_t i = 0; i < monitor->overlay_count; i++) {
		const struct pf_overlay overlay = pf_stored_overlay(monitor, i);
		if (list_fd >= 0) {
			int r = pf_list_changes(&overlay, format, list_fd, &failed);
			note_outcome(&result->list, &overlay, r, failed);
		}
		if (monitor->run.outside.changes_copy_fd >= 0) {
			int r = copy_changes(monitor, &overlay, &failed);
			note_outcome(&result->copy, &overlay, r, failed);
		}
	}
	if (list_fd >= 0)
		note_outcome(&result->list, &(struct pf_overlay){.path = ""},
			     pf_end_changes(format, list_fd), NULL);
	return 0;
}

static int run_child(const struct monitor *monitor, int (*work)(const struct monitor *))
{
	sigset_t term;
	int r = pf_join_userns(&monitor->run, monitor->run.outside.userns);

	if (r < 0)
		return r;
	sigemptyset(&term);
	sigaddset(&term, SIGTERM);
	sigprocmask(SIG_UNBLOCK, &term, NULL);
	return work(monitor);
}

/* Starts a child that does `work` in the container's user namespace. Returns its pid or -errno. */
static int start_child(const struct monitor *monitor, int (*work)(const struct monitor *),
		       int *ret_pidfd)
{
	struct clone_args args = {.flags = CLONE_PIDFD,
				  .pidfd = (uint64_t)(uintptr_t)ret_pidfd,
				  .exit_signal = SIGCHLD};

	int child = pf_clone3(&args);
	if (child == 0)
		_exit(-run_child(monitor, work)); /* an errno fits into the exit status */
	return child;
}

/* Tells whether the caller is gone or has asked to end the container. */
static int caller_wants_end(struct monitor *monitor)
{
	struct pf_received got;
	int r = pf_receive(monitor->run.outside.caller_socket, MSG_DONTWAIT, &got);
	int signal = got.message.body.signal.number;

	if (r == -EAGAIN)
		return 0;
	if (r == 1 && got.message.type == PF_MESSAGE_DRAINED) {
		monitor->waits_for_terminal = 0;
		return 0;
	}
	if (r == 1 && got.message.type == PF_MESSAGE_SIGNAL)
		return pf_is_end_signal(signal) || signal == SIGKILL;
	if (r == 1)
		pf_close_received(&got, 0);
	if (r == 1 && got.message.type == PF_MESSAGE_CLIENT)
		return 0; /* the client has lost its connection and needs no answer */
	pf_drop_fd(&monitor->run.outside.caller_socket);
	return 1;
}

/* Waits until the caller has relayed all output of the command, because the list of changes may go
 * to the same terminal, and must come last. Returns 0, or -EINTR if the caller is gone or has asked
 * to end the container. */
static int await_terminal(struct monitor *monitor, const struct pflask_exit *end)
{
	struct pf_message message;
	int is_shown = monitor->overlay_count > 0 && !monitor->has_failed &&
		       monitor->run.outside.changes_list_fd >= 0 &&
		       isatty(monitor->run.outside.changes_list_fd);

	if (!is_shown || pf_is_detached(monitor) ||
	    !pf_plan_find(monitor->run.plan, PF_OP_terminal))
		return 0;
	pf_message_init(&message, PF_MESSAGE_STOPPED);
	message.body.exited = *end;
	monitor->waits_for_terminal = pf_tell_caller(&monitor->run, &message, NULL, 0) == 0;
	while (monitor->waits_for_terminal) {
		struct pollfd fds[] = {{.fd = monitor->run.outside.caller_socket, .events = POLLIN},
				       {.fd = monitor->run.outside.caller_pidfd, .events = POLLIN}};
		if (poll(fds, 2, -1) <= 0)
			continue;
		if (fds[1].revents || caller_wants_end(monitor))
			return -EINTR;
	}
	return 0;
}

/* Waits until the child has ended. The caller can end the wait, because the list can be long and
 * its reader can stop reading. Returns 0; or -EINTR if the caller has asked to end the container
 * or, with `needs_caller`, is gone. The caller of a detached container cannot end the wait. */
static int await_child(struct monitor *monitor, int pidfd, int needs_caller)
{
	int has_caller = !pf_is_detached(monitor) && monitor->run.outside.caller_socket >= 0;

	for (;;) {
		struct pollfd fds[] = {{.fd = pidfd, .events = POLLIN},
				       {.fd = has_caller ? monitor->run.outside.caller_socket : -1,
					.events = POLLIN},
				       {.fd = has_caller ? monitor->run.outside.caller_pidfd : -1,
					.events = POLLIN}};
		if (poll(fds, 3, -1) <= 0)
			continue;
		if (fds[0].revents)
			return 0;
		if (!fds[2].revents && !caller_wants_end(monitor))
			continue;
		has_caller = !fds[2].revents && monitor->run.outside.caller_socket >= 0;
		if (has_caller || needs_caller)
			return -EINTR;
	}
}

/* Runs `work` in a child, and waits for its end. Returns 0, or -errno if the child could not run,
 * was ended, or has failed. */
static int work_in_child(struct monitor *monitor, int (*work)(const struct monitor *),
			 int needs_caller)
{
	int pidfd = -1, status = 0;
	int child = start_child(monitor, work, &pidfd);

	if (child < 0)
		return child;
	if (await_child(monitor, pidfd, needs_caller) < 0)
		kill(child, SIGTERM);
	close(pidfd);
	if (pf_await_child(child, CHILD_GRACE_MSEC, &status) < 0)
		return -EINTR;
	return WIFEXITED(status) ? -WEXITSTATUS(status) : -EINTR;
}

/* Completes the manifest, even if the caller was killed. An incomplete manifest has no last
 * line. */
static void finish_manifest(struct monitor *monitor, const struct pflask_exit *end)
{
	if (monitor->run.outside.manifest_fd < 0)
		return;
	int r = work_in_child(monitor, pf_manifest_list, 0);
	monitor->manifest_error = r < 0 ? r : pf_manifest_end(monitor, end);
}

int pf_run_changes_child(struct monitor *monitor, const struct pflask_exit *end)
{
	const int has_request = monitor->run.outside.changes_list_fd >= 0 ||
				monitor->run.outside.changes_copy_fd >= 0;

	pf_settle_trial(&monitor->run, monitor->has_failed);
	if (monitor->overlay_count == 0 || monitor->has_failed)
		return 0;
	finish_manifest(monitor, end);
	int r = await_terminal(monitor, end);
	if (r < 0 || !has_request)
		return r;
	void *shared = mmap(NULL, sizeof(*monitor->changes_result), PROT_READ | PROT_WRITE,
			    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (shared == MAP_FAILED)
		return -errno;
	monitor->changes_result = shared;
	return work_in_child(monitor, list_and_copy_changes, 1);
}
