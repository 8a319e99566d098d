/* SPDX-License-Identifier: BSD-2-Clause */
/* Writes reports: lines on stderr for people, and events on the descriptor of --status-fd for
 * programs (docs/status-fd.md). */
#ifndef PF_REPORTER_H
#define PF_REPORTER_H

#include <stdio.h>

#include "words.h"

struct pf_reporter {
	const char *program; /* begins each line */
	int status_fd;       /* gets the events; -1: no descriptor */
	struct pf_words words;
};

/* A line that is being made. `out` is NULL if there is no memory. */
struct pf_line {
	FILE *out;
	char *text;
	size_t size;
};

/* Begins a line. The caller must send the line, because sending frees the line. Returns 0 or
 * -ENOMEM. */
int pf_line_begin(struct pf_line *ret);

/* Writes a line to a descriptor, and frees the line. Waits as long as necessary. Raises no SIGPIPE.
 * Returns 0 or -errno. */
int pf_line_send(struct pf_line *line, int fd);

/* Begins an event of the given name: prints its first members. Returns 0 or -ENOMEM. */
int pf_event_begin(struct pf_line *ret, const char *name);

/* Ends an event and writes the event. Reports a failure on stderr, unless no process reads the
 * events any more. Returns 0 or -errno. */
int pf_event_send(struct pf_line *event, const struct pf_reporter *to);

#endif
