/* SPDX-License-Identifier: BSD-2-Clause */
/* Sets and restores the modes of the caller's terminal (terminal.h). */
#define _GNU_SOURCE
#include "terminal.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "common/protocol/wire.h"
#include "handler_lock.h"

#define FOREGROUND_MSEC 200 /* interval between checks whether the program is in the foreground */
#define STUCK_MSEC 200
/* Number of bytes that a terminal takes after POLLOUT without blocking for long. */
#define PIECE 256

void pf_terminal_look(struct pf_terminal *terminal, int in_fd, int out_fd, int master)
{
	*terminal = (struct pf_terminal){.modes_fd = isatty(in_fd) ? in_fd : -1,
					 .pty_master = master,
					 .monitor = -1,
					 .out_fd = -1,
					 .lock = ATOMIC_FLAG_INIT};
	terminal->size_fd = terminal->modes_fd >= 0 ? in_fd : isatty(out_fd) ? out_fd : -1;
}

/* Writes escape sequences. Gives up if the terminal takes no bytes, for example after Ctrl-S. */
static void write_text(int fd, const struct pf_terminal_text *text)
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

int pf_terminal_is_anothers(int fd)
{
	pid_t group = tcgetpgrp(fd);

	return group >= 0 && group != getpgrp();
}

/* Sets raw mode. Reads the previous modes only in the foreground: in the background, the terminal
 * may have modes of the shell's line editor. */
static void make_raw(struct pf_terminal *terminal)
{
	struct termios modes;

	if (!terminal->has_modes && tcgetattr(terminal->modes_fd, &terminal->modes) < 0)
		return;
	terminal->has_modes = 1;
	modes = terminal->modes;
	cfmakeraw(&modes);
	tcsetattr(terminal->modes_fd, TCSANOW, &modes);
}

static void take_terminal(struct pf_terminal *terminal)
{
	if (terminal->left > 0)
		return;
	terminal->is_held = terminal->modes_fd >= 0 && !pf_terminal_is_anothers(terminal->modes_fd);
	if (terminal->is_held)
		make_raw(terminal);
	if ((terminal->modes_fd < 0 || terminal->is_held) && terminal->is_put_back) {
		terminal->is_put_back = 0;
		write_text(terminal->out_fd, terminal->set_again);
	}
}

static void restore_terminal(struct pf_terminal *terminal)
{
	if (terminal->modes_fd >= 0 && pf_terminal_is_anothers(terminal->modes_fd))
		return;
	if (!terminal->is_put_back)
		write_text(terminal->out_fd, terminal->put_back);
	terminal->is_put_back = 1;
	if (terminal->has_modes)
		tcsetattr(terminal->modes_fd, TCSANOW, &terminal->modes);
	terminal->has_modes = 0;
}

void pf_terminal_take(struct pf_terminal *terminal)
{
	sigset_t mask;

	pf_handler_lock(&terminal->lock, &mask);
	take_terminal(terminal);
	pf_handler_unlock(&terminal->lock, &mask);
	pf_terminal_copy_size(terminal);
}

void pf_terminal_restore(struct pf_terminal *terminal)
{
	sigset_t mask;

	pf_handler_lock(&terminal->lock, &mask);
	terminal->left++;
	restore_terminal(terminal);
	pf_handler_unlock(&terminal->lock, &mask);
}

void pf_terminal_retake(struct pf_terminal *terminal)
{
	sigset_t mask;

	pf_handler_lock(&terminal->lock, &mask);
	terminal->left--;
	pf_handler_unlock(&terminal->lock, &mask);
	pf_terminal_take(terminal);
}

static void ask_again(int *timeout)
{
	if (*timeout < 0 || *timeout > FOREGROUND_MSEC)
		*timeout = FOREGROUND_MSEC;
}

int pf_terminal_has_input(struct pf_terminal *terminal, int *timeout)
{
	if (terminal->modes_fd >= 0 && !terminal->is_held)
		pf_terminal_take(terminal);
	if (terminal->modes_fd < 0 || terminal->is_held)
		return 1;
	ask_again(timeout);
	return 0;
}

int pf_terminal_may_read(int fd, int *timeout)
{
	struct termios modes;
	pid_t group = tcgetpgrp(fd);

	if (group < 0) /* `fd` is not the controlling terminal */
		return 1;
	if (group == getpgrp() && tcgetattr(fd, &modes) == 0 && modes.c_lflag & ICANON)
		return 1;
	ask_again(timeout);
	return 0;
}

void pf_terminal_copy_size(const struct pf_terminal *terminal)
{
	struct pf_message message;
	struct winsize size;

	if (terminal->size_fd < 0 || ioctl(terminal->size_fd, TIOCGWINSZ, &size) < 0)
		return;
	if (terminal->pty_master >= 0)
		ioctl(terminal->pty_master, TIOCSWINSZ, &size);
	if (terminal->monitor < 0)
		return;
	pf_message_init(&message, PF_MESSAGE_RESIZE);
	message.body.resize.rows = size.ws_row;
	message.body.resize.cols = size.ws_col;
	pf_send(terminal->monitor, &message, NULL, 0);
}

int pf_terminal_resize(int fd, int rows, int cols)
{
	const struct winsize size = {.ws_row = (unsigned short)rows,
				     .ws_col = (unsigned short)cols};

	if (rows < 0 || rows > USHRT_MAX || cols < 0 || cols > USHRT_MAX)
		return -EINVAL;
	return ioctl(fd, TIOCSWINSZ, &size) < 0 ? -errno : 0;
}

int pf_terminal_size(int fd)
{
	struct winsize size;

	if (ioctl(fd, TIOCGWINSZ, &size) < 0)
		return -errno;
	return (size.ws_row & 0x7fff) << 16 | size.ws_col;
}
