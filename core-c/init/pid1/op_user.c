/* SPDX-License-Identifier: BSD-2-Clause */
/* Operations on ids: the id maps of a user namespace, and the ids of a process. */
#define _GNU_SOURCE
#include "op_user.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/close_fds.h"
#include "common/decimal.h"
#include "common/id_parse.h"
#include "common/proc_path.h"
#include "common/sys.h"
#include "init/base/await_monitor.h"
#include "init/base/child_process.h"
#include "init/base/ids.h"
#include "init/base/run_plan.h"
#include "init/root/path.h"
#include "op_privileges.h"

/* Maximum size of a map, which one write(2) of less than a page must write. */
#define MAP_MAX 4096
#define GROUPS_MAX 65536 /* NGROUPS_MAX */
#define HELPER_ARGS 1024
/* Time limit for newuidmap(1), which may look up users over the network (nsswitch.conf(5)). */
#define HELPER_MSEC 60000

static int helper_msec(const struct pf_run *run)
{
	const int64_t msec = run->outside.setup_msec;

	return msec > 0 && msec < HELPER_MSEC ? (int)msec : HELPER_MSEC;
}

static int write_of_init(const struct pf_run *run, const char *name, const char *text, size_t size)
{
	PF_CLEANUP_FD int fd = pf_proc_open(run->outside.init_pid, name, O_WRONLY);
	if (fd < 0)
		return fd;
	ssize_t n = write(fd, text, size);
	return n < 0 ? -errno : (size_t)n == size ? 0 : -EINVAL;
}

int pf_op_setgroups(struct pf_run *run, const struct pf_op *op)
{
	const char *word = pf_arg_string(run, op, 0);

	return write_of_init(run, "setgroups", word, strlen(word));
}

int pf_op_oom_score(struct pf_run *run, const struct pf_op *op)
{
	const char *number = pf_arg_string(run, op, 0);

	return write_of_init(run, "oom_score_adj", number, strlen(number));
}

int pf_keep_oom_score(const struct pf_run *run)
{
	const struct pf_op *op = pf_plan_find(run->plan, PF_OP_oom_score);

	if (!op)
		return 0;
	const char *number = pf_arg_string(run, op, 0);
	PF_CLEANUP_FD int fd = pf_proc_open(0, "oom_score_adj", O_WRONLY);
	return fd < 0 ? fd : write(fd, number, strlen(number)) < 0 ? -errno : 0;
}

static int write_map(const struct pf_run *run, const char *name, char **lines)
{
	char text[MAP_MAX];
	size_t used = 0;

	for (; *lines; lines++) {
		size_t length = strlen(*lines);
		if (used + length + 1 > sizeof(text))
			return -E2BIG;
		memcpy(text + used, *lines, length);
		used += length;
		text[used++] = '\n';
	}
	return write_of_init(run, name, text, used);
}

int pf_op_uid_map(struct pf_run *run, const struct pf_op *op)
{
	return write_map(run, "uid_map", pf_arg_list(run, op, 0));
}

int pf_op_gid_map(struct pf_run *run, const struct pf_op *op)
{
	return write_map(run, "gid_map", pf_arg_list(run, op, 0));
}

/* Splits the lines of a map into words, inside the plan. Returns the number of words, or -E2BIG. */
static int split_words(char **lines, char **words, int most)
{
	int count = 0;

	for (; *lines; lines++)
		for (char *rest = *lines, *word; (word = strsep(&rest, " "));) {
			if (count == most)
				return -E2BIG;
			if (*word)
				words[count++] = word;
		}
	return count;
}

/* Makes the argument list of newuidmap(1) or newgidmap(1): PROGRAM PID INSIDE OUTSIDE COUNT ...
 * Returns 0 or -E2BIG. */
static int arrange_arguments(const struct pf_run *run, const struct pf_op *op,
			     char pid[PF_DECIMAL_SIZE], char *ret[HELPER_ARGS])
{
	ret[0] = (char *)pf_arg_string(run, op, 0);
	ret[1] = pid;
	pf_write_decimal((uint64_t)run->outside.init_pid, pid);
	int count = split_words(pf_arg_list(run, op, 1), ret + 2, HELPER_ARGS - 3);
	if (count < 0)
		return count;
	ret[2 + count] = NULL;
	return 0;
}

/* Makes an error text of one line from the standard error of newuidmap(1). The pipe is
 * non-blocking, so output that does not fit is lost. Returns -EPERM. */
