/* SPDX-License-Identifier: BSD-2-Clause */
#define _GNU_SOURCE
#include "log_file.h"

#include <errno.h>
#include <unistd.h>

void pf_log_put(struct pf_log_file *log, const char *data, size_t size)
{
	while (log->fd >= 0 && size > 0) {
		ssize_t n = write(log->fd, data, size);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0) {
			log->error = log->error ? log->error : errno;
			return;
		}
		data += n;
		size -= (size_t)n;
	}
}
