/* SPDX-License-Identifier: BSD-2-Clause */
/* Describes failed operations of a plan in words, for errors. */
#ifndef PF_SENTENCE_H
#define PF_SENTENCE_H

#include <stddef.h>

#include "common/protocol/plan.h"

/* Writes what an operation could not do, NUL-terminated and cut at `size`: "cannot create a cgroup
 * for the container". The caller adds the reason. */
void pf_sentence(const void *plan, const struct pf_op *op, char *ret, size_t size);

/* Writes what an operation could not do, without its arguments. Leaves *ret unchanged if the
 * operation has no such sentence. */
void pf_sentence_alone(enum pf_op_code code, char *ret, size_t size);

#endif
