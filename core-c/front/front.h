/* SPDX-License-Identifier: BSD-2-Clause */
/* The front: carries out a command line without Bun. */
#ifndef PF_FRONT_H
#define PF_FRONT_H

/* Carries out a command line and ends the process with its exit status. Returns 0 for a command
 * line that Bun has to carry out: nothing has been printed, and nothing is left open or changed.
 * Bun then begins from the start. */
int pf_front(int argc, char **argv, char **envp);

#endif
