/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Recognizes typed keys that stand for a signal. In raw mode, the caller's terminal sends no
 * signal. The container's terminal sends the signal, but only to the command.
 */
#ifndef PF_TYPED_SIGNAL_H
#define PF_TYPED_SIGNAL_H

#include <stddef.h>

#include "pflask.h"

/* Records the signal of the last typed key that stands for a signal: INT or QUIT. `master` is the
 * container's terminal, which defines the keys. If `master` is -1, the keys are ^C and ^\. */
void pf_note_typed_signal(int *typed, int master, const char *data, size_t size);

/* Returns the recorded signal if the signal has ended the command and the program is in the
 * foreground of the caller's terminal, else 0. */
int pf_typed_signal(int typed, int terminal, const struct pflask_exit *end);

#endif
