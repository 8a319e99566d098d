/* SPDX-License-Identifier: BSD-2-Clause */
/* Ends a container (end.h), first by a signal and then by SIGKILL. */
#define _GNU_SOURCE
#include "end.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>

#include "common/limits.h"
#include "common/spec_defaults.h"
#include "open.h"
#include "src/base/error.h"
#include "src/base/numbers.h"

#define END_MSEC (PF_LIMIT_endSeconds * 1000)

/* Sends a signal. A detached container answers, so that the signal has arrived when the function
 * returns. Returns 0 or -errno. */
static int send_signal(pflask_container *container, int signal, struct pflask_error *reterr)
{
	struct pf_aim aim;

	if (!container->is_detached) {
		int r = pf_kill(container, signal ? signal : SIGTERM);
		return r < 0 ? pf_error_internal(reterr, -r, "%s", pf_errno_text(-r)) : 0;
	}
	int r = pf_aim_at(container, &aim, reterr);
	return r < 0 ? r : pf_send_signal(&aim.target, signal, reterr);
}

/* Waits for the end, and then for the end of the monitor, even if `timeout_ms` has passed. */
static int await(pflask_container *container, int timeout_ms, struct pflask_error *reterr)
{
	struct pflask_exit end;
	int r = pf_wait(container, timeout_ms, &end);

	if (r == 0 && container->is_detached)
		pf_is_detached_gone(container, PF_GONE_MSEC);
	return r < 0 ? pf_error_internal(reterr, -r, "%s", pf_errno_text(-r)) : 0;
}

/* Waits for the end, and kills a container that has not ended in time. Returns -ETIMEDOUT if the
 * killed container does not end: its monitor may lie. */
static int await_or_kill(pflask_container *container, int timeout_ms, struct pflask_error *reterr)
{
	int r = await(container, timeout_ms, reterr);

	if (r != -ETIMEDOUT)
		return r;
	r = send_signal(container, SIGKILL, reterr);
	return r < 0 && r != -ESRCH ? r : await(container, END_MSEC, reterr);
}

/* Makes the error for a container that was killed and has not ended. The monitor may still keep
 * changes. */
static int error_endless(const pflask_container *container, struct pflask_error *reterr)
{
	const int pid = container->info.monitor_pid;
	char own[16];

	snprintf(own, sizeof(own), "%d", pid);
	const char *which = container->opened ? container->opened->which : own;
	int r = pf_error_field(reterr, "which", ETIMEDOUT,
			       "%s: the container has not ended %d s after SIGKILL", which,
			       PF_LIMIT_endSeconds);
	pf_error_hint(reterr, "{wait=%s}, or kill -KILL %d to end the monitor", which, pid);
	return r;
}

int pf_end(pflask_container *container, int signal, int kill_after_ms, struct pflask_error *reterr)
{
	int r = send_signal(container, signal, reterr);

	if (kill_after_ms < 0 && signal == 0)
		kill_after_ms = PF_DEFAULT_killAfter;
	if (r < 0 || kill_after_ms < 0)
		return r;
	r = await_or_kill(container, kill_after_ms, reterr);
	return r == -ETIMEDOUT ? error_endless(container, reterr) : r;
}
