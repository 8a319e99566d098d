/* SPDX-License-Identifier: BSD-2-Clause */
/* The program that translates for a container: pasta(1) or slirp4netns(1). */
#ifndef PF_OP_PASTA_H
#define PF_OP_PASTA_H

#include "init/base/run.h"

/* Ends the program that translates for the container, and waits for its end. */
void pf_end_network(struct pf_run *run);

#endif
