/* SPDX-License-Identifier: BSD-2-Clause */
/* Compiles the file to which all output of the command is appended. */
#ifndef PF_COMPILE_LOG_FILE_H
#define PF_COMPILE_LOG_FILE_H

#include "compiler.h"

/* pf_compile_log_file() adds the operation. Call pf_compile_log_file_check() first, which returns
 * 0, or -errno with *compiler->error filled in. */
int pf_compile_log_file_check(struct pf_compiler *compiler);
void pf_compile_log_file(struct pf_compiler *compiler);

#endif
