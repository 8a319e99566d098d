/* SPDX-License-Identifier: BSD-2-Clause */
/* Tells what a process does with a signal (handled_signals.h). */
#define _GNU_SOURCE
#include "handled_signals.h"

#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/proc_path.h"

/* Reads /proc/PID/status into a static buffer. The buffer has room for 65536 groups. */
static const char *read_status(pid_t pid)
{
	static char text[1 << 20];
	size_t used = 0;
	ssize_t n = 1;

	PF_CLEANUP_FD int fd = pf_proc_open(pid, "status", O_RDONLY);
	while (fd >= 0 && n > 0 && used < sizeof(text) - 1) {
		n = read(fd, text + used, sizeof(text) - 1 - used);
		used += n > 0 ? (size_t)n : 0;
	}
	text[used] = '\0';
	return text;
}

/* Tells whether a field of /proc/PID/status, a set of signals, contains a signal. */
static int has_signal(const char *text, const char *field, int signal)
{
	const char *at = strstr(text, field);
	uint64_t mask = 0;

	for (at = at ? at + strlen(field) : ""; *at > ' '; at++)
		mask = mask << 4 | (uint64_t)(*at <= '9' ? *at - '0' : *at - 'a' + 10);
	return (mask >> (signal - 1)) & 1;
}

int pf_is_signal_handled(pid_t pid, int signal)
{
	const char *text = read_status(pid);

	return has_signal(text, "\nSigBlk:\t", signal) || has_signal(text, "\nSigCgt:\t", signal);
}

int pf_is_signal_ignored(pid_t pid, int signal)
{
	return has_signal(read_status(pid), "\nSigIgn:\t", signal);
}
