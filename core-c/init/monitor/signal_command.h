/* SPDX-License-Identifier: BSD-2-Clause */
/* Delivery of signals to the command. */
#ifndef PF_SIGNAL_COMMAND_H
#define PF_SIGNAL_COMMAND_H

#include "common/signals.h"
#include "state.h"

/* Tells whether the container's kill signal is sent in place of this signal. */
static inline int pf_is_stop(int signal)
{
	return pf_asks_for_end(signal) && signal != SIGQUIT;
}

/* Kills the container. */
void pf_monitor_kill(struct monitor *monitor);

/* Forwards a signal to the command, which must have been executed. */
void pf_monitor_forward(struct monitor *monitor, int signal);

/* Forwards a signal to the command, or keeps the signal until the command is executed. */
void pf_monitor_signal(struct monitor *monitor, int signal);

#endif
