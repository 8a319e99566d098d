/* SPDX-License-Identifier: BSD-2-Clause */
/* Operations on the process that becomes the command, and on its namespaces. */
#define _GNU_SOURCE
#include <errno.h>
#include <linux/keyctl.h>
#include <linux/magic.h>
#include <sched.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/syscall.h>

#include "common/cleanup.h"
#include "common/decimal.h"
#include "init/base/descendants.h"
#include "init/base/run_plan.h"
#include "init/root/path.h"
#include "pid1.h"

/* The minimum soft limit on open files of init, and of the command's process until execve(2):
 * poll(2) fails if it polls more descriptors than the limit. The command's process has ten
 * descriptors (op_fork.c). */
#define INIT_OPEN_FILES 16

int pf_op_subreaper(struct pf_run *run, const struct pf_op *op)
{
	(void)op;
	return pf_adopt_descendants(run);
}

/* Makes a second cgroup namespace, whose root is init's own cgroups. The root of the first, made by
 * clone3(2), is the monitor's cgroups. */
int pf_op_cgroupns(struct pf_run *run, const struct pf_op *op)
{
	(void)run;
	(void)op;
	return unshare(CLONE_NEWCGROUP) < 0 ? -errno : 0;
}

int pf_op_hostname(struct pf_run *run, const struct pf_op *op)
{
	const char *name = pf_arg_string(run, op, 0);

	return sethostname(name, strlen(name)) < 0 ? -errno : 0;
}

int pf_op_domainname(struct pf_run *run, const struct pf_op *op)
{
	const char *name = pf_arg_string(run, op, 0);

	return setdomainname(name, strlen(name)) < 0 ? -errno : 0;
}

/* Lets a range of groups use ping sockets (icmp(7)). A new network namespace allows no group. The
 * kernel changes the setting of the network namespace of the process that opens the file. If the
 * file is not writable, for example in a container of another program, ping sockets stay
 * forbidden. */
int pf_op_ping_groups(struct pf_run *run, const struct pf_op *op)
{
	char text[2 * PF_DECIMAL_SIZE + 2];
	struct statfs status;
	PF_CLEANUP_FD int fd = pf_open_path(run, "/proc/sys/net/ipv4/ping_group_range",
					    O_WRONLY | O_NONBLOCK | O_NOCTTY);

	if (fd < 0 || fstatfs(fd, &status) < 0 || status.f_type != PROC_SUPER_MAGIC)
		return 0;
	int length = pf_write_decimal(op->arg[0], text);
	text[length++] = '\t';
	length += pf_write_decimal(op->arg[1], text + length);
	return write(fd, text, (size_t)length) < 0 && errno != EPERM ? -errno : 0;
}

/* Makes a new session keyring (session-keyring(7)), so that the container does not get the caller's
 * keys. If the user's quota is used up (EDQUOT), or the kernel has no keyrings (ENOSYS), the
 * container starts without a new keyring, and the caller gets the errno. */
int pf_op_keyring(struct pf_run *run, const struct pf_op *op)
{
	(void)op;
	if (syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, NULL) >= 0)
		return 0;
	if (errno != EDQUOT && errno != ENOSYS)
		return -errno;
	pf_report_skipped(run, -errno);
	return 0;
}

/* Makes a new session (setsid(2)), even without a pty: without a controlling terminal, a command
 * needs CAP_SYS_ADMIN to push input into a terminal (TIOCSTI). */
int pf_op_session(struct pf_run *run, const struct pf_op *op)
{
	if (setsid() < 0)
		return -errno;
	if (op->arg[0] && ioctl(run->inside.pty_slave, TIOCSCTTY, 0) < 0)
		return -errno;
	return 0;
}

int pf_op_stdio(struct pf_run *run, const struct pf_op *op)
{
	for (int i = 0; i < 3; i++) {
		unsigned from = (unsigned)(op->arg[0] >> (i * PF_STDIO_BITS)) & 3u;
		int fd = from == PF_STDIO_TERMINAL ? run->inside.pty_slave : run->inside.stdio[i];
		if (fd < 0)
			close(i);
		else if (dup2(fd, i) < 0)
			return -errno;
	}
	return 0;
}

int pf_op_open_files(struct pf_run *run, const struct pf_op *op)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
		return -errno;
	limit.rlim_cur = op->arg[0] < limit.rlim_max ? op->arg[0] : limit.rlim_max;
	run->open_files = limit;
	return setrlimit(RLIMIT_NOFILE, &limit) < 0 ? -errno : 0;
}

void pf_lower_open_files(const struct pf_run *run)
{
	rlim_t soft = run->open_files.rlim_cur;
	struct rlimit limit;

	for (uint32_t i = 0; i < pf_plan_count(run->plan); i++) {
		const struct pf_op *op = pf_plan_op(run->plan, i);
		if (op->code == PF_OP_open_files)
			soft = op->arg[0];
		else if (op->code == PF_OP_rlimit && op->arg[0] == RLIMIT_NOFILE)
			soft = op->arg[1];
	}
	if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
		return;
	if (soft < INIT_OPEN_FILES)
		soft = INIT_OPEN_FILES;
	limit.rlim_cur = soft < limit.rlim_max ? soft : limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
}

int pf_op_umask(struct pf_run *run, const struct pf_op *op)
{
	(void)run;
	umask((mode_t)op->arg[0]);
	return 0;
}

int pf_op_chdir(struct pf_run *run, const struct pf_op *op)
{
	return chdir(pf_arg_string(run, op, 0)) < 0 ? -errno : 0;
}

int pf_op_chdir_first(struct pf_run *run, const struct pf_op *op)
{
	char **path = pf_arg_list(run, op, 0);
	int r = -ENOENT;

	for (; *path && r < 0; path++)
		r = chdir(*path) < 0 ? -errno : 0;
	return r;
}

int pf_op_environ(struct pf_run *run, const struct pf_op *op)
{
	run->inside.environ = pf_arg_list(run, op, 0);
	return 0;
}
