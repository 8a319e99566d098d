/* SPDX-License-Identifier: BSD-2-Clause */
/* The control socket and the pid file of a detached container. */
#ifndef PF_OP_CONTROL_H
#define PF_OP_CONTROL_H

#include "init/base/run.h"

/* Makes the control directory and the control socket again if they were removed. */
void pf_control_socket_restore(struct pf_run *run);

/* Writes the pid file after the container has started. Returns 0 or -errno. */
int pf_pid_file_write(struct pf_run *run);

/* Removes the control socket and the pid file, and also the directory if it is then empty. */
void pf_control_remove(struct pf_run *run);

#endif
