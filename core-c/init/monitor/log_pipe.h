/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A pipe for the output of a detached command that has no terminal. The monitor copies the output
 * from the pipe to the log (--log-file). The command does not get the log file itself, because
 * ">/dev/stderr" in a shell would empty the file.
 */
#ifndef PF_LOG_PIPE_H
#define PF_LOG_PIPE_H

#include "init/base/run.h"

/* Makes the pipe, and replaces standard output and standard error of the command with it
 * (run->inside.stdio). Returns 0 or -errno. */
int pf_log_pipe_open(struct pf_run *run);

/* Copies some output from the pipe to the log, without waiting. Returns whether there was
 * output. */
int pf_log_pipe_read(struct pf_detached_state *detached);

/* Copies all output that is in the pipe when the command has ended to the log. Does not wait for
 * later output. */
void pf_log_pipe_drain(struct pf_detached_state *detached);

#endif
