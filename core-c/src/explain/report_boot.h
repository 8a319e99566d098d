/* SPDX-License-Identifier: BSD-2-Clause */
/* Reports that a system is about to boot on the caller's terminal. */
#ifndef PF_REPORT_BOOT_H
#define PF_REPORT_BOOT_H

#include "reporter.h"
#include "src/base/plan_notes.h"

/* If the plan boots a system in the foreground, and standard input is a terminal, reports on stderr
 * who can log in, and which key ends the container. Returns 1 in this case, else 0. */
int pf_report_boot(const struct pf_reporter *to, const struct pf_plan_notes *notes, int key);

#endif
