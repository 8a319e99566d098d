/* SPDX-License-Identifier: BSD-2-Clause */
/* Operations that write kernel settings (sysctl(8)) that belong to the namespaces of init. */
#define _GNU_SOURCE
#include <errno.h>
#include <linux/magic.h>
#include <string.h>
#include <sys/statfs.h>
#include <sys/uio.h>

#include "common/cleanup.h"
#include "common/sys.h"
#include "init/base/run_plan.h"
#include "init/root/op_mount.h"

/* Checks that a descriptor is on a procfs (CVE-2019-16884). Returns 0 or -errno. */
static int check_proc(int fd)
{
	struct statfs status;

	if (fstatfs(fd, &status) < 0)
		return -errno;
	return status.f_type == PROC_SUPER_MAGIC ? 0 : -EXDEV;
}

/* Opens a procfs for the settings. Mounts a new procfs, on which no other mount can redirect a
 * write. If the kernel refuses a new procfs in a user namespace, uses the caller's /proc. Either
 * procfs shows a process the settings of its own namespaces. */
int pf_op_proc_source(struct pf_run *run, const struct pf_op *op)
{
	PF_CLEANUP_FD int proc = pf_new_filesystem(
		"proc", "", MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC);
	if (proc == -EPERM)
		proc = pf_open("/proc", O_PATH | O_DIRECTORY);
	int r = proc < 0 ? proc : check_proc(proc);
	return r < 0 ? r : pf_store_source(run, op->arg[0], pf_steal_fd(&proc));
}

/* Writes a setting by one write(2), followed by a newline, so that an empty value is written, too.
 * A value that the kernel takes only partly is an error. */
int pf_op_sysctl(struct pf_run *run, const struct pf_op *op)
{
	const uint64_t resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_XDEV;
	const char *path = pf_arg_string(run, op, 1), *value = pf_arg_string(run, op, 2);
	struct iovec parts[2] = {{(char *)value, strlen(value)}, {"\n", 1}};
	PF_CLEANUP_FD int sys =
		pf_openat2(run->inside.source[op->arg[0]], "sys", O_PATH | O_DIRECTORY, resolve);
	if (sys < 0)
		return sys;
	PF_CLEANUP_FD int fd = pf_openat2(sys, path, O_WRONLY | O_NONBLOCK | O_NOCTTY, resolve);
	int r = fd < 0 ? fd : check_proc(fd);
	if (r < 0)
		return r;
	ssize_t n = writev(fd, parts, 2);
	return n < 0 ? -errno : (size_t)n == parts[0].iov_len + 1 ? 0 : -EINVAL;
}
