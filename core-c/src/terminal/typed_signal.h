/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Finds keys in typed input that stand for a signal, such as ^C. In raw mode, the caller's terminal
 * sends no signal, and the container's terminal sends it only to the command.
 */
#ifndef PF_TYPED_SIGNAL_H
#define PF_TYPED_SIGNAL_H

#include <stddef.h>

#include "pflask.h"

/* If typed input has a key for SIGINT or SIGQUIT, stores the signal of the last such key in *typed.
 * `master` is the container's terminal, which defines the keys; -1: the keys are ^C and ^\. */
void pf_note_typed_signal(int *typed, int master, const char *data, size_t size);

/* Returns the stored signal if it has ended the command and the program is in the foreground of the
 * caller's terminal, else 0. */
int pf_typed_signal(int typed, int terminal, const struct pflask_exit *end);

#endif
