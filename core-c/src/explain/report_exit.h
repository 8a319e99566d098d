/* SPDX-License-Identifier: BSD-2-Clause */
/* Reports the start and the end of containers. */
#ifndef PF_REPORT_EXIT_H
#define PF_REPORT_EXIT_H

#include "command_line.h"
#include "reporter.h"

/* Reports the limits that a plan leaves out on stderr; NULL: there are none. Returns whether there
 * are any. */
int pf_report_left_out(const struct pf_reporter *to, const char *left_out);

/* Writes the event "started". Returns 0 or -errno. */
int pf_report_started(const struct pf_reporter *to, const struct pflask_info *info,
		      const char *left_out, int has_terminal);

/* Reports the errors at the end of a container, and writes the event "exited". Returns the exit
 * status. `flags` are enum pflask_report_flags; PFLASK_PASS_ON is ignored. */
int pf_report_exit(const struct pf_reporter *to, const struct pflask_exit *end, uint32_t flags);

/* Sends the signal of a typed key that ended the command to this process group; or raises SIGINT,
 * if SIGINT ended the command. See pflask_report_exit(). */
void pf_pass_on(const struct pflask_exit *end);

#endif
