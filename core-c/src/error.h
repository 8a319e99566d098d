/* SPDX-License-Identifier: BSD-2-Clause */
/* Filling in a struct pflask_error: what failed, why, and what to do. */
#ifndef PF_ERROR_H
#define PF_ERROR_H

#include "origins.h"
#include "pflask.h"
#include "wire.h"

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

/* An operation of a plan failed; `origin`, or NULL, is where it comes from. Returns -errno. */
int pf_error_operation(struct pflask_error *reterr, const void *plan,
		       const struct pf_origin *origin, const struct pf_failed *failed);

/* Adds the remedy for a failed operation, where one is known: one table, and for a missing
 * privilege a look at what blocks it on this system. */
void pf_hint(struct pflask_error *error, const void *plan);

/* The same where newuidmap(1) or newgidmap(1) has refused: it has said why, which is looked up. */
void pf_hint_maps(struct pflask_error *error, const void *plan);

#endif
