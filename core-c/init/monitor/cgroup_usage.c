/* SPDX-License-Identifier: BSD-2-Clause */
/* Reads the counters of the container's own cgroups (cgroup_usage.h). */
#define _GNU_SOURCE
#include "cgroup_usage.h"

#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "common/cleanup.h"

#define TEXT 4096                    /* room for the part of a file that is read */
#define NO_LIMIT (UINT64_C(1) << 62) /* version 1 has a number near 2^63 if there is no limit */

/* Reads a file of a cgroup. Returns whether the file is there. */
static int read_file(int cgroup, const char *name, char ret[TEXT])
{
	PF_CLEANUP_FD int fd = openat(cgroup, name, O_RDONLY | O_CLOEXEC);
	ssize_t size = fd < 0 ? -1 : read(fd, ret, TEXT - 1);

	ret[size < 0 ? 0 : size] = '\0';
	return size >= 0;
}

/* Adds up the numbers that follow a word in a text. If `word` is "", the text has only a number.
 * Returns whether there is such a number. */
static int find_number(const char *text, const char *word, uint64_t *ret)
{
	uint64_t sum = 0;
	int found = 0;

	for (const char *at = text; (at = strstr(at, word));) {
		uint64_t number = 0;
		at += strlen(word);
		found |= *at >= '0' && *at <= '9';
		for (; *at >= '0' && *at <= '9'; at++)
			number = number * 10 + (uint64_t)(*at - '0');
		sum += number;
		if (!*word)
			break;
	}
	if (found)
		*ret = sum;
	return found;
}

/* Adds up the numbers that follow a word in a file of a cgroup, as find_number() does. */
static int read_number(int cgroup, const char *name, const char *word, uint64_t *ret)
{
	char text[TEXT];

	return read_file(cgroup, name, text) && find_number(text, word, ret);
}

/* Reads a counter that has one name in version 2, and another name in version 1. */
static int read_either(int cgroup, const char *name, const char *old_name, uint64_t *ret)
{
	return read_number(cgroup, name, "", ret) || read_number(cgroup, old_name, "", ret);
}

/* Reads the number of bytes read and written. If version 2 has the file, version 1 does not. */
static void fill_io(int cgroup, struct pflask_exit *ret)
{
	char text[TEXT];
	int is_v2 = read_file(cgroup, "io.stat", text);

	if (!is_v2 && !read_file(cgroup, "blkio.throttle.io_service_bytes", text))
		return;
	if (find_number(text, is_v2 ? "rbytes=" : " Read ", &ret->io_read) |
	    find_number(text, is_v2 ? "wbytes=" : " Write ", &ret->io_write))
		ret->has_io = 1;
}

static void fill_cpu(int cgroup, struct pflask_exit *ret)
{
	char text[TEXT];

	if (!read_file(cgroup, "cpu.stat", text))
		return;
	find_number(text, "user_usec ", &ret->user_usec);
	find_number(text, "system_usec ", &ret->system_usec);
}

static uint64_t memory_kills(int cgroup)
{
	uint64_t kills = 0;

	if (!read_number(cgroup, "memory.events", "oom_kill ", &kills))
		read_number(cgroup, "memory.oom_control", "oom_kill ", &kills);
	return kills;
}

/* Tells whether a cgroup is the outermost cgroup of the container in its hierarchy, whose counters
 * include those of all cgroups below. */
static int is_outer(const struct pf_cgroups *cgroups, int i)
{
	return cgroups->parents[i] >= 0;
}

uint64_t pf_memory_kills(const struct pf_cgroups *cgroups)
{
	uint64_t kills = 0;

	for (int i = 0; i < cgroups->count; i++)
		if (is_outer(cgroups, i))
			kills += memory_kills(cgroups->fds[i]);
	return kills;
}

void pf_explain_memory(const struct pf_cgroups *cgroups, uint64_t earlier_kills,
		       struct pflask_exit *ret)
{
	if (ret->reason != PFLASK_SIGNALED || ret->signal != SIGKILL ||
	    pf_memory_kills(cgroups) <= earlier_kills)
		return;
	ret->reason = PFLASK_OOM;
	for (int i = 0; i < cgroups->count; i++) {
		uint64_t limit = NO_LIMIT;
		if (is_outer(cgroups, i) &&
		    read_either(cgroups->fds[i], "memory.max", "memory.limit_in_bytes", &limit) &&
		    limit < NO_LIMIT)
			ret->memory_limit = limit;
	}
}

void pf_fill_cgroup_usage(const struct pf_cgroups *cgroups, struct pflask_exit *ret)
{
	for (int i = 0; i < cgroups->count; i++) {
		int cgroup = cgroups->fds[i];
		if (!is_outer(cgroups, i))
			continue;
		fill_cpu(cgroup, ret);
		read_number(cgroup, "pids.peak", "", &ret->process_peak);
		read_either(cgroup, "memory.peak", "memory.max_usage_in_bytes", &ret->memory_peak);
		fill_io(cgroup, ret);
	}
}

void pf_blame_memory(struct monitor *monitor)
{
	const struct pf_run *run = &monitor->run;

	if (monitor->failed.index >= 0 || pf_memory_kills(&run->outside.cgroups) == 0)
		return;
	for (uint32_t i = 0; i < pf_plan_count(run->plan); i++) {
		const struct pf_op *op = pf_plan_op(run->plan, i);
		if (op->code == PF_OP_cgroup_write &&
		    strncmp(pf_plan_string(run->plan, op->arg[1]), "memory.", 7) == 0) {
			monitor->failed.index = (int32_t)i;
			monitor->failed.number = ENOMEM;
		}
	}
}
