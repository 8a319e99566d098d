/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Typed keys that stand for a signal. In raw mode the caller's terminal sends no signal. The
 * container's terminal sends the signal, and only to the command.
 */
#ifndef PF_TYPED_H
#define PF_TYPED_H

#include <stddef.h>

#include "pflask.h"

/* Notes the signal, INT or QUIT, of the last such key. `master` is the container's terminal, which
 * defines the keys; with -1 the keys are ^C and ^\. */
void pf_typed_note(int *typed, int master, const char *data, size_t size);

/* Returns the noted signal if the signal has ended the command and the program is in the foreground
 * of the caller's terminal, else 0. */
int pf_typed_signal(int typed, int terminal, const struct pflask_exit *end);

#endif
