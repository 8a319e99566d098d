/* SPDX-License-Identifier: BSD-2-Clause */
/* Copies structures from and to callers (struct_size.h). */
#include "struct_size.h"

#include <errno.h>
#include <string.h>

#include "error.h"
#include "numbers.h"

_Static_assert(sizeof(struct pflask_error) >= PF_LEAST_ERROR, "a structure only grows");
_Static_assert(sizeof(struct pflask_exit) >= PF_LEAST_EXIT, "a structure only grows");
_Static_assert(sizeof(struct pflask_info) >= PF_LEAST_INFO, "a structure only grows");
_Static_assert(sizeof(struct pflask_record) >= PF_LEAST_RECORD, "a structure only grows");

void pf_copy_to_caller(void *to, uint32_t size, const void *from, size_t known)
{
	if (size <= known) {
		memcpy(to, from, size);
		return;
	}
	memcpy(to, from, known);
	memset((char *)to + known, 0, size - known);
}

void pf_take(void *to, size_t known, const void *from, uint32_t size)
{
	memset(to, 0, known);
	memcpy(to, from, size < known ? size : known);
}

int pf_check_struct_size(uint32_t size, uint32_t least, struct pflask_error *reterr)
{
	if (size >= least)
		return 0;
	return pf_error_internal(reterr, EINVAL,
				 "a structure of %u bytes is too small: at least %u are required",
				 size, least);
}

/* Clears only the code, because a successful start should not touch the rest of the memory. */
int pf_error_begin(struct pflask_error *error, const struct pflask_error *reterr, uint32_t size)
{
	error->code = 0;
	return reterr && size < PF_LEAST_ERROR ? -EINVAL : 0;
}

int pf_error_give(int r, struct pflask_error *error, struct pflask_error *reterr, uint32_t size)
{
	if (r >= 0 || !reterr || size < PF_LEAST_ERROR)
		return r;
	if (error->code == 0)
		pf_error_internal(error, -r, "%s", pf_errno_text(-r));
	pf_copy_to_caller(reterr, size, error, sizeof(*error));
	return r;
}
