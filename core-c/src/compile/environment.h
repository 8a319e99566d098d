/* SPDX-License-Identifier: BSD-2-Clause */
/* Makes the environment of the command. */
#ifndef PF_ENVIRONMENT_H
#define PF_ENVIRONMENT_H

#include "src/base/string_list.h"
#include "src/ids/identity.h"
#include "src/spec/spec.h"

/* Makes the environment of the command, a list of NAME=VALUE: the caller's variables, if the spec
 * keeps them; then missing variables that every program expects, and container=pflask; then the
 * variables of the spec, which replace earlier variables of the same name. `files` are searched for
 * the command's user. Returns 0 or -ENOMEM. */
int pf_make_environment(const pflask_spec *spec, struct pf_identity *identity,
			const struct pf_passwd_files *files, struct pf_strings *ret);

/* Returns the value of a variable in a list, or NULL. */
const char *pf_find_variable(const struct pf_strings *list, const char *name);

#endif
