/* SPDX-License-Identifier: BSD-2-Clause */
/* The operation that installs the command's filter of system calls (seccomp(2)). */
#define _GNU_SOURCE
#include "op_seccomp.h"

#include <linux/seccomp.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "common/sys.h"
#include "init/base/run_plan.h"
#include "op_execve.h"

int pf_set_filter(const struct sock_filter *lines, uint32_t count)
{
	const struct sock_fprog program = {(unsigned short)count, (struct sock_filter *)lines};

	/* Without this flag, the kernel enables the mitigation of Speculative Store Bypass, which
	 * slows the command down. */
	return pf_sys_result(syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER,
				     SECCOMP_FILTER_FLAG_SPEC_ALLOW, &program));
}

/* The last operation before the execution, because the filter may refuse all system calls but
 * execve(2). */
int pf_op_seccomp(struct pf_run *run, const struct pf_op *op)
{
	uint32_t count;
	const void *lines = pf_plan_filter(run->plan, op->arg[1], &count);
	int r = pf_announce_exec(run);

	return r < 0 ? r : pf_set_filter(lines, count);
}
