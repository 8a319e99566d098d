/* SPDX-License-Identifier: BSD-2-Clause */
/* Prints the resource usage of a container, as text. */
#ifndef PF_STATS_H
#define PF_STATS_H

#include "pflask.h"

/* Returns the word that stands for an exit reason in output for programs. */
const char *pf_reason_word(int32_t reason);

/* Prints the exit reason and the resource usage of a container on stderr. Leaves out unknown
 * numbers. */
void pf_print_stats(const struct pflask_exit *end, int status);

/* Tells whether the resource usage from wait4(2) is known. */
int pf_has_usage(const struct pflask_exit *end);

#endif
