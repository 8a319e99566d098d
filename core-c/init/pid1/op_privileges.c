/* SPDX-License-Identifier: BSD-2-Clause */
/* Operations that restrict the command: capabilities, resource limits and no_new_privs. */
#define _GNU_SOURCE
#include "op_privileges.h"

#include <errno.h>
#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "common/sys.h"
#include "init/base/run_plan.h"

/* Sets the effective and the permitted capabilities to `set`, and the inheritable capabilities
 * (capset(2)). Leaves out capabilities that the process does not have. Returns 0 or -errno. */
static int set_caps(uint64_t set, uint64_t inheritable)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct data[2];

	if (syscall(SYS_capget, &header, data) < 0)
		return -errno;
	for (int i = 0; i < 2; i++) {
		data[i].permitted &= (uint32_t)(set >> (32 * i));
		data[i].effective = data[i].permitted;
		data[i].inheritable = data[i].permitted & (uint32_t)(inheritable >> (32 * i));
	}
	return pf_sys_result(syscall(SYS_capset, &header, data));
}

/* Drops all capabilities outside `set` from the bounding set. Returns 0 or -errno. */
static int bound(uint64_t set)
{
	for (int i = 0; i < PF_CAPS_COUNT; i++) {
		if (set & PF_CAP(i))
			continue;
		if (prctl(PR_CAPBSET_DROP, i, 0, 0, 0) < 0)
			/* EINVAL: the number is above the kernel's last capability */
			return errno == EINVAL ? 0 : -errno;
	}
	return 0;
}

int pf_op_bounding(struct pf_run *run, const struct pf_op *op)
{
	(void)run;
	return bound(op->arg[0]);
}

int pf_keep_caps(const struct pf_run *run)
{
	const struct pf_op *op = pf_plan_find(run->plan, PF_OP_caps);

	return op && op->arg[1] ? pf_sys_result(prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0)) : 0;
}

/* Sets every capability set except the bounding set. execve(2) gives root all capabilities of the
 * bounding set again. Any other user keeps only ambient capabilities, which must also be
 * inheritable. No other capability is inheritable, because a file capability could make it
 * permitted (CVE-2022-24769). An ambient capability must be permitted already. */
int pf_op_caps(struct pf_run *run, const struct pf_op *op)
{
	int is_root = geteuid() == 0;
	uint64_t set = op->arg[is_root ? 0 : 1], ambient = is_root ? 0 : set;
	int r = set_caps(set, ambient);

	(void)run;
	for (int i = 0; r == 0 && i < PF_CAPS_COUNT; i++)
		if (ambient & PF_CAP(i))
			r = pf_sys_result(prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, i, 0, 0));
	return r;
}

void pf_clear_inheritable(const struct pf_run *run)
{
	if (pf_plan_find(run->plan, PF_OP_caps))
		set_caps(UINT64_MAX, 0);
}

void pf_reduce_init(const struct pf_run *run)
{
	const struct pf_op *op = pf_plan_find(run->plan, PF_OP_bounding);

	if (!op)
		return;
	uint64_t set = op->arg[0] | PF_CAP(CAP_KILL);
	bound(set);
	set_caps(set, 0);
}

int pf_op_no_new_privs(struct pf_run *run, const struct pf_op *op)
{
	(void)run;
	(void)op;
	return pf_sys_result(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
}

int pf_op_raise_limit(struct pf_run *run, const struct pf_op *op)
{
	struct rlimit limit;

	(void)run;
	if (getrlimit((int)op->arg[0], &limit) < 0)
		return -errno;
	limit.rlim_max = op->arg[1];
	return setrlimit((int)op->arg[0], &limit) < 0 ? -errno : 0;
}

int pf_op_rlimit(struct pf_run *run, const struct pf_op *op)
{
	const struct rlimit limit = {op->arg[1], op->arg[2]};

	if (op->arg[0] == RLIMIT_NOFILE)
		run->open_files = limit;
	return setrlimit((int)op->arg[0], &limit) < 0 ? -errno : 0;
}
