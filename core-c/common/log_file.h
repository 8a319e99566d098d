/* SPDX-License-Identifier: BSD-2-Clause */
/* Writes the output of a command to the file of --log-file. */
#ifndef PF_LOG_FILE_H
#define PF_LOG_FILE_H

#include <stddef.h>

struct pf_log_file {
	int fd;    /* the open log file, or -1 */
	int error; /* errno of the first write that failed, or 0 */
};

/* Appends output to the log file. If a write fails, only this output is lost, and later output is
 * still written. */
void pf_log_put(struct pf_log_file *log, const char *data, size_t size);

#endif
