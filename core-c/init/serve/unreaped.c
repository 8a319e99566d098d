/* SPDX-License-Identifier: BSD-2-Clause */
/* Keeps the pids of children that the monitor could not reap yet (unreaped.h). */
#define _GNU_SOURCE
#include "unreaped.h"

#include <sys/wait.h>

#include "init/base/child_process.h"

void pf_note_unreaped(struct monitor *monitor, pid_t pid)
{
	if (monitor->unreaped_count < MONITOR_CLIENTS)
		monitor->unreaped[monitor->unreaped_count++] = pid;
}

void pf_kill_or_note(struct monitor *monitor, pid_t pid)
{
	if (pf_kill_child(pid) < 0)
		pf_note_unreaped(monitor, pid);
}

size_t pf_reap_unreaped(struct monitor *monitor)
{
	size_t left = 0;

	for (size_t i = 0; i < monitor->unreaped_count; i++)
		if (waitpid(monitor->unreaped[i], NULL, WNOHANG) == 0)
			monitor->unreaped[left++] = monitor->unreaped[i];
	monitor->unreaped_count = left;
	return left;
}
