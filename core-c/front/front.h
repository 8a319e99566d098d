/* SPDX-License-Identifier: BSD-2-Clause */
/* The front: carries out a command line without Bun. */
#ifndef PF_FRONT_H
#define PF_FRONT_H

/* Carries out a command line and ends the process with its exit status. Returns 0 for a command
 * line that Bun must carry out from the start. In this case, nothing has been printed, and nothing
 * is left open or changed. */
int pf_front(int argc, char **argv, char **envp);

#endif
