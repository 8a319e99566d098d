/* SPDX-License-Identifier: BSD-2-Clause */
/* Makes and relays channels: pipes in place of the caller's terminals (channel.h). */
#define _GNU_SOURCE
#include "channel.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "src/base/inherited_fds.h"

enum { INPUT, OUTPUT, ERROR, COUNT };

static int open_pipe(struct pf_channel *channel, int number, int terminal, int *ret_handed)
{
	const int is_input = number == INPUT;
	int pair[2];

	if (pipe2(pair, O_CLOEXEC) < 0)
		return -errno;
	channel->terminal = terminal;
	channel->pipe = pair[is_input];
	*ret_handed = pair[!is_input];
	fcntl(channel->pipe, F_SETFL, O_NONBLOCK);
	fchmod(channel->pipe, 0666); /* lets the command's user open /dev/stdin and /dev/stderr */
	/* A pipe of one page is writable only while it is empty. So the relay reads a further line
	 * only when the command has read the last, and leaves the other lines in the terminal for
	 * the next program. */
	if (is_input)
		fcntl(channel->pipe, F_SETPIPE_SZ, PIPE_BUF);
	return 0;
}

/* Tells whether two descriptors are the same file. A terminal may have several files, for example
 * /dev/tty. */
static int are_one_file(int a, int b)
{
	struct stat first, second;

	if (fstat(a, &first) < 0 || fstat(b, &second) < 0)
		return 0;
	if (S_ISCHR(first.st_mode) && S_ISCHR(second.st_mode))
		return first.st_rdev == second.st_rdev;
	return first.st_dev == second.st_dev && first.st_ino == second.st_ino;
}

static struct pf_channel *new_channels(struct pf_log_file *log)
{
	struct pf_channel *channels = calloc(COUNT, sizeof(*channels));

	for (int i = 0; channels && i < COUNT; i++) {
		channels[i].pipe = -1;
		channels[i].log = log;
	}
	return channels;
}

static int open_all(const int stdio[3], unsigned wanted, struct pf_channel *channels, int handed[3])
{
	for (int i = 0; i < COUNT; i++) {
		const int is_shared = i == ERROR && channels[OUTPUT].pipe >= 0 &&
				      are_one_file(stdio[i], stdio[OUTPUT]);
		if (!(wanted >> i & 1))
			continue;
		int r = is_shared ? 0 : open_pipe(&channels[i], i, stdio[i], &handed[i]);
		if (r < 0)
			return r;
		if (is_shared)
			handed[i] = handed[OUTPUT];
	}
	return 0;
}

/* Tells whether a pipe must replace a descriptor: it is a terminal, or an output that goes to a
 * log, too. */
static int needs_pipe(int number, int fd, const struct pf_log_file *log)
{
	return pf_is_inherited(fd) && (isatty(fd) || (number != INPUT && log->fd >= 0));
}

int pf_channels_open(const int stdio[3], unsigned wanted, struct pf_log_file *log,
		     struct pf_channel **ret, int ret_handed[3])
{
	*ret = NULL;
	for (int i = 0; i < COUNT; i++) {
		ret_handed[i] = stdio[i];
		if (wanted >> i & 1 && !needs_pipe(i, stdio[i], log))
			wanted &= ~(1u << i);
	}
	if (wanted == 0)
		return 0;
	struct pf_channel *channels = new_channels(log);
	if (!channels)
		return -ENOMEM;
	int r = open_all(stdio, wanted, channels, ret_handed);
	if (r < 0) {
		pf_channels_hand_over(stdio, ret_handed);
		pf_channels_free(channels);
		return r;
	}
	*ret = channels;
	return 0;
}

void pf_channels_hand_over(const int stdio[3], const int handed[3])
{
	for (int i = 0; i < COUNT; i++)
		if (handed[i] != stdio[i] && !(i == ERROR && handed[i] == handed[OUTPUT]))
			close(handed[i]);
}

void pf_channels_free(struct pf_channel *channels)
{
	for (int i = 0; channels && i < COUNT; i++)
		pf_drop_fd(&channels[i].pipe);
	free(channels);
}

int pf_channels_output(const struct pf_channel *channels)
{
	for (int i = OUTPUT; channels && i < COUNT; i++)
		if (channels[i].pipe >= 0 && isatty(channels[i].terminal))
			return channels[i].terminal;
	return -1;
}

static int holds(const struct pf_channel *channel)
{
	return channel->end > channel->start;
}

static void watch_output(const struct pf_channel *channel, struct pollfd fds[2])
{
	fds[0] = (struct pollfd){.fd = holds(channel) ? -1 : channel->pipe, .events = POLLIN};
	fds[1] = (struct pollfd){.fd = holds(channel) ? channel->terminal : -1, .events = POLLOUT};
}

/* Fills in the terminal and the pipe to poll. The pipe is always polled, because its last reader
 * may close it at any time. */
