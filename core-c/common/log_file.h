/* SPDX-License-Identifier: BSD-2-Clause */
/* Writes the output of a command to the file of --log-file. */
#ifndef PF_LOG_FILE_H
#define PF_LOG_FILE_H

#include <stddef.h>

struct pf_log_file {
	int fd;    /* the open log file; -1: no file */
	int error; /* errno of the first failed write, or 0 */
};

/* Appends output to the file. A failure loses only this output: later output is still written. */
void pf_log_put(struct pf_log_file *log, const char *data, size_t size);

#endif
