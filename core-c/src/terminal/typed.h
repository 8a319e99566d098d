/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Keys that stand for a signal. In raw mode the caller's terminal sends none: the terminal of the
 * container does, to the command alone.
 */
#ifndef PF_TYPED_H
#define PF_TYPED_H

#include <stddef.h>

#include "pflask.h"

/* Notes the signal, INT or QUIT, that the last such key stands for. `master`: the container's
 * terminal, which says what the keys are; -1: they are ^C and ^\. */
void pf_typed_note(int *typed, int master, const char *data, size_t size);

/* Returns that signal where it has ended the command, and the program is in the foreground of the
 * caller's terminal; else 0. */
int pf_typed_signal(int typed, int terminal, const struct pflask_exit *end);

#endif
