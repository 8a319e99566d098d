/* SPDX-License-Identifier: BSD-2-Clause */
/* Builds a plan: collects the operations in order, then lays them out in one buffer. */
#ifndef PF_ENCODE_H
#define PF_ENCODE_H

#include <stddef.h>
#include <stdint.h>

#include "common/protocol/plan.h"

struct sock_fprog; /* linux/filter.h */

/* An argument of an operation: a number, a string, a list of strings that ends with NULL, or a
 * filter. */
#define PF_N(value) ((uint64_t)(value))
#define PF_S(value) ((uint64_t)(uintptr_t)(const char *){value})
#define PF_L(value) ((uint64_t)(uintptr_t)(char *const *){value})
#define PF_B(value) ((uint64_t)(uintptr_t)(const struct sock_fprog *){value})

struct pf_buffer {
	void *data;
	size_t used;
	size_t size;
};

struct pf_encoder {
	struct pf_buffer ops;
	struct pf_buffer tables;
	struct pf_buffer strings;
	uint32_t count;
	int failed; /* error that pf_encode_finish() returns: -ENOMEM or -E2BIG; or 0 */
};

/* Adds an operation, with an argument for each letter in ops.def (checked by
 * scripts/test/encode.test.ts). Copies the strings; NULL stands for "". The arguments are not an
 * array, because filling registers takes much less code than filling an array. */
void pf_encode(struct pf_encoder *encoder, enum pf_op_code code, ...);

#define PF_ENCODE(encoder, ...) pf_encode(encoder, PF_OP_##__VA_ARGS__)

/* Lays out the plan and frees the encoder. Returns the size and sets *ret, which the caller frees;
 * or returns -ENOMEM or -E2BIG. */
int pf_encode_finish(struct pf_encoder *encoder, void **ret);

#endif
