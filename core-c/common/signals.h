/* SPDX-License-Identifier: BSD-2-Clause */
/* Classifies signals, for the processes that forward signals to a command. */
#ifndef PF_SIGNALS_H
#define PF_SIGNALS_H

#include <signal.h>
#include <stdint.h>

/* Tells whether a signal asks a command to end. Such a signal must be followed by SIGCONT, because
 * a stopped command does not end. */
static inline int pf_is_end_signal(int signal)
{
	return signal == SIGTERM || signal == SIGINT || signal == SIGHUP || signal == SIGQUIT;
}

/* Tells whether a signal is forwarded to the whole process group of a command, as a terminal does.
 * A shell that waits for its child acts on ^C only if the child gets SIGINT, too. */
static inline int pf_is_group_signal(int signal)
{
	return signal == SIGINT || signal == SIGQUIT || signal == SIGHUP || signal == SIGSTOP ||
	       signal == SIGCONT;
}

/* Returns the bit of a signal in a set of pending signals: bit N-1 for signal N. */
static inline uint64_t pf_signal_bit(int signal)
{
	return 1ull << (signal - 1);
}

/* Adds a signal to the set of signals that are kept until the command is executed. Returns the new
 * set. As in the kernel, a stop signal and SIGCONT cancel each other. A signal that asks the
 * command to end cancels an earlier stop signal, because SIGCONT follows. */
static inline uint64_t pf_add_signal(uint64_t waiting, int signal)
{
	if (signal == SIGCONT || pf_is_end_signal(signal))
		waiting &= ~pf_signal_bit(SIGSTOP);
	else if (signal == SIGSTOP)
		waiting &= ~pf_signal_bit(SIGCONT);
	return waiting | pf_signal_bit(signal);
}

/* Removes the lowest signal from a set of pending signals, and returns the signal. Returns 0 if the
 * set is empty. */
static inline int pf_take_signal(uint64_t *waiting)
{
	int signal = *waiting ? __builtin_ctzll(*waiting) + 1 : 0;

	*waiting &= *waiting - 1;
	return signal;
}

#endif
