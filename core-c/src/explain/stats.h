/* SPDX-License-Identifier: BSD-2-Clause */
/* Prints the resources that a container has used, as text. */
#ifndef PF_STATS_H
#define PF_STATS_H

#include "pflask.h"

/* Returns the word that stands for a reason in the output for programs. */
const char *pf_reason_word(int32_t reason);

/* Prints on stderr why a container has ended, and which resources the container has used. Leaves
 * out a number that is not known. */
void pf_print_stats(const struct pflask_exit *end, int status);

/* Tells whether the numbers of wait4(2) are known. */
int pf_has_usage(const struct pflask_exit *end);

#endif
