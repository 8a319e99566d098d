/* SPDX-License-Identifier: BSD-2-Clause */
/* Fills in a struct pflask_error: the failed thing, the reason, and a hint. */
#ifndef PF_ERROR_H
#define PF_ERROR_H

#include "pflask.h"

/* Makes an error about a field of the spec. `message` is a printf-like format, "value: why".
 * Returns -number, or -EINVAL if `number` is 0. */
int pf_error_field(struct pflask_error *reterr, const char *field, int number, const char *message,
		   ...) __attribute__((format(printf, 4, 5)));

/* Adds a hint to an error. */
void pf_error_hint(struct pflask_error *reterr, const char *hint, ...)
	__attribute__((format(printf, 2, 3)));

/* Makes an error of the library or of pflask-init. Returns -number, or -EPROTO if number is not
 * positive. */
int pf_error_internal(struct pflask_error *reterr, int number, const char *message, ...)
	__attribute__((format(printf, 3, 4)));

/* Make an error in two steps: pf_error_start() sets all members except the message, and
 * pf_error_say() sets the message. The functions above call both. */
void pf_error_start(struct pflask_error *error, enum pflask_code code, int number);
void pf_error_say(struct pflask_error *error, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

#endif
