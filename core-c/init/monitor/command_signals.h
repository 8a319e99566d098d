/* SPDX-License-Identifier: BSD-2-Clause */
/* Delivers signals to the command of a container. */
#ifndef PF_COMMAND_SIGNALS_H
#define PF_COMMAND_SIGNALS_H

#include "common/signals.h"
#include "handled_signals.h"
#include "monitor.h"

/* Tells whether the container's kill signal (--kill-signal) is sent in place of this signal. */
static inline int pf_is_replaced_signal(int signal)
{
	return pf_is_end_signal(signal) && signal != SIGQUIT;
}

/* Tells whether SIGHUP must follow `signal`, for a command that has its own terminal and ignores
 * SIGTERM. An interactive shell ignores SIGTERM, but ends on SIGHUP. A command that handles SIGTERM
 * gets no SIGHUP, which could end the command before its handler has finished. */
static inline int pf_is_hangup_needed(pid_t command, int signal)
{
	return signal == SIGTERM && pf_is_signal_ignored(command, SIGTERM);
}

/* Starts the time limit of the command if the command runs, else the time limit of the set-up. A
 * limit of 0 means no limit. */
void pf_start_timeout(struct monitor *monitor);

/* Ends the command, because its time limit has passed. */
void pf_time_out(struct monitor *monitor);

/* Kills the container. */
void pf_kill_container(struct monitor *monitor);

/* Sends a signal to the command, which must have been executed. */
void pf_forward_signal(struct monitor *monitor, int signal);

/* Sends a signal to the command, or keeps the signal until the command is executed. */
void pf_deliver_signal(struct monitor *monitor, int signal);

#endif
