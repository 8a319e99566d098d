/* SPDX-License-Identifier: BSD-2-Clause */
/* Which signals a process handles. */
#ifndef PF_HANDLED_SIGNALS_H
#define PF_HANDLED_SIGNALS_H

#include <sys/types.h>

/* Tells from /proc/PID/status whether a process catches or blocks a signal: one that blocks it
 * reads it from a signalfd, as systemd does. */
int pf_handles_signal(pid_t pid, int signal);

#endif