static void watch_input(const struct pf_channel *channel, struct pollfd fds[2], int *timeout)
{
	const int may_read = channel->pipe >= 0 && !channel->is_full &&
			     pf_terminal_may_read(channel->terminal, timeout);

	fds[0] = (struct pollfd){.fd = channel->pipe, .events = channel->is_full ? POLLOUT : 0};
	fds[1] = (struct pollfd){.fd = may_read ? channel->terminal : -1, .events = POLLIN};
}

void pf_channels_watch(const struct pf_channel *channels, struct pollfd fds[PF_CHANNEL_FDS],
		       int *timeout)
{
	for (int i = 0; i < PF_CHANNEL_FDS; i++)
		fds[i] = (struct pollfd){.fd = -1};
	if (!channels)
		return;
	watch_input(&channels[INPUT], fds, timeout);
	watch_output(&channels[OUTPUT], fds + 2);
	watch_output(&channels[ERROR], fds + 4);
}

static int is_transient(int number)
{
	return number == EAGAIN || number == EINTR;
}

/* Reads the terminal once, and writes to the pipe. An empty pipe takes everything that was read. */
static void read_terminal(struct pf_channel *channel)
{
	ssize_t n = read(channel->terminal, channel->data, sizeof(channel->data));

	if (n < 0 && is_transient(errno))
		return;
	channel->is_full = 1;
	if (n <= 0 || write(channel->pipe, channel->data, (size_t)n) < 0)
		pf_drop_fd(&channel->pipe);
}

static void copy_input(struct pf_channel *channel, const struct pollfd fds[2])
{
	int timeout = -1;

	if (fds[0].revents & (POLLERR | POLLHUP))
		pf_drop_fd(&channel->pipe);
	if (fds[0].revents & POLLOUT)
		channel->is_full = 0;
	/* Check again: another program may have taken the terminal during the poll. */
	if (fds[1].revents && channel->pipe >= 0 &&
	    pf_terminal_may_read(channel->terminal, &timeout))
		read_terminal(channel);
}

static void read_pipe(struct pf_channel *channel)
{
	ssize_t n = read(channel->pipe, channel->data, sizeof(channel->data));

	channel->start = 0;
	channel->end = n > 0 ? (size_t)n : 0;
	pf_log_put(channel->log, channel->data, channel->end);
	if (n == 0 || (n < 0 && !is_transient(errno)))
		pf_drop_fd(&channel->pipe);
}

/* Writes to the terminal once. Returns 0 or an errno. */
static int write_terminal(struct pf_channel *channel, struct pf_put_back *put_back,
			  struct pf_terminal_state *shown, struct pf_terminal *terminal)
{
	const char *data = channel->data + channel->start;
	const size_t size = channel->end - channel->start;
	struct pf_terminal none = {.out_fd = -1};
	const int is_shown = channel->terminal == terminal->out_fd;
	ssize_t n = pf_put_back_write(put_back, shown, is_shown ? terminal : &none,
				      channel->terminal, data, size);

	channel->start += n > 0 ? (size_t)n : 0;
	if (n >= 0 || is_transient((int)-n))
		return 0;
	channel->start = channel->end = 0;
	pf_drop_fd(&channel->pipe);
	return (int)-n;
}

int pf_channels_copy(struct pf_channel *channels, const struct pollfd fds[PF_CHANNEL_FDS],
		     struct pf_put_back *put_back, struct pf_terminal_state *shown,
		     struct pf_terminal *terminal)
{
	int error = 0;

	if (!channels)
		return 0;
	copy_input(&channels[INPUT], fds);
	for (int i = OUTPUT; i < COUNT; i++) {
		if (fds[2 * i].revents)
			read_pipe(&channels[i]);
		if (!fds[2 * i + 1].revents)
			continue;
		int r = write_terminal(&channels[i], put_back, shown, terminal);
		error = error ? error : r;
	}
	return error;
}

/* Relays the output that was in the pipe when the command ended, and no later output of processes
 * that the command has left. */
static void drain(struct pf_channel *channel)
{
	int size = 0;

	if (!channel->has_end) {
		ioctl(channel->pipe, FIONREAD, &size);
		channel->left = (size_t)size;
		channel->has_end = 1;
	}
	if (holds(channel))
		return;
	if (channel->left > 0)
		read_pipe(channel);
	channel->left -= channel->end < channel->left ? channel->end : channel->left;
	if (!holds(channel))
		pf_drop_fd(&channel->pipe);
}

int pf_channels_drain(struct pf_channel *channels)
{
	int is_left = 0;

	if (!channels)
		return 0;
	pf_drop_fd(&channels[INPUT].pipe);
	for (int i = OUTPUT; i < COUNT; i++) {
		if (channels[i].pipe >= 0)
			drain(&channels[i]);
		is_left |= holds(&channels[i]);
	}
	return is_left;
}
