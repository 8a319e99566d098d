/* SPDX-License-Identifier: BSD-2-Clause */
/* Decides which passwd and group files are searched for users of a container: the files that the
 * container sees. */
#ifndef PF_ACCOUNTS_H
#define PF_ACCOUNTS_H

#include "builder.h"

/* Sets compiler->accounts to the files to search. */
void pf_compile_accounts(struct pf_compiler *compiler);

#endif
