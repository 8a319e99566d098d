/* SPDX-License-Identifier: BSD-2-Clause */
/* Devices, and the terminal of a container. */
#ifndef PF_OP_DEVICE_H
#define PF_OP_DEVICE_H

#include "init/base/run.h"

/* Opens a pty by the path of its multiplexer, of a size (0: what the caller's terminal has, or 24 x
 * 80), and sends its master to the monitor. Returns 0 or -errno. */
int pf_open_terminal(struct pf_run *run, const char *path, uint64_t rows, uint64_t cols);

#endif
