/* SPDX-License-Identifier: BSD-2-Clause */
/* Signals on their way to the command. */
#ifndef PF_SIGNAL_COMMAND_H
#define PF_SIGNAL_COMMAND_H

#include "common/signals.h"
#include "state.h"

/* Tells whether a signal becomes the kill signal, where there is one. */
static inline int pf_is_stop(int signal)
{
	return pf_asks_for_end(signal) && signal != SIGQUIT;
}

/* Kills the container. */
void pf_monitor_kill(struct monitor *monitor);

/* Forwards a signal to a command that has been executed. */
void pf_monitor_forward(struct monitor *monitor, int signal);

/* The same, to a command that may not have been executed yet. */
void pf_monitor_signal(struct monitor *monitor, int signal);

#endif
