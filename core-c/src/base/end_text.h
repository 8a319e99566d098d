/* SPDX-License-Identifier: BSD-2-Clause */
/* Says in words, and by an exit status, how a container has ended. */
#ifndef PF_END_TEXT_H
#define PF_END_TEXT_H

#include "pflask.h"

#define PF_SIGNAL_TEXT 24

/* Returns the exit status for the reason of an end. */
int pf_end_status(const struct pflask_exit *end);

/* Writes the reason of an end, as in "exit 3" and "killed: out of memory". */
void pf_end_text(const struct pflask_exit *end, char ret[64]);

/* Writes the name of a signal, "SIGTERM", "SIGRTMIN+3". */
void pf_signal_text(int signal, char ret[PF_SIGNAL_TEXT]);

#endif
