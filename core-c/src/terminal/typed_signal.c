/* SPDX-License-Identifier: BSD-2-Clause */
/* Recognizes typed keys that stand for a signal (typed_signal.h). */
#define _GNU_SOURCE
#include "typed_signal.h"

#include <signal.h>
#include <termios.h>
#include <unistd.h>

static int is_key(const struct termios *modes, int which, char byte)
{
	return modes->c_cc[which] != _POSIX_VDISABLE && modes->c_cc[which] == (unsigned char)byte;
}

void pf_note_typed_signal(int *typed, int master, const char *data, size_t size)
{
	struct termios modes = {.c_lflag = ISIG, .c_cc = {[VINTR] = 3, [VQUIT] = 28}};

	if (master >= 0 && tcgetattr(master, &modes) < 0)
		return;
	for (size_t i = 0; i < size && modes.c_lflag & ISIG; i++) {
		if (is_key(&modes, VINTR, data[i]))
			*typed = SIGINT;
		else if (is_key(&modes, VQUIT, data[i]))
			*typed = SIGQUIT;
	}
}

int pf_typed_signal(int typed, int terminal, const struct pflask_exit *end)
{
	const int is_end = end->reason == PFLASK_SIGNALED && end->signal == typed;

	return typed && is_end && tcgetpgrp(terminal) == getpgrp() ? typed : 0;
}
