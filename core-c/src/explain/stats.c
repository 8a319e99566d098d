/* SPDX-License-Identifier: BSD-2-Clause */
/* Prints the resource usage of a container (stats.h). */
#define _GNU_SOURCE
#include "stats.h"

#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

#include "reporter.h"

#define LINE "%-16s"

const char *pf_reason_word(int32_t reason)
{
	static const char words[][16] = {
#define PF_REASON(reason, word, base, member) [PFLASK_##reason] = {word},
#include "defs/codes.def"
	};

	return reason > 0 && reason < (int32_t)(sizeof(words) / sizeof(words[0]))
		       ? words[reason]
		       : words[PFLASK_LOST];
}

/* Every process has a resident set, so a size of 0 means that wait4(2) has returned no usage. */
int pf_has_usage(const struct pflask_exit *end)
{
	return end->max_rss_kib != 0 || end->user_usec != 0 || end->system_usec != 0;
}

static void put_time(FILE *out, const char *name, uint64_t usec)
{
	fprintf(out, LINE "%" PRIu64 ".%03u s\n", name, usec / 1000000,
		(unsigned)(usec / 1000 % 1000));
}

static void put_size(FILE *out, const char *name, uint64_t bytes)
{
	static const char units[][4] = {"KiB", "MiB", "GiB", "TiB"};
	unsigned unit = 0;

	if (bytes < 1024) {
		fprintf(out, LINE "%" PRIu64 " B\n", name, bytes);
		return;
	}
	for (; bytes >= 1024 * 1024 && unit < 3; unit++)
		bytes /= 1024;
	fprintf(out, LINE "%" PRIu64 ".%u %s\n", name, bytes / 1024,
		(unsigned)(bytes % 1024 * 10 / 1024), units[unit]);
}

void pf_print_stats(const struct pflask_exit *end, int status)
{
	struct pf_line line;

	if (pf_line_begin(&line) < 0)
		return;
	fprintf(line.out, LINE "%s\n" LINE "%d\n", "reason", pf_reason_word(end->reason), "status",
		status);
	if (end->wall_usec)
		put_time(line.out, "wall time", end->wall_usec);
	if (pf_has_usage(end)) {
		put_time(line.out, "user time", end->user_usec);
		put_time(line.out, "system time", end->system_usec);
	}
	if (end->memory_peak)
		put_size(line.out, "peak memory", end->memory_peak);
	if (end->max_rss_kib)
		put_size(line.out, "largest process", end->max_rss_kib * 1024);
	if (end->has_io) {
		put_size(line.out, "read", end->io_read);
		put_size(line.out, "written", end->io_write);
	}
	if (end->process_peak)
		fprintf(line.out, LINE "%" PRIu64 "\n", "processes", end->process_peak);
	pf_line_send(&line, STDERR_FILENO);
}
