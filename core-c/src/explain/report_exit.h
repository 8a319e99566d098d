/* SPDX-License-Identifier: BSD-2-Clause */
/* Reports the start and the end of containers. */
#ifndef PF_REPORT_EXIT_H
#define PF_REPORT_EXIT_H

#include "command_line.h"
#include "reporter.h"

/* Reports on stderr the limits that a plan leaves out. `left_out` is NULL if there are no such
 * limits. Returns whether there are such limits. */
int pf_report_left_out(const struct pf_reporter *to, const char *left_out);

/* Writes the event "started". Returns 0 or -errno. */
int pf_report_started(const struct pf_reporter *to, const struct pflask_info *info,
		      const char *left_out, int has_terminal);

/* Reports the errors that came up when a container ended, and writes the event "exited". Returns
 * the exit status. `flags` are enum pflask_report_flags; this function ignores PFLASK_PASS_ON. */
int pf_report_exit(const struct pf_reporter *to, const struct pflask_exit *end, uint32_t flags);

/* If a typed key ended the command, sends the key's signal to this process group. Otherwise, if
 * SIGINT ended the command, raises SIGINT. See pflask_report_exit(). */
void pf_pass_on(const struct pflask_exit *end);

#endif
