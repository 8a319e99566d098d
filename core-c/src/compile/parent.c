/* SPDX-License-Identifier: BSD-2-Clause */
/* Opens the parent process of the caller (parent.h). */
#define _GNU_SOURCE
#include "parent.h"

#include <errno.h>
#include <unistd.h>

#include "common/sys.h"
#include "src/base/error.h"
#include "src/base/numbers.h"

static int refuse(struct pf_compiler *compiler, int number, const char *why)
{
	int r = pf_error_field(compiler->error, "dieWithParent", number, "parent process: %s", why);

	pf_error_hint(compiler->error, "leave out {dieWithParent}");
	return r;
}

/* Tells whether the caller's first parent has ended, so that the caller has another parent now.
 * Compares the sessions: a process that does not lead a session is in the session of its first
 * parent. */
static int is_adopted(pid_t parent)
{
	const pid_t session = getsid(0);

	return session != getpid() && getsid(parent) != session;
}

/* Opens a pidfd of the parent for --die-with-parent. Then reads the parent's pid again: if it is
 * unchanged, the pidfd belongs to the parent. */
int pf_compile_parent_check(struct pf_compiler *compiler)
{
	if (!compiler->spec->dieWithParent)
		return 0;
	const pid_t parent = getppid();
	if (parent == 0)
		return refuse(compiler, EINVAL, "is in another pid namespace");
	int fd = pf_pidfd_open(parent);
	/* Moves the descriptor above 2, because the command inherits descriptors 0 to 2. */
	int r = fd < 0 ? fd : pf_dup(fd, 3);
	if (fd >= 0)
		close(fd);
	if (r >= 0 && pf_plan_fds_add(compiler->plan_fds, r) < 0)
		return pf_error_internal(compiler->error, ENOMEM, "out of memory");
	if (r == -ESRCH || getppid() != parent || is_adopted(parent))
		return refuse(compiler, ESRCH, "has ended");
	if (r < 0)
		return refuse(compiler, -r, pf_errno_text(-r));
	compiler->parent_fd = r;
	return 0;
}
