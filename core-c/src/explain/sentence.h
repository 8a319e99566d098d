/* SPDX-License-Identifier: BSD-2-Clause */
/* Puts a failed operation of a plan into words, for errors. */
#ifndef PF_SENTENCE_H
#define PF_SENTENCE_H

#include <stddef.h>

#include "common/protocol/plan.h"

/* Writes what an operation could not do, NUL-terminated and cut at `size`: "cannot create a cgroup
 * for the container". The caller adds the reason. */
void pf_sentence(const void *plan, const struct pf_op *op, char *ret, size_t size);

/* Writes what an operation could not do if its arguments are unknown. Leaves *ret unchanged if the
 * operation has no sentence without arguments. */
void pf_sentence_alone(enum pf_op_code code, char *ret, size_t size);

#endif
