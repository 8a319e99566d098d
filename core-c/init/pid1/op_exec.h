/* SPDX-License-Identifier: BSD-2-Clause */
/* Becoming the command. */
#ifndef PF_OP_EXEC_H
#define PF_OP_EXEC_H

#include "init/base/run.h"

/* Adds variables to the command's environment, in the place of those of the same names, or at the
 * end. Returns 0 or -errno. */
int pf_add_variables(struct pf_run *run, char **added);

#endif
