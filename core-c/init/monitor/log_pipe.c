/* SPDX-License-Identifier: BSD-2-Clause */
/* Copies the output of a detached command without a terminal to the log (log_pipe.h). */
#define _GNU_SOURCE
#include "log_pipe.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/cleanup.h"

#define OUTPUT 1
#define ERROR 2
/* Maximum number of reads in a row: 1 MiB, the largest pipe of an ordinary user. */
#define MOST_READS 256

int pf_log_pipe_open(struct pf_run *run)
{
	int *stdio = run->inside.stdio;
	int pair[2];

	if (pipe2(pair, O_CLOEXEC) < 0)
		return -errno;
	pf_drop_fd(&stdio[OUTPUT]);
	pf_drop_fd(&stdio[ERROR]);
	run->outside.detached.log_pipe = pair[0];
	stdio[OUTPUT] = pair[1];
	stdio[ERROR] = fcntl(pair[1], F_DUPFD_CLOEXEC, 0);
	/* The pipe must not block the monitor: a process of the container can open the pipe, and
	 * read the output that poll(2) has reported. */
	if (stdio[ERROR] < 0 || fcntl(pair[0], F_SETFL, O_NONBLOCK) < 0 ||
	    fchmod(pair[1], 0666) < 0) /* the command's user may open /dev/stderr */
		return -errno;
	return 0;
}

int pf_log_pipe_read(struct pf_detached_state *detached)
{
	char data[PF_RING_READ];
	ssize_t n = read(detached->log_pipe, data, sizeof(data));

	if (n > 0)
		pf_log_put(&detached->log, data, (size_t)n);
	else if (n == 0 || (errno != EAGAIN && errno != EINTR))
		pf_drop_fd(&detached->log_pipe);
	return n > 0;
}

void pf_log_pipe_drain(struct pf_detached_state *detached)
{
	for (int i = 0; i < MOST_READS && detached->log_pipe >= 0; i++)
		if (!pf_log_pipe_read(detached))
			break;
	pf_drop_fd(&detached->log_pipe);
}
