/* SPDX-License-Identifier: BSD-2-Clause */
/* Writes reports: lines on stderr for people, and events on the descriptor of --status-fd for
 * programs (docs/status-fd.md). */
#ifndef PF_REPORTER_H
#define PF_REPORTER_H

#include <stdio.h>

#include "words.h"

struct pf_reporter {
	const char *program; /* name of the program, at the start of each line on stderr */
	int status_fd;       /* descriptor for the events, or -1 */
	struct pf_words words;
};

/* A line under construction. `out` is NULL if there is no memory. */
struct pf_line {
	FILE *out;
	char *text;
	size_t size;
};

/* Begins a line. pf_line_send() must follow, which frees the line. Returns 0 or -ENOMEM. */
int pf_line_begin(struct pf_line *ret);

/* Writes a line to a descriptor, and frees it. Blocks until all is written. Raises no SIGPIPE.
 * Returns 0 or -errno. */
int pf_line_send(struct pf_line *line, int fd);

/* Begins an event: prints the members that all events have. Returns 0 or -ENOMEM. */
int pf_event_begin(struct pf_line *ret, const char *name);

/* Completes an event and writes it. Reports a failure on stderr, but reports nothing if the reader
 * of the events has closed its end. Returns 0 or -errno. */
int pf_event_send(struct pf_line *event, const struct pf_reporter *to);

#endif
