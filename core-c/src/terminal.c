/* SPDX-License-Identifier: BSD-2-Clause */
/* The caller's terminal (terminal.h). */
#define _GNU_SOURCE
#include "terminal.h"

#include <errno.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "wire.h"

#define STUCK_MSEC 200
#define PIECE 256 /* a terminal that says that it has room takes it, as good as at once */

void pf_terminal_look(struct pf_terminal *terminal, int in_fd, int out_fd, int master)
{
	terminal->modes_fd = tcgetattr(in_fd, &terminal->modes) == 0 ? in_fd : -1;
	terminal->size_fd = terminal->modes_fd >= 0 ? in_fd : isatty(out_fd) ? out_fd : -1;
	terminal->master = master;
	terminal->monitor = -1;
	terminal->out_fd = -1;
	terminal->put_back = terminal->set_again = NULL;
	terminal->is_put_back = 0;
}

/* A terminal that takes nothing, as after Ctrl-S, is not waited for. */
static void say(int fd, const struct pf_terminal_text *text)
{
	struct pollfd room = {.fd = fd, .events = POLLOUT};
	size_t done = 0;

	while (text && done < text->size && poll(&room, 1, STUCK_MSEC) > 0) {
		size_t left = text->size - done;
		ssize_t n = write(fd, text->data + done, left < PIECE ? left : PIECE);
		if (n <= 0)
			return;
		done += (size_t)n;
	}
}

void pf_terminal_raw(struct pf_terminal *terminal)
{
	struct termios modes = terminal->modes;

	if (terminal->modes_fd >= 0) {
		cfmakeraw(&modes);
		tcsetattr(terminal->modes_fd, TCSANOW, &modes);
	}
	if (atomic_exchange(&terminal->is_put_back, 0))
		say(terminal->out_fd, terminal->set_again);
}

int pf_terminal_is_ours(const struct pf_terminal *terminal)
{
	pid_t group = terminal->modes_fd < 0 ? -1 : tcgetpgrp(terminal->modes_fd);

	return group < 0 || group == getpgrp();
}

void pf_terminal_restore(struct pf_terminal *terminal)
{
	if (!atomic_exchange(&terminal->is_put_back, 1))
		say(terminal->out_fd, terminal->put_back);
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
