/* SPDX-License-Identifier: BSD-2-Clause */
/* Chooses the passwd and group files in which users of a container are searched: the files that the
 * container sees. */
#ifndef PF_ACCOUNTS_H
#define PF_ACCOUNTS_H

#include "builder.h"

/* Sets compiler->accounts to the files to search. */
void pf_compile_accounts(struct pf_compiler *compiler);

#endif
