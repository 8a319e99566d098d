/* SPDX-License-Identifier: BSD-2-Clause */
/* The operations of a plan in words, for errors: what could not be done. */
#ifndef PF_SENTENCE_H
#define PF_SENTENCE_H

#include <stddef.h>

#include "common/protocol/plan.h"

/* Writes what an operation could not do, NUL-terminated and cut at `size`: "no cgroup can be made".
 * Only the reason is missing. */
void pf_sentence(const void *plan, const struct pf_op *op, char *ret, size_t size);

/* The same where the arguments are not known. Leaves *ret alone where nothing can be said then. */
void pf_sentence_alone(enum pf_op_code code, char *ret, size_t size);

#endif
