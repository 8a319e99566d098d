/* SPDX-License-Identifier: BSD-2-Clause */
/* The environment of the command. */
#ifndef PF_ENVIRONMENT_H
#define PF_ENVIRONMENT_H

#include "src/base/string_list.h"
#include "src/ids/identity.h"
#include "src/spec/spec.h"

/* Collects NAME=VALUE strings: the caller's where the spec keeps them; those that every program
 * expects, where they are missing; then those of the spec, each in the place of an earlier one of
 * its name. The command's user is looked up in `files`. Returns 0 or -ENOMEM. */
int pf_environment(const pflask_spec *spec, struct pf_identity *identity,
		   const struct pf_login_files *files, struct pf_strings *ret);

/* Returns the value of a variable in a list, or NULL. */
const char *pf_variable(const struct pf_strings *list, const char *name);

#endif
