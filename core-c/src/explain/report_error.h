/* SPDX-License-Identifier: BSD-2-Clause */
/* Reports errors on stderr, and as events (reporter.h). */
#ifndef PF_REPORT_ERROR_H
#define PF_REPORT_ERROR_H

#include "pflask.h"
#include "reporter.h"

/* Exit status for errors of pflask itself, and for mistakes on its command line. */
#define PF_FAILED 125

/* Reports an error on stderr and on the status descriptor. Returns the exit status for the
 * error. */
int pf_report_error(const struct pf_reporter *to, const struct pflask_error *error);

/* Reports an error on stderr alone. */
void pf_report_on_stderr(const struct pf_reporter *to, const struct pflask_error *error);

/* Reports a mistake on the command line, as pflask_report_mistake() does. Returns the exit
 * status. */
int pf_report_mistake(const struct pf_reporter *to, const char *option, const char *why,
		      const char *hint);

/* Fills in the error for a failed write to standard output. */
void pf_error_output(struct pflask_error *error, int number);

#endif
