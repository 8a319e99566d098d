/* SPDX-License-Identifier: BSD-2-Clause */
/* Describes how a container ended, as text and as an exit status. */
#ifndef PF_END_TEXT_H
#define PF_END_TEXT_H

#include "pflask.h"

#define PF_SIGNAL_TEXT 24

/* Returns pflask's exit status for a container that has ended. */
int pf_end_status(const struct pflask_exit *end);

/* Writes how a container ended, for example "exit 3" or "killed: out of memory". */
void pf_end_text(const struct pflask_exit *end, char ret[64]);

/* Writes the name of a signal, "SIGTERM", "SIGRTMIN+3". */
void pf_signal_text(int signal, char ret[PF_SIGNAL_TEXT]);

#endif
