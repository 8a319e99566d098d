/* SPDX-License-Identifier: BSD-2-Clause */
/* What signals mean, for all who forward them. */
#ifndef PF_SIGNALS_H
#define PF_SIGNALS_H

#include <signal.h>
#include <stdint.h>

/* Tells whether a signal asks a command to end. Such a signal is followed by SIGCONT, or a command
 * that is stopped would not end before another process continues it. */
static inline int pf_asks_for_end(int signal)
{
	return signal == SIGTERM || signal == SIGINT || signal == SIGHUP || signal == SIGQUIT;
}

/* Tells whether a signal goes to the whole process group of a command, as a terminal sends it: a
 * shell that waits for its child acts on ^C only when the child has had it, too. */
static inline int pf_is_for_group(int signal)
{
	return signal == SIGINT || signal == SIGQUIT || signal == SIGHUP || signal == SIGSTOP ||
	       signal == SIGCONT;
}

/* Signals that wait for a command that has not been executed yet: bit N-1 for signal N. */
static inline uint64_t pf_signal_bit(int signal)
{
	return 1ull << (signal - 1);
}

/* Returns the signals that wait once one more has come: of a stop, and a signal that undoes a stop,
 * the later one counts, as in the kernel. */
static inline uint64_t pf_signals_with(uint64_t waiting, int signal)
{
	if (signal == SIGCONT || pf_asks_for_end(signal))
		waiting &= ~pf_signal_bit(SIGSTOP);
	else if (signal == SIGSTOP)
		waiting &= ~pf_signal_bit(SIGCONT);
	return waiting | pf_signal_bit(signal);
}

/* Takes the lowest signal out of those that wait. Returns 0 where none does. */
static inline int pf_take_signal(uint64_t *waiting)
{
	int signal = *waiting ? __builtin_ctzll(*waiting) + 1 : 0;

	*waiting &= *waiting - 1;
	return signal;
}

#endif
