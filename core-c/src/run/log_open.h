/* SPDX-License-Identifier: BSD-2-Clause */
/* Opens the file of --log-file before the start of a container, and removes the file after a start
 * that failed. */
#ifndef PF_LOG_OPEN_H
#define PF_LOG_OPEN_H

#include "container.h"

/* Opens the log file of the plan, if there is such a file. Returns 0 or -errno with *reterr filled
 * in. */
int pf_log_open(pflask_container *container, const pflask_plan *plan, struct pflask_error *reterr);

/* Removes the log file if pf_log_open() has created it, it is empty, and no other start uses it. */
void pf_log_remove(const pflask_container *container);

#endif
