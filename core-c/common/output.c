/* SPDX-License-Identifier: BSD-2-Clause */
/* Writes text through a buffer (output.h). */
#define _GNU_SOURCE
#include "output.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

/* Tells whether to try a write again. If the descriptor is non-blocking, waits first: another
 * process that shares the descriptor may have set O_NONBLOCK. */
static int try_again(int fd)
{
	struct pollfd ready = {.fd = fd, .events = POLLOUT};

	if (errno == EAGAIN)
		return poll(&ready, 1, -1) >= 0 || errno == EINTR;
	return errno == EINTR;
}

int pf_output_flush(struct pf_output *out)
{
	size_t done = 0;

	while (out->error == 0 && done < out->used) {
		ssize_t n = write(out->fd, out->buffer + done, out->used - done);
		if (n >= 0)
			done += (size_t)n;
		else if (!try_again(out->fd))
			out->error = -errno;
	}
	out->used = 0;
	return out->error;
}

void pf_output_put(struct pf_output *out, const void *bytes, size_t size)
{
	const char *from = bytes;

	while (size > 0 && out->error == 0) {
		size_t room = sizeof(out->buffer) - out->used;
		size_t part = size < room ? size : room;
		memcpy(out->buffer + out->used, from, part);
		out->used += part;
		from += part;
		size -= part;
		if (out->used == sizeof(out->buffer))
			pf_output_flush(out);
	}
}

void pf_output_put_string(struct pf_output *out, const char *text)
{
	pf_output_put(out, text, strlen(text));
}
