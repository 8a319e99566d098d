/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Parses the command line for the front. The front accepts a command line only if every word is
 * clear: each option has its full name or its letter, and a well-formed value, and no two options
 * contradict each other. All other command lines go to the TypeScript code (packages/cli), which
 * reports mistakes.
 */
#ifndef PF_OPTIONS_H
#define PF_OPTIONS_H

#include "options.gen.h"
#include "pflask.h"
#include "src/explain/command_line.h"

enum pf_action { PF_ACTION_RUN, PF_ACTION_ATTACH, PF_ACTION_EXEC, PF_ACTION_KILL, PF_ACTION_WAIT };

/* A parsed command line. */
struct pf_command_line {
	enum pf_action action;
	pflask_spec *spec; /* the spec for PF_ACTION_RUN and PF_ACTION_EXEC; otherwise NULL */
	const char *which; /* name or pid of the container; NULL for PF_ACTION_RUN */
	int signal;        /* signal number of --kill, or 0 */
	int kill_after;    /* milliseconds of --kill before SIGKILL, or -1 */
	int detach_key;    /* detach key of --attach as a byte, or -1 */
	int status_fd;     /* descriptor of --status-fd, or -1 */
	uint32_t stats;    /* flag of pflask_report_exit() for --stats, or 0 */
	/* For each typed option that sets a field, a line "FIELD\tOPTION\n". */
	char typed[PF_FRONT_TYPED_MAX];
};

/* Parses a command line, which begins with the name of the program. Returns 1 with *ret filled in;
 * pf_command_line_clear() later frees the spec. Returns 0 for a command line that the front does
 * not understand; there is then nothing to free. */
int pf_command_line(char **argv, struct pf_command_line *ret);
void pf_command_line_clear(struct pf_command_line *line);

/* Tells whether an option of the command line has set a field of the spec. */
int pf_command_line_sets(const struct pf_command_line *line, const char *field);

#endif
