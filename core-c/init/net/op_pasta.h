/* SPDX-License-Identifier: BSD-2-Clause */
/* Connects a container to the network by a program: pasta(1) or slirp4netns(1). */
#ifndef PF_OP_PASTA_H
#define PF_OP_PASTA_H

#include "init/base/run.h"

/* Ends the container's network program, and waits for its end. */
void pf_stop_net_program(struct pf_run *run);

#endif
