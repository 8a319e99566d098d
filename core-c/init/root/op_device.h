/* SPDX-License-Identifier: BSD-2-Clause */
/* Opens the terminal of a container. */
#ifndef PF_OP_DEVICE_H
#define PF_OP_DEVICE_H

#include "init/base/run.h"

/* Opens a pty through the multiplexer (ptmx) at `path`, and sends the pty master to the monitor.
 * For a size of 0, uses the size of the caller's terminal, or the default. Returns 0 or -errno. */
int pf_open_pty(struct pf_run *run, const char *path, uint64_t rows, uint64_t cols);

#endif
