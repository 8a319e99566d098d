/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Makes and relays channels: pipes that the command gets in place of the caller's terminals. The
 * relay copies between a terminal and its pipe. If the command got the terminal itself, a process
 * could read typed input for ever, even after the end of the caller. With a log, output always goes
 * through a channel, which then may lead to any file.
 */
#ifndef PF_CHANNEL_H
#define PF_CHANNEL_H

#include <limits.h>
#include <poll.h>
#include <stddef.h>

#include "common/log_file.h"
#include "put_back.h"
#include "terminal.h"

/* Sets of standard descriptors: bit N is descriptor N. */
#define PF_CHANNEL_INPUT 1u
#define PF_CHANNEL_ALL 7u

#define PF_CHANNEL_FDS 6

struct pf_channel {
	int terminal;      /* terminal of the caller; for output with a log, any file */
	int pipe;          /* the relay's end of the pipe; -1: closed */
	int is_full;       /* for input: the command has not read all data of the pipe */
	size_t start, end; /* for output: the part of `data` to write */
	int has_end;       /* for output: the command has ended */
	struct pf_log_file *log;
	size_t left; /* for output: bytes in the pipe when the command ended, not yet read */
	char data[PIPE_BUF];
};

/* Makes a pipe for each wanted standard descriptor that is a terminal, and, if there is a log, for
 * each wanted output. Descriptors 1 and 2 share a pipe if both are the same file, so that the
 * output keeps its order. *ret is NULL if no pipe was made. `ret_handed` gets the descriptors for
 * the command: ends of pipes, or the descriptors of `stdio`. After the command has its descriptors,
 * pf_channels_hand_over() closes the ends of pipes. Returns 0 or -errno. */
int pf_channels_open(const int stdio[3], unsigned wanted, struct pf_log_file *log,
		     struct pf_channel **ret, int ret_handed[3]);
void pf_channels_hand_over(const int stdio[3], const int handed[3]);

/* Closes and frees all channels. NULL is allowed. */
void pf_channels_free(struct pf_channel *channels);

/* Returns the terminal to which output is relayed, or -1. */
int pf_channels_output(const struct pf_channel *channels);

/* Fills in the descriptors to poll. If the function must be called again after some time, lowers
 * *timeout to this time. */
void pf_channels_watch(const struct pf_channel *channels, struct pollfd fds[PF_CHANNEL_FDS],
		       int *timeout);

/* Relays as much as possible without waiting. `shown` records the output that is written to
 * terminal->out_fd. Returns 0, or the errno of a terminal that takes no output; in this case,
 * closes the channel of the terminal. */
int pf_channels_copy(struct pf_channel *channels, const struct pollfd fds[PF_CHANNEL_FDS],
		     struct pf_put_back *put_back, struct pf_terminal_state *shown,
		     struct pf_terminal *terminal);

/* After the end of the command, stops reading input, and reads the rest of the output. Returns
 * whether some output is not yet written. */
int pf_channels_drain(struct pf_channel *channels);

#endif