static int take_complaint(struct pf_run *run, const char *program, int errors, int status)
{
	ssize_t n = read(errors, run->text, sizeof(run->text) - 1);

	while (n > 0 && run->text[n - 1] == '\n')
		n--;
	run->text[n > 0 ? n : 0] = '\0';
	for (char *c = run->text; *c; c++)
		if (*c == '\n')
			*c = ' ';
	if (n <= 0) {
		strcpy(run->text, program);
		strcat(run->text, ": ");
		pf_describe_end(status, run->text + strlen(run->text));
	}
	run->detail = PF_DETAIL_TEXT;
	return -EPERM;
}

static int run_map_program(struct pf_run *run, const struct pf_op *op)
{
	char pid[PF_DECIMAL_SIZE], *arguments[HELPER_ARGS];
	char *environment[] = {NULL};
	int pipes[2], status;
	int r = arrange_arguments(run, op, pid, arguments);

	if (r < 0)
		return r;
	if (pipe2(pipes, O_CLOEXEC | O_NONBLOCK) < 0)
		return -errno;
	PF_CLEANUP_FD int errors = pipes[0];
	PF_CLEANUP_FD int to = pipes[1];
	pid_t child = fork();
	if (child < 0)
		return -errno;
	if (child == 0) {
		if (dup2(to, 2) == 2 && fcntl(2, F_SETFD, 0) == 0)
			execve(arguments[0], arguments, environment);
		_exit(127);
	}
	r = pf_await_child_or_caller(child, helper_msec(run), run->outside.caller_socket, &status);
	if (r < 0)
		return r;
	const char *program = op->code == PF_OP_newuidmap ? "newuidmap" : "newgidmap";
	return status == 0 ? 0 : take_complaint(run, program, errors, status);
}

int pf_op_newuidmap(struct pf_run *run, const struct pf_op *op)
{
	return run_map_program(run, op);
}

int pf_op_newgidmap(struct pf_run *run, const struct pf_op *op)
{
	return run_map_program(run, op);
}

/* Changes the ids of init to ids of its user namespace. Init keeps its capabilities in the user
 * namespace: the kernel drops capabilities only if a process had an id of the namespace's root, and
 * loses it (capabilities(7)). Init had no such id before, or has only such ids afterwards.
 *
 * Then makes init dumpable (PR_SET_DUMPABLE(2const)), because an unprivileged monitor must open
 * init's namespaces. A process with capabilities in the user namespace can trace a dumpable init.
 * The first such process is the command. Before the command starts, init closes the descriptors of
 * the host (op_fork.c). */
int pf_op_setid(struct pf_run *run, const struct pf_op *op)
{
	pf_await_monitor(run);
	int r = pf_change_ids((uid_t)op->arg[0], (gid_t)op->arg[1]);
	if (r < 0)
		return r;
	if (prctl(PR_SET_DUMPABLE, 1) < 0)
		return -errno;
	pf_die_with_parent(run);
	return 0;
}

/* Closes the descriptors that the command does not need: after the change of ids, with
 * fs.suid_dumpable=1, other processes of the user can trace this process, and must find no
 * descriptor of the host. Returns 0 or -errno. */
static int leave_host(struct pf_run *run)
{
	const int kept[] = {run->report_socket, run->monitor_socket, run->mark,
			    run->inside.pty_slave};
	int r = pf_send_used_mount_points(run);

	return r < 0 ? r : pf_close_other_fds(3, kept, 4);
}

/* Changes the uid last, because all other steps need privilege. */
int pf_become_user(struct pf_run *run, uid_t uid, gid_t gid, const gid_t *groups, size_t count)
{
	int r = leave_host(run);

	if (r == 0 && groups)
		r = pf_setgroups(count, groups);
	if (r == 0 && run->inside.pty_slave >= 0 &&
	    fchown(run->inside.pty_slave, uid, (gid_t)-1) < 0)
		r = -errno; /* makes the user the owner of the terminal, as login(1) does */
	if (r == 0)
		r = pf_keep_caps(run);
	if (r == 0)
		r = pf_set_ids(uid, gid);
	pf_forbid_tracing(); /* the process is not dumpable until execve(2) */
	return r;
}

int pf_op_user(struct pf_run *run, const struct pf_op *op)
{
	static gid_t groups[GROUPS_MAX];
	size_t count = 0;

	for (char **list = pf_arg_list(run, op, 2); *list; list++) {
		if (count == GROUPS_MAX || pf_id_parse(*list, &groups[count]) < 0)
			return -E2BIG;
		count++;
	}
	return pf_become_user(run, (uid_t)op->arg[0], (gid_t)op->arg[1], groups, count);
}
