/* SPDX-License-Identifier: BSD-2-Clause */
/* Sets the ids of the calling process (ids.h). */
#define _GNU_SOURCE
#include "ids.h"

#include <errno.h>
#include <sched.h>
#include <unistd.h>

#include "common/sys.h"

int pf_change_ids(uid_t uid, gid_t gid)
{
	int r = pf_setgroups(0, NULL);

	/* EPERM: in this user namespace setgroups(2) is denied for good, so the groups stay */
	return r == 0 || r == -EPERM ? pf_set_ids(uid, gid) : r;
}

int pf_join_userns(const struct pf_run *run, int userns)
{
	const struct pf_op *op = pf_plan_find(run->plan, PF_OP_setid);

	if (userns < 0 || !op)
		return 0;
	pf_forbid_tracing();
	if (setns(userns, CLONE_NEWUSER) < 0)
		return -errno;
	int r = pf_set_ids((uid_t)op->arg[0], (gid_t)op->arg[1]);
	pf_forbid_tracing();
	return r;
}
