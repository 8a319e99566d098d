/* SPDX-License-Identifier: BSD-2-Clause */
/* Chooses the passwd and group files in which the container's users are looked up: those that the
 * container will see. */
#ifndef PF_PASSWD_FILES_H
#define PF_PASSWD_FILES_H

#include "compiler.h"

/* Sets compiler->passwd_files to the files to search. */
void pf_compile_passwd_files(struct pf_compiler *compiler);

#endif
