/* SPDX-License-Identifier: BSD-2-Clause */
/* Building a plan: operations are added in order, then laid out in one buffer. */
#ifndef PF_ENCODE_H
#define PF_ENCODE_H

#include <stddef.h>
#include <stdint.h>

#include "common/protocol/plan.h"

/* An argument: a number, or a string, or a list that a NULL ends. */
struct pf_argument {
	uint64_t number;
	const char *string;
	char *const *list;
};

#define PF_N(value) ((struct pf_argument){.number = (uint64_t)(value)})
#define PF_S(value) ((struct pf_argument){.string = (value)})
#define PF_L(value) ((struct pf_argument){.list = (value)})

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
	int failed; /* -ENOMEM or -E2BIG, seen by pf_encode_finish() */
};

/* Adds an operation; what is missing of the arguments is 0. Strings are copied. */
void pf_encode(struct pf_encoder *encoder, enum pf_op_code code,
	       const struct pf_argument arguments[PF_OP_ARGS]);

#define PF_ENCODE(encoder, name, ...) \
	pf_encode(encoder, PF_OP_##name, (const struct pf_argument[PF_OP_ARGS]){__VA_ARGS__})

/* Lays the plan out and frees the encoder. Returns its size and gives *ret, to be freed by the
 * caller; or -ENOMEM, or -E2BIG. */
int pf_encode_finish(struct pf_encoder *encoder, void **ret);

#endif
