/* SPDX-License-Identifier: BSD-2-Clause */
/* Names the calling process. */
#ifndef PF_PROCESS_NAME_H
#define PF_PROCESS_NAME_H

#include "run.h"

/* Sets the name of the calling process in ps(1) and pidof(8): at most 15 characters
 * (PR_SET_NAME(2const)). Only a monitor has the name `pflask`. */
void pf_set_process_name(const struct pf_run *run, const char *name);

#endif
