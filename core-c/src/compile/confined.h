/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Compiles the field `confine`: changes the defaults of other fields, in a copy of the spec, the
 * effective spec. The other parts of the compiler read only the effective spec, and know nothing of
 * `confine`. A field that the caller has set keeps its value. The caller's items of a list come
 * after those of `confine`, and so replace them.
 */
#ifndef PF_CONFINED_H
#define PF_CONFINED_H

#include "compiler.h"

/* Makes the effective spec, without the defaults that depend on the user. */
void pf_confined_spec(struct pf_compiler *compiler, const pflask_spec *spec);

/* Adds the defaults that depend on the user to the effective spec: private directories, HOME, and a
 * limit for root of the host. The identity of the container must be known. Returns 0, or -errno
 * with an error. */
int pf_confined_user(struct pf_compiler *compiler);

void pf_confined_free(struct pf_compiler *compiler);

#endif
