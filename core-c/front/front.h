/* SPDX-License-Identifier: BSD-2-Clause */
/* The front: the code in the pflask executable that runs common command lines in C, without
 * starting Bun. */
#ifndef PF_FRONT_H
#define PF_FRONT_H

/* Carries out a command line, and exits with its exit status. If only Bun can carry out the command
 * line, returns 0, and nothing has been printed, opened or changed. */
int pf_front(int argc, char **argv, char **envp);

#endif
