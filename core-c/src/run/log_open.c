/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Opens the file of --log-file (log_open.h). Another user who can write to the directory of the
 * file could put a symbolic link or a file of their own in its place. There, pflask follows no
 * link, and takes only a file of the caller.
 */
#define _GNU_SOURCE
#include "log_open.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/protocol/plan.h"
#include "src/base/error.h"
#include "src/base/numbers.h"

/* Tells whether another user than the caller and root can write to the directory of a file. */
static int is_open_to_others(const char *path)
{
	char directory[PATH_MAX];
	struct stat status;

	snprintf(directory, sizeof(directory), "%.*s/", (int)(strrchr(path, '/') - path), path);
	return stat(directory, &status) < 0 || status.st_mode & 022 ||
	       (status.st_uid != geteuid() && status.st_uid != 0);
}

static int refuse(const char *path, int number, const char *why, struct pflask_error *reterr)
{
	int r = pf_error_field(reterr, "logFile", number, "%s: %s", path, why);

	pf_error_hint(reterr, "{logFile=FILE}, with a FILE in a directory of your own");
	return r;
}

int pf_log_open(pflask_container *container, const pflask_plan *plan, struct pflask_error *reterr)
{
	const int flags = O_WRONLY | O_APPEND | O_CREAT | O_NONBLOCK | O_NOCTTY | O_CLOEXEC;
	const struct pf_op *op = pf_plan_find(plan->data, PF_OP_log_file);
	struct stat status;

	if (!op)
		return 0;
	const char *path = pf_plan_string(plan->data, op->arg[0]);
	const int is_open = is_open_to_others(path);
	PF_CLEANUP_FD int fd = open(path, flags | (is_open ? O_NOFOLLOW : 0), 0600);
	if (fd < 0 || fstat(fd, &status) < 0)
		return refuse(path, errno,
			      errno == ELOOP && is_open
				      ? "is a symbolic link that another user could have made"
				      : pf_errno_text(errno),
			      reterr);
	if (!S_ISREG(status.st_mode))
		return refuse(path, EINVAL, "is not a regular file", reterr);
	if (is_open && status.st_uid != geteuid())
		return refuse(path, EACCES, "belongs to another user", reterr);
	container->log.fd = pf_steal_fd(&fd);
	return 0;
}
