/* SPDX-License-Identifier: BSD-2-Clause */
/* Fills in the reports of how a process or a container has ended (exit_report.h). */
#define _GNU_SOURCE
#include "exit_report.h"

#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "common/clock.h"
#include "common/protocol/plan.h"

#define BLOCK 512 /* block size of the counters of getrusage(2) */

static uint64_t usec_of(const struct timeval *time)
{
	return (uint64_t)time->tv_sec * 1000000 + (uint64_t)time->tv_usec;
}

void pf_fill_exit(int status, const struct rusage *usage, uint64_t started_usec,
		  struct pflask_exit *ret)
{
	if (WIFSIGNALED(status)) {
		ret->reason = PFLASK_SIGNALED;
		ret->signal = WTERMSIG(status);
	} else {
		ret->reason = PFLASK_EXITED;
		ret->code = WEXITSTATUS(status);
	}
	ret->wall_usec = pf_now_usec() - started_usec;
	ret->user_usec = usec_of(&usage->ru_utime);
	ret->system_usec = usec_of(&usage->ru_stime);
	ret->max_rss_kib = (uint64_t)usage->ru_maxrss;
	/* Both counters are 0 if the kernel does not count blocks. */
	ret->has_io = usage->ru_inblock > 0 || usage->ru_oublock > 0;
	ret->io_read = (uint64_t)usage->ru_inblock * BLOCK;
	ret->io_write = (uint64_t)usage->ru_oublock * BLOCK;
}

void pf_explain_signal(const struct pf_run *run, int was_killed, struct pflask_exit *ret)
{
	if (ret->reason != PFLASK_SIGNALED)
		return;
	if (ret->signal == SIGKILL && was_killed)
		ret->reason = PFLASK_KILLED;
	else if (ret->signal == SIGSYS && pf_plan_find(run->plan, PF_OP_seccomp))
		ret->reason = PFLASK_SECCOMP;
}

/* Returns the wait status of the command. If init has lost its socket to the monitor, init has
 * killed the command and exited without a report. */
static int status_of(const struct monitor *monitor, int init_status)
{
	if (monitor->has_status)
		return monitor->status;
	return monitor->was_killed && WIFEXITED(init_status) &&
			       pf_plan_find(monitor->run.plan, PF_OP_fork)
		       ? SIGKILL
		       : init_status;
}

void pf_fill_end(const struct monitor *monitor, int init_status, const struct rusage *usage,
		 struct pflask_exit *ret)
{
	int status = status_of(monitor, init_status);
	int own = !monitor->has_status && WIFSIGNALED(init_status) &&
		  monitor->run.outside.namespaces & CLONE_NEWPID;

	pf_fill_exit(status, usage, monitor->started_usec, ret);
	pf_explain_signal(&monitor->run, monitor->was_killed && !monitor->has_status, ret);
	if (own && (WTERMSIG(init_status) == SIGINT || WTERMSIG(init_status) == SIGHUP)) {
		/* The command has called reboot(2) in its pid namespace, and the kernel has killed
		 * init by this signal. */
		ret->reason = WTERMSIG(init_status) == SIGINT ? PFLASK_POWEROFF : PFLASK_REBOOT;
		ret->signal = 0;
	}
	if (monitor->has_timed_out) {
		ret->reason = PFLASK_TIMEOUT;
		ret->timeout_msec = (int32_t)monitor->run.outside.timeout_msec;
	}
	ret->link_errno = monitor->run.outside.unreturned_errno;
	if (ret->link_errno)
		strcpy(ret->link, monitor->run.outside.unreturned_link);
	if (monitor->run.outside.has_lost_net_program)
		strcpy(ret->network,
		       pf_plan_find(monitor->run.plan, PF_OP_pasta) ? "pasta" : "slirp4netns");
}

/* Copies an outcome to the members of an exit report. Of a path that is too long, copies the last
 * 255 bytes. */
static void fill_outcome(const struct pf_outcome *outcome, int error, int32_t *ret_errno,
			 char ret_path[256])
{
	size_t length = outcome ? strlen(outcome->path) : 0;
	const char *path = outcome ? outcome->path : "";

	*ret_errno = outcome && outcome->error ? outcome->error : -error;
	strcpy(ret_path, length < 256 ? path : path + length - 255);
}

void pf_fill_changes(const struct monitor *monitor, int error, struct pflask_exit *ret)
{
	const struct pf_changes_result *result = monitor->changes_result;

	if (monitor->run.outside.changes_list_fd >= 0)
		fill_outcome(result ? &result->list : NULL, error, &ret->changes_errno,
			     ret->changes_path);
	if (monitor->run.outside.changes_copy_fd >= 0)
		fill_outcome(result ? &result->copy : NULL, error, &ret->keep_errno,
			     ret->keep_path);
	if (monitor->manifest_error < 0 && ret->keep_errno == 0) {
		ret->keep_errno = -monitor->manifest_error;
		strcpy(ret->keep_path, "manifest");
	}
}
