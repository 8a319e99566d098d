/* SPDX-License-Identifier: BSD-2-Clause */
/* Writes the lines of reports (reporter.h). */
#define _GNU_SOURCE
#include "reporter.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "common/output.h"
#include "json.h"
#include "src/base/numbers.h"

/* Version of the JSON format. Raise it if a program for the old version would misread the new
 * one. */
#define VERSION 1

int pf_line_begin(struct pf_line *ret)
{
	*ret = (struct pf_line){0};
	ret->out = open_memstream(&ret->text, &ret->size);
	return ret->out ? 0 : -ENOMEM;
}

static int write_all(int fd, const char *text, size_t size)
{
	struct pf_output out = {.fd = fd};

	pf_output_put(&out, text, size);
	return pf_output_flush(&out);
}

/* Writes a text with SIGPIPE blocked, and discards the SIGPIPE of this write. */
static int write_quietly(int fd, const char *text, size_t size)
{
	const struct timespec now = {0};
	sigset_t pipe_alone, before, pending;

	sigemptyset(&pipe_alone);
	sigaddset(&pipe_alone, SIGPIPE);
	sigpending(&pending);
	sigprocmask(SIG_BLOCK, &pipe_alone, &before);
	int r = write_all(fd, text, size);
	if (r == -EPIPE && !sigismember(&pending, SIGPIPE))
		sigtimedwait(&pipe_alone, NULL, &now);
	sigprocmask(SIG_SETMASK, &before, NULL);
	return r;
}

int pf_line_send(struct pf_line *line, int fd)
{
	int r = fclose(line->out) == 0 ? 0 : -ENOMEM;

	if (r == 0)
		r = write_quietly(fd, line->text, line->size);
	free(line->text);
	return r;
}

int pf_event_begin(struct pf_line *ret, const char *name)
{
	int r = pf_line_begin(ret);

	if (r == 0)
		fprintf(ret->out, "{\"version\":%d,\"event\":\"%s\"", VERSION, name);
	return r;
}

static void report_failure(const struct pf_reporter *to, int number)
{
	struct pf_line line;

	if (pf_line_begin(&line) < 0)
		return;
	fprintf(line.out, "%s: --status-fd: %s\n", to->program, pf_errno_text(number));
	pf_line_send(&line, STDERR_FILENO);
}

int pf_event_send(struct pf_line *event, const struct pf_reporter *to)
{
	fputs("}\n", event->out);
	int r = pf_line_send(event, to->status_fd);
	if (r < 0 && r != -EPIPE)
		report_failure(to, -r);
	return r;
}
