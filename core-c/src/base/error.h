/* SPDX-License-Identifier: BSD-2-Clause */
/* Filling in a struct pflask_error: what failed, why, and what to do. */
#ifndef PF_ERROR_H
#define PF_ERROR_H

#include "pflask.h"

/* A field of the spec is to blame. `message` is printf-like, "value: why". Returns -number, or
 * -EINVAL where number is 0. */
int pf_error_field(struct pflask_error *reterr, const char *field, int number, const char *message,
		   ...) __attribute__((format(printf, 4, 5)));

/* As a hint of the error that was made last. */
void pf_error_hint(struct pflask_error *reterr, const char *hint, ...)
	__attribute__((format(printf, 2, 3)));

/* The library or its helper is to blame. Returns -number. */
int pf_error_internal(struct pflask_error *reterr, int number, const char *message, ...)
	__attribute__((format(printf, 3, 4)));

/* The parts of these: starts an error that has no text yet, and sets its message. */
void pf_error_start(struct pflask_error *error, enum pflask_code code, int number);
void pf_error_say(struct pflask_error *error, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

#endif
