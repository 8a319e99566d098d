/* SPDX-License-Identifier: BSD-2-Clause */
/* Compiles --log-file (log_file.h). */
#define _GNU_SOURCE
#include "log_file.h"

int pf_compile_log_file_check(struct pf_compiler *compiler)
{
	const char *path = compiler->spec->logFile;

	return path ? pf_make_absolute(compiler, "logFile", path, compiler->log_path) : 0;
}

void pf_compile_log_file(struct pf_compiler *compiler)
{
	if (compiler->spec->logFile) /* pf_log_open() opens the file */
		PF_ENCODE(&compiler->encoder, log_file, PF_S(compiler->log_path), PF_N(-1));
}
