/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Turns the field confine into the defaults of other fields. All other parts of the compiler read
 * only the effective spec, and need no code for confine. A field that the caller has set keeps its
 * value. The caller's items of a list follow the items of confine, and so replace them.
 */
#ifndef PF_CONFINED_H
#define PF_CONFINED_H

#include "compiler.h"

/* Makes the effective spec, without the defaults that depend on the user. */
void pf_confined_spec(struct pf_compiler *compiler, const pflask_spec *spec);

/* Adds to the effective spec the defaults that depend on the user: the private directories, HOME,
 * and a limit for root of the host. The identity of the container must be known. Returns 0, or
 * -errno with an error. */
int pf_confined_user(struct pf_compiler *compiler);

void pf_confined_free(struct pf_compiler *compiler);

#endif
