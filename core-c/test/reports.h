/* SPDX-License-Identifier: BSD-2-Clause */
/* Catches the output of reports on stderr and on a status descriptor. */
#ifndef PF_REPORTS_H
#define PF_REPORTS_H

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* Stands for stderr between reports_begin() and reports_end(). */
struct reports {
	int stderr_copy, caught, status_fd;
	char said[8192], events[8192];
};

static inline void reports_begin(struct reports *ret)
{
	memset(ret, 0, sizeof(*ret));
	ret->stderr_copy = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 10);
	ret->caught = memfd_create("stderr", MFD_CLOEXEC);
	ret->status_fd = memfd_create("status", MFD_CLOEXEC);
	assert_true(ret->stderr_copy >= 0 && ret->caught >= 0 && ret->status_fd >= 0);
	assert_int_equal(dup2(ret->caught, STDERR_FILENO), STDERR_FILENO);
}

/* Restores stderr, and reads the caught text. */
static inline void reports_end(struct reports *reports)
{
	dup2(reports->stderr_copy, STDERR_FILENO);
	assert_true(pread(reports->caught, reports->said, sizeof(reports->said) - 1, 0) >= 0);
	assert_true(pread(reports->status_fd, reports->events, sizeof(reports->events) - 1, 0) >=
		    0);
	close(reports->stderr_copy);
	close(reports->caught);
	close(reports->status_fd);
}

#endif
