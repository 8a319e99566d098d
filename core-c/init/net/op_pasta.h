/* SPDX-License-Identifier: BSD-2-Clause */
/* Connects a container to the network through pasta(1) or slirp4netns(1). */
#ifndef PF_OP_PASTA_H
#define PF_OP_PASTA_H

#include "init/base/run.h"

/* Ends pasta or slirp4netns, and waits for its end. */
void pf_stop_net_program(struct pf_run *run);

#endif
