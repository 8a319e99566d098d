/* SPDX-License-Identifier: BSD-2-Clause */
/* The environment of the command. */
#ifndef PF_ENVIRONMENT_H
#define PF_ENVIRONMENT_H

#include "identity.h"
#include "spec.h"
#include "string_list.h"

/* Collects NAME=VALUE strings: the caller's where the spec keeps them, else a small set that a
 * login gives; then those of the spec. A later one replaces an earlier one of its name. Returns 0
 * or -ENOMEM. */
int pf_environment(const pflask_spec *spec, const struct pf_identity *identity,
		   struct pf_strings *ret);

#endif
