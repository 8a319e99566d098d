/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Channels: pipes that the command gets in place of the caller's terminals. The relay copies
 * between a terminal and its pipe. A process with a terminal could read typed input for ever, even
 * after the caller has ended.
 */
#ifndef PF_CHANNEL_H
#define PF_CHANNEL_H

#include <limits.h>
#include <poll.h>
#include <stddef.h>

#include "put_back.h"
#include "terminal.h"

/* Sets of standard descriptors: bit N is descriptor N. */
#define PF_CHANNEL_INPUT 1u
#define PF_CHANNEL_ALL 7u

#define PF_CHANNEL_FDS 6

struct pf_channel {
	int terminal;      /* terminal of the caller */
	int pipe;          /* the relay's end, or -1 after the last copy */
	int is_full;       /* input: the command has not read all input */
	size_t start, end; /* output: part of `data` to write */
	int has_end;       /* output: the command has ended */
	size_t left;       /* output: bytes in the pipe at the command's end, not yet read */
	char data[PIPE_BUF];
};

/* Makes a pipe for each wanted descriptor of 0, 1 and 2 that is a terminal. 1 and 2 share a pipe if
 * they are the same terminal, so that their output keeps its order. *ret is NULL if no pipe was
 * made. `ret_handed` gets the descriptors for the command; pf_channels_hand_over() closes those
 * that are ends of pipes. Returns 0 or -errno. */
int pf_channels_open(const int stdio[3], unsigned wanted, struct pf_channel **ret,
		     int ret_handed[3]);
void pf_channels_hand_over(const int stdio[3], const int handed[3]);

/* Closes and frees all channels. NULL is allowed. */
void pf_channels_free(struct pf_channel *channels);

/* Returns the terminal to which output is copied, or -1. */
int pf_channels_output(const struct pf_channel *channels);

/* Fills in the descriptors to poll. Lowers *timeout to the time after which to call again, if any.
 * */
void pf_channels_watch(const struct pf_channel *channels, struct pollfd fds[PF_CHANNEL_FDS],
		       int *timeout);

/* Copies as much as possible without waiting. Notes in `shown` the output to the terminal of
 * `terminal`. Returns 0, or the errno of a terminal that takes no output; its channel is closed. */
int pf_channels_copy(struct pf_channel *channels, const struct pollfd fds[PF_CHANNEL_FDS],
		     struct pf_put_back *put_back, struct pf_shown *shown,
		     struct pf_terminal *terminal);

/* Stops reading input, and reads the output that is left, after the end of the command. Returns
 * whether output is left to write. */
int pf_channels_drain(struct pf_channel *channels);

#endif
