/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The pipe through which a detached command without a terminal writes to the log. If the command
 * had the file of the log itself, a shell's ">/dev/stderr" would empty the file.
 */
#ifndef PF_LOG_PIPE_H
#define PF_LOG_PIPE_H

#include "init/base/run.h"

/* Makes the pipe, and gives it to the command as standard output and standard error, in place of
 * the descriptors in run->inside.stdio. Returns 0 or -errno. */
int pf_log_pipe_open(struct pf_run *run);

/* Copies to the log some of the output that the pipe has. Does not wait. Returns whether there was
 * output. */
int pf_log_pipe_read(struct pf_detached_state *detached);

/* Copies all output that the command has left in the pipe. Does not wait for later output. */
void pf_log_pipe_drain(struct pf_detached_state *detached);

#endif
