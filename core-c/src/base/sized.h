/* SPDX-License-Identifier: BSD-2-Clause */
/* The structures of callers, which have the sizes of the headers that the callers have. */
#ifndef PF_SIZED_H
#define PF_SIZED_H

#include <stddef.h>
#include <stdint.h>

#include "pflask.h"

/* The sizes of the structures in ABI 2: the least that a caller may give. */
enum {
	PF_LEAST_ERROR = 1344,
	PF_LEAST_EXIT = 608,
	PF_LEAST_INFO = 20,
	PF_LEAST_RECORD = 600,
};

/* Copies a structure of `known` bytes to one of a caller, of `size` bytes. What the caller does not
 * know is left out; what the library does not know becomes zeros. */
void pf_give(void *to, uint32_t size, const void *from, size_t known);

/* Refuses the size of a structure where it is less than `least`. Returns 0 or -EINVAL. */
int pf_check_size(uint32_t size, uint32_t least, struct pflask_error *reterr);

/* Starts a function with an error of its own, which pf_error_give() gives to the caller at the end.
 * Returns 0, or -EINVAL where the caller's error is too small. */
int pf_error_begin(struct pflask_error *error, const struct pflask_error *reterr, uint32_t size);

/* Where r is negative, gives an error to the caller, unless `reterr` is NULL. Returns r. */
int pf_error_give(int r, struct pflask_error *error, struct pflask_error *reterr, uint32_t size);

#endif
