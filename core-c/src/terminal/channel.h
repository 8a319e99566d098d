/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Channels: pipes that the command gets in place of the caller's terminals, and between which and
 * the terminals the relay copies. With the terminal itself, a process of the container could read
 * typed input for ever, even after the end of the caller. With a log, all output goes through
 * channels, whose other end may then be any file.
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
	int is_full;       /* for input: the pipe has data that the command has not read */
	size_t start, end; /* for output: range of `data` that must still be written */
	int has_end;       /* for output: the command has ended */
	struct pf_log_file *log;
	/* For output: number of bytes in the pipe when the command ended that are still unread. */
	size_t left;
	char data[PIPE_BUF];
};

/* Makes a pipe for each standard descriptor in `wanted` that is a terminal and, with a log, for
 * each output in `wanted`. Descriptors 1 and 2 share a pipe if they are the same file, so that the
 * output keeps its order. *ret is NULL if no pipe was made. `ret_handed` gets the descriptors for
 * the command: the command's ends of the pipes, or the descriptors of `stdio`. When the command has
 * them, pf_channels_hand_over() closes these ends. Returns 0 or -errno. */
int pf_channels_open(const int stdio[3], unsigned wanted, struct pf_log_file *log,
		     struct pf_channel **ret, int ret_handed[3]);
void pf_channels_hand_over(const int stdio[3], const int handed[3]);

/* Closes and frees all channels. NULL is allowed. */
void pf_channels_free(struct pf_channel *channels);

/* Returns the terminal to which output is relayed, or -1. */
int pf_channels_output(const struct pf_channel *channels);

/* Fills in the descriptors to poll. Lowers *timeout to the time after which the function must be
 * called again. */
void pf_channels_watch(const struct pf_channel *channels, struct pollfd fds[PF_CHANNEL_FDS],
		       int *timeout);

/* Relays as much as possible without blocking. Tracks the output to terminal->out_fd in `shown`.
 * Returns 0, or the errno of a terminal that cannot be written to, whose channel it closes. */
int pf_channels_copy(struct pf_channel *channels, const struct pollfd fds[PF_CHANNEL_FDS],
		     struct pf_put_back *put_back, struct pf_terminal_state *shown,
		     struct pf_terminal *terminal);

/* When the command has ended: stops reading input, and reads the rest of the output. Returns
 * whether output is still to be written. */
int pf_channels_drain(struct pf_channel *channels);

#endif
