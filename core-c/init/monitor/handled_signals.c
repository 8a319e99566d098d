/* SPDX-License-Identifier: BSD-2-Clause */
/* Tells whether a process handles a signal (handled_signals.h). */
#define _GNU_SOURCE
#include "handled_signals.h"

#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/proc_path.h"

/* Reads /proc/PID/status. The buffer is large because the file lists up to 65536 groups. */
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

int pf_is_signal_handled(pid_t pid, int signal)
{
	const char *text = read_status(pid);
	uint64_t mask = 0;

	const char *const fields[] = {"\nSigBlk:\t", "\nSigCgt:\t"};
	for (int i = 0; i < 2; i++) {
		const char *field = strstr(text, fields[i]);
		uint64_t value = 0;
		for (field = field ? field + 9 : ""; *field > ' '; field++)
			value = value << 4 |
				(uint64_t)(*field <= '9' ? *field - '0' : *field - 'a' + 10);
		mask |= value;
	}
	return (mask >> (signal - 1)) & 1;
}
