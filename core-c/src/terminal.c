/* SPDX-License-Identifier: BSD-2-Clause */
/* The caller's terminal (terminal.h). */
#define _GNU_SOURCE
#include "terminal.h"

#include <errno.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "wire.h"

void pf_terminal_look(struct pf_terminal *terminal, int in_fd, int out_fd, int master)
{
	terminal->modes_fd = tcgetattr(in_fd, &terminal->modes) == 0 ? in_fd : -1;
	terminal->size_fd = terminal->modes_fd >= 0 ? in_fd : isatty(out_fd) ? out_fd : -1;
	terminal->master = master;
	terminal->monitor = -1;
}

void pf_terminal_raw(const struct pf_terminal *terminal)
{
	struct termios modes = terminal->modes;

	if (terminal->modes_fd < 0)
		return;
	cfmakeraw(&modes);
	tcsetattr(terminal->modes_fd, TCSANOW, &modes);
}

int pf_terminal_is_ours(const struct pf_terminal *terminal)
{
	pid_t group = terminal->modes_fd < 0 ? -1 : tcgetpgrp(terminal->modes_fd);

	return group < 0 || group == getpgrp();
}

void pf_terminal_restore(const struct pf_terminal *terminal)
{
	if (terminal->modes_fd >= 0)
		tcsetattr(terminal->modes_fd, TCSANOW, &terminal->modes);
}

void pf_terminal_copy_size(const struct pf_terminal *terminal)
{
	struct pf_message message;
	struct winsize size;

	if (terminal->size_fd < 0 || ioctl(terminal->size_fd, TIOCGWINSZ, &size) < 0)
		return;
	if (terminal->master >= 0)
		ioctl(terminal->master, TIOCSWINSZ, &size);
	if (terminal->monitor < 0)
		return;
	pf_message_init(&message, PF_MESSAGE_RESIZE);
	message.body.resize.rows = size.ws_row;
	message.body.resize.cols = size.ws_col;
	pf_send(terminal->monitor, &message, NULL, 0);
}

int pf_terminal_size(int fd)
{
	struct winsize size;

	if (ioctl(fd, TIOCGWINSZ, &size) < 0)
		return -errno;
	return (size.ws_row & 0x7fff) << 16 | size.ws_col;
}
