/* SPDX-License-Identifier: BSD-2-Clause */
/* Copies structures to and from callers. The size of a caller's structure depends on the version of
 * pflask.h with which the caller was compiled. */
#ifndef PF_STRUCT_SIZE_H
#define PF_STRUCT_SIZE_H

#include <stddef.h>
#include <stdint.h>

#include "pflask.h"

/* The sizes of the structures in ABI 2, which are the minimum sizes of a caller's structures. */
enum {
	PF_LEAST_ERROR = 1344,
	PF_LEAST_EXIT = 608,
	PF_LEAST_INFO = 20,
	PF_LEAST_RECORD = 600,
};

/* Copies a structure of `known` bytes to a caller's structure of `size` bytes. Leaves out members
 * that the caller does not know. Sets members that only the caller knows to zero. */
void pf_copy_to_caller(void *to, uint32_t size, const void *from, size_t known);

/* Copies a caller's structure of `size` bytes to a structure of `known` bytes. Leaves out members
 * that the library does not know. Sets members that the caller does not know to zero. */
void pf_take(void *to, size_t known, const void *from, uint32_t size);

/* Refuses a structure that is smaller than `least`. Returns 0 or -EINVAL. */
int pf_check_struct_size(uint32_t size, uint32_t least, struct pflask_error *reterr);

/* Starts a public function. Prepares `error`, the function's own error, which pf_error_give()
 * copies to the caller at the end. Returns 0, or -EINVAL if the caller's structure is too small. */
int pf_error_begin(struct pflask_error *error, const struct pflask_error *reterr, uint32_t size);

/* Copies the error to the caller if r is negative and `reterr` is not NULL. Returns r. */
int pf_error_give(int r, struct pflask_error *error, struct pflask_error *reterr, uint32_t size);

#endif
