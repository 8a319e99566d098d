/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Parses the command line for the front. The front understands a command line only if no word
 * leaves a doubt. Each option must have its full name or its letter, and a well-formed value. No
 * option may contradict another option. The TypeScript code (packages/cli) handles all other
 * command lines, and reports their mistakes.
 */
#ifndef PF_OPTIONS_H
#define PF_OPTIONS_H

#include "options.gen.h"
#include "pflask.h"
#include "src/explain/command_line.h"

enum pf_action { PF_ACTION_RUN, PF_ACTION_ATTACH, PF_ACTION_EXEC, PF_ACTION_KILL, PF_ACTION_WAIT };

/* A command line. */
struct pf_command_line {
	enum pf_action action;
	pflask_spec *spec; /* for PF_ACTION_RUN and PF_ACTION_EXEC, else NULL */
	const char *which; /* the container; NULL for PF_ACTION_RUN */
	int signal;        /* signal of --kill, or 0 */
	int kill_after;    /* milliseconds of --kill, or -1 */
	int detach_key;    /* detach key of --attach as a byte, or -1 */
	int status_fd;     /* descriptor of --status-fd, or -1 */
	uint32_t stats;    /* flag of --stats for pflask_report_exit(), or 0 */
	/* The options that were typed: lines "FIELD\tOPTION\n". */
	char typed[PF_FRONT_TYPED_MAX];
};

/* Parses a command line, which begins with the name of the program. Returns 1, or 0 for a command
 * line that the front does not understand. After 1, pf_command_line_clear() frees the spec; after
 * 0, there is nothing to free. */
int pf_command_line(char **argv, struct pf_command_line *ret);
void pf_command_line_clear(struct pf_command_line *line);

/* Tells whether an option has set a field. */
int pf_command_line_sets(const struct pf_command_line *line, const char *field);

#endif
