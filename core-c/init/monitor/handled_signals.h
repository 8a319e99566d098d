/* SPDX-License-Identifier: BSD-2-Clause */
/* Tells what a process does with a signal. */
#ifndef PF_HANDLED_SIGNALS_H
#define PF_HANDLED_SIGNALS_H

#include <sys/types.h>

/* Tells from /proc/PID/status whether a process catches or blocks a signal. A blocked signal counts
 * as handled, because a program such as systemd reads blocked signals from a signalfd. */
int pf_is_signal_handled(pid_t pid, int signal);

/* Tells from /proc/PID/status whether a process ignores a signal. */
int pf_is_signal_ignored(pid_t pid, int signal);

#endif
