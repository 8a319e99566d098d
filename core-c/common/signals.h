/* SPDX-License-Identifier: BSD-2-Clause */
/* The meaning of signals, for the processes that forward them. */
#ifndef PF_SIGNALS_H
#define PF_SIGNALS_H

#include <signal.h>
#include <stdint.h>

/* Tells whether a signal asks a command to end. The sender adds SIGCONT to such a signal, because a
 * stopped command would not end until another process continues it. */
static inline int pf_asks_for_end(int signal)
{
	return signal == SIGTERM || signal == SIGINT || signal == SIGHUP || signal == SIGQUIT;
}

/* Tells whether a signal goes to the whole process group of a command, as a terminal sends it: a
 * shell that waits for its child acts on ^C only when the child gets ^C, too. */
static inline int pf_is_for_group(int signal)
{
	return signal == SIGINT || signal == SIGQUIT || signal == SIGHUP || signal == SIGSTOP ||
	       signal == SIGCONT;
}

/* Returns the bit of a signal that waits until the command is executed: bit N-1 for signal N. */
static inline uint64_t pf_signal_bit(int signal)
{
	return 1ull << (signal - 1);
}

/* Adds a signal to those that wait, and returns them. Of a stop and a signal that undoes a stop,
 * the later one counts, as in the kernel. */
static inline uint64_t pf_signals_with(uint64_t waiting, int signal)
{
	if (signal == SIGCONT || pf_asks_for_end(signal))
		waiting &= ~pf_signal_bit(SIGSTOP);
	else if (signal == SIGSTOP)
		waiting &= ~pf_signal_bit(SIGCONT);
	return waiting | pf_signal_bit(signal);
}

/* Takes the lowest signal out of those that wait. Returns 0 where there is none. */
static inline int pf_take_signal(uint64_t *waiting)
{
	int signal = *waiting ? __builtin_ctzll(*waiting) + 1 : 0;

	*waiting &= *waiting - 1;
	return signal;
}

#endif
