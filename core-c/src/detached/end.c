/* SPDX-License-Identifier: BSD-2-Clause */
/* Ends a detached container (end.h), first by a signal and then by SIGKILL. */
#define _GNU_SOURCE
#include "end.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>

#include "common/cleanup.h"
#include "common/limits.h"
#include "common/spec_defaults.h"
#include "common/sys.h"
#include "src/base/error.h"
#include "src/find/request.h"

#define MONITOR_MSEC 1000 /* a monitor ends a moment after it has removed its socket */
#define END_MSEC (PF_LIMIT_endSeconds * 1000)

/* Waits for the end of a container. Returns 0 or -errno. It is no error if the container does not
 * exist any more. */
static int await(const char *which, int timeout_ms, struct pflask_error *reterr)
{
	struct pflask_exit end;
	int r = pf_wait_for(which, timeout_ms, &end, reterr);

	return r == -ESRCH ? 0 : r;
}

/* Waits for the end, and kills a container that has not ended in time. Returns -ETIMEDOUT if the
 * container does not end even then: its monitor may lie. */
static int await_or_kill(const char *which, int timeout_ms, struct pflask_error *reterr)
{
	int r = await(which, timeout_ms, reterr);

	if (r != -ETIMEDOUT)
		return r;
	r = pf_send_signal(which, SIGKILL, reterr);
	if (r == -ESRCH)
		return 0;
	return r < 0 ? r : await(which, END_MSEC, reterr);
}

/* Describes a container that was killed and has not ended. The monitor may still keep changes. */
static int error_endless(const char *which, int monitor_pid, struct pflask_error *reterr)
{
	int r = pf_error_field(reterr, "which", ETIMEDOUT,
			       "%s: the container has not ended %d s after SIGKILL", which,
			       PF_LIMIT_endSeconds);

	pf_error_hint(reterr, "{wait=%s}, or kill -KILL %d to end the monitor", which, monitor_pid);
	return r;
}

int pf_end(const char *which, int signal, int kill_after_ms, struct pflask_error *reterr)
{
	struct pflask_record record;
	char same[32];
	int r = pf_find(which, &record, reterr);

	if (r < 0)
		return r;
	/* From here on, names the container by the pid of its monitor. The pid stays valid until
	 * the container ends, but another container may take over the name. */
	snprintf(same, sizeof(same), "%u/%d", record.uid, record.monitor_pid);
	PF_CLEANUP_FD int monitor = pf_pidfd_open(record.monitor_pid);
	struct pollfd death = {.fd = monitor, .events = POLLIN};
	r = pf_send_signal(same, signal, reterr);
	if (kill_after_ms < 0 && signal == 0)
		kill_after_ms = PF_DEFAULT_killAfter;
	if (r < 0 || kill_after_ms < 0)
		return r;
	r = await_or_kill(same, kill_after_ms, reterr);
	if (r == -ETIMEDOUT)
		return error_endless(which, record.monitor_pid, reterr);
	if (r == 0 && monitor >= 0)
		poll(&death, 1, MONITOR_MSEC);
	return r;
}
