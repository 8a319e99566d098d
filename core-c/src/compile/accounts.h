/* SPDX-License-Identifier: BSD-2-Clause */
/* Where users of a container are looked up: in the files that it sees. */
#ifndef PF_ACCOUNTS_H
#define PF_ACCOUNTS_H

#include "builder.h"

/* Finds out where users of the container are looked up. */
void pf_compile_accounts(struct pf_compiler *compiler);

#endif
