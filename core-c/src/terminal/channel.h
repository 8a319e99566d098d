/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Terminals of the caller that a command does not get: it has a pipe in the place of each, and the
 * relay copies. A process that has a terminal can read what is typed there as long as it likes,
 * after its caller has gone, too.
 */
#ifndef PF_CHANNEL_H
#define PF_CHANNEL_H

#include <limits.h>
#include <poll.h>
#include <stddef.h>

#include "put_back.h"
#include "terminal.h"

/* Which standard descriptors: bit N stands for N. */
#define PF_CHANNEL_INPUT 1u
#define PF_CHANNEL_ALL 7u

#define PF_CHANNEL_FDS 6

struct pf_channel {
	int terminal;      /* the caller's */
	int pipe;          /* our end, or -1: there is nothing to copy any more */
	int is_full;       /* input: the command has not read all that it got */
	size_t start, end; /* output: what is to be written */
	int has_end;       /* output: the command has ended */
	size_t left;       /* output: how much of the command's is then still in the pipe */
	char data[PIPE_BUF];
};

/* Makes a pipe for each wanted one of 0, 1 and 2 that is a terminal. 1 and 2 share a pipe where
 * they are one terminal, so that their output keeps its order. *ret: NULL where no pipe was made.
 * ret_handed: the descriptors for the command; pf_channels_hand_over() closes those that are its
 * ends of pipes. Returns 0 or -errno. */
int pf_channels_open(const int stdio[3], unsigned wanted, struct pf_channel **ret,
		     int ret_handed[3]);
void pf_channels_hand_over(const int stdio[3], const int handed[3]);

/* Closes what is open, and frees. NULL is allowed. */
void pf_channels_free(struct pf_channel *channels);

/* The terminal that output is copied to, or -1. */
int pf_channels_output(const struct pf_channel *channels);

/* Fills in what to wait for; *timeout becomes a time after which to ask again, if there is one. */
void pf_channels_watch(const struct pf_channel *channels, struct pollfd fds[PF_CHANNEL_FDS],
		       int *timeout);

/* Copies what can be copied without waiting. What the terminal that `terminal` is about shows is
 * noted. Returns 0, or the error of a terminal that takes no output, which is closed. */
int pf_channels_copy(struct pf_channel *channels, const struct pollfd fds[PF_CHANNEL_FDS],
		     struct pf_put_back *put_back, struct pf_shown *shown,
		     struct pf_terminal *terminal);

/* The command has ended: input is not read any more, and of output only what there is. Returns
 * whether some of that is still to be written. */
int pf_channels_drain(struct pf_channel *channels);

#endif
