/* SPDX-License-Identifier: BSD-2-Clause */
/* Builds a plan: collects the operations in order, then lays them out in one buffer. */
#ifndef PF_ENCODE_H
#define PF_ENCODE_H

#include <stddef.h>
#include <stdint.h>

#include "common/protocol/plan.h"

struct sock_filter; /* linux/filter.h */

/* An argument of an operation: a number, a string, a list of strings that ends with NULL, or a
 * filter with `number` instructions. */
struct pf_argument {
	uint64_t number;
	const char *string;
	char *const *list;
	const struct sock_filter *filter;
};

#define PF_N(value) ((struct pf_argument){.number = (uint64_t)(value)})
#define PF_S(value) ((struct pf_argument){.string = (value)})
#define PF_L(value) ((struct pf_argument){.list = (value)})
#define PF_B(value, count) ((struct pf_argument){.filter = (value), .number = (count)})

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
	int failed; /* 0, or the error that pf_encode_finish() returns: -ENOMEM or -E2BIG */
};

/* Adds an operation. Missing arguments are 0. Copies the strings. */
void pf_encode(struct pf_encoder *encoder, enum pf_op_code code,
	       const struct pf_argument arguments[PF_OP_ARGS]);

#define PF_ENCODE(encoder, name, ...) \
	pf_encode(encoder, PF_OP_##name, (const struct pf_argument[PF_OP_ARGS]){__VA_ARGS__})

/* Lays out the plan and frees the encoder. Returns the size and sets *ret, which the caller frees;
 * or returns -ENOMEM or -E2BIG. */
int pf_encode_finish(struct pf_encoder *encoder, void **ret);

#endif
