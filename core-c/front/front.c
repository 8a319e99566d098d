/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The front (front.h): runs a command line in the same steps as main.ts of packages/cli: options ->
 * spec -> plan -> container -> exit status. Until the container is started, the front leaves every
 * failure to Bun, which repeats the steps and reports the failure. The start cannot be repeated, so
 * later failures are reported by the front, through libpflask.
 */
#define _GNU_SOURCE
#include "front.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/decimal.h"
#include "common/sys.h"
#include "options.h"
#include "src/base/error.h"
#include "src/base/numbers.h"
#include "src/explain/command_line.h"
#include "src/explain/report_error.h"
#include "src/explain/reporter.h"
#include "src/spec/spec.h"

#define PROGRAM "pflask"
#define NO_KEY (-1)

/* Reports an error. Returns the exit status. */
static int fail(const struct pf_command_line *line, const struct pflask_error *error)
{
	return pflask_report_error(PROGRAM, line->typed, PF_FRONT_WORDS, line->status_fd, error,
				   sizeof(*error));
}

/* Reports a failed step that is not an operation of a plan. */
static int fail_at(const struct pf_command_line *line, const char *operation, const char *what,
		   int number)
{
	struct pflask_error error;

	pf_error_start(&error, PFLASK_SETUP, number);
	snprintf(error.operation, sizeof(error.operation), "%s", operation);
	pf_error_say(&error, "%s: %s", what, pf_errno_text(number));
	return fail(line, &error);
}

static int finish(const struct pf_command_line *line, const struct pflask_exit *end, uint32_t flags)
{
	return pflask_report_exit(PROGRAM, line->typed, line->status_fd, end, sizeof(*end),
				  flags | line->stats);
}

/* Waits for a container in the foreground, reports its end, and closes its handle. */
static int watch(struct pf_command_line *line, pflask_container *container, uint32_t flags)
{
	struct pflask_error error;
	struct pflask_exit end;

	if (pflask_report_started(PROGRAM, line->status_fd, container) < 0)
		line->status_fd = -1;
	int r = pflask_attach(container, STDIN_FILENO, STDOUT_FILENO, NO_KEY, &end, sizeof(end),
			      &error, sizeof(error));
	pflask_close(container);
	if (r < 0)
		return fail(line, &error);
	return finish(line, &end, flags | PFLASK_PASS_ON);
}

static int start(const pflask_plan *plan, pflask_container **ret, struct pflask_error *reterr)
{
	return pflask_start(plan, STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO, PFLASK_FOREGROUND,
			    ret, reterr, sizeof(*reterr));
}

/* Runs a command in the foreground, and waits until the command ends. */
static int stay(struct pf_command_line *line, const pflask_plan *plan)
{
	pflask_container *container;
	struct pflask_error error;
	struct pflask_exit end;

	if (line->status_fd >= 0)
		return start(plan, &container, &error) < 0 ? fail(line, &error)
							   : watch(line, container, 0);
	if (pflask_run(plan, STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO, &end, sizeof(end), &error,
		       sizeof(error)) < 0)
		return fail(line, &error);
	return finish(line, &end, PFLASK_PASS_ON);
}

/* Prints the pid of a monitor. Returns 0 or -errno. */
static int print_monitor(const pflask_container *container)
{
	struct pflask_info info;
	struct pf_line line;

	pflask_info(container, &info, sizeof(info));
	int r = pf_line_begin(&line);
	if (r < 0)
		return r;
	fprintf(line.out, "%d\n", info.monitor_pid);
	return pf_line_send(&line, STDOUT_FILENO);
}

/* Tells whether the monitor of a detached container was killed during the start. */
static int is_lost(const pflask_container *container)
{
	struct pflask_info info;

	pflask_info(container, &info, sizeof(info));
	return info.monitor_pid == 0;
}

/* Starts a detached container, and prints the pid of its monitor. If the pid cannot be printed,
 * kills the container. Until the pid is printed, signals go to the command: a signal to this
 * process could otherwise leave a running container whose pid was never printed. */
static int leave(struct pf_command_line *line, const pflask_plan *plan)
{
	pflask_container *container;
	struct pflask_error error;

	if (start(plan, &container, &error) < 0)
		return fail(line, &error);
	if (is_lost(container))
		return watch(line, container, 0);
	int r = print_monitor(container);
	if (r == 0)
		pflask_report_started(PROGRAM, line->status_fd, container);
	else
		pflask_kill(container, SIGKILL);
	pflask_close(container);
	if (r == 0)
		return 0;
	pf_error_output(&error, -r);
	return fail(line, &error);
}

static int set(pflask_spec *spec, const char *field, const char *value)
{
	return pflask_spec_set(spec, field, value, NULL, 0);
}

static int is_same_file(int one, int other)
{
	struct stat a, b;

	return fstat(one, &a) == 0 && fstat(other, &b) == 0 && a.st_dev == b.st_dev &&
	       a.st_ino == b.st_ino;
}

/* Sets the terminal fields that no option has set, with the same rules as terminal.ts of
 * packages/cli. */
static int set_terminal(const struct pf_command_line *line)
{
	pflask_spec *spec = line->spec;
	int is_open = !pf_command_line_sets(line, "terminal");

	if (spec->detach)
		return is_open ? set(spec, "terminal", "yes") : 0;
	if (is_open && pflask_terminal_size(STDIN_FILENO) >= 0 &&
	    pflask_terminal_size(STDOUT_FILENO) >= 0)
		set(spec, "terminal", "yes");
	if (!spec->terminal)
		return 0;
	return set(spec, "ownStderr", is_same_file(STDOUT_FILENO, STDERR_FILENO) ? "no" : "yes");
}

/* Sets the remaining fields that no option sets. Returns 0, or an error that Bun must report. */
static int complete(const struct pf_command_line *line)
{
	char text[PF_DECIMAL_SIZE];
	int files = pflask_parent_open_files();

	if (files < 0)
		return files;
	pf_write_decimal((uint64_t)files, text);
	int r = set(line->spec, "openFiles", text);
	return r < 0 ? r : set_terminal(line);
}

/* Opens the detached container of the command line. */
static int open_container(const struct pf_command_line *line, uint32_t flags,
			  pflask_container **ret, struct pflask_error *reterr)
{
	return pflask_open(line->which, flags, ret, reterr, sizeof(*reterr));
}

static int execute(struct pf_command_line *line)
{
	pflask_container *container, *command = NULL;
	struct pflask_error error;

	if (open_container(line, PFLASK_NOWAIT, &container, &error) < 0)
		return fail(line, &error);
	int r = pflask_exec(container, line->spec, STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO,
			    PFLASK_FOREGROUND, &command, &error, sizeof(error));
	pflask_close(container);
	return r < 0 ? fail(line, &error) : watch(line, command, PFLASK_OF_EXEC);
}

/* If standard output is a terminal, prints that the container still runs. Ignores a failed write,
 * because the terminal may have hung up. */
static void say_detached(const char *which)
{
	struct pf_line text;

	if (pflask_terminal_size(STDOUT_FILENO) < 0 || pf_line_begin(&text) < 0)
		return;
	fprintf(text.out, "[detached from %s]\n", which);
	pf_line_send(&text, STDOUT_FILENO);
}

static int attach(const struct pf_command_line *line)
{
	pflask_container *container;
	struct pflask_error error;
	struct pflask_exit end;

	if (open_container(line, PFLASK_NOWAIT, &container, &error) < 0)
		return fail(line, &error);
	int r = pflask_attach(container, STDIN_FILENO, STDOUT_FILENO, line->detach_key, &end,
			      sizeof(end), &error, sizeof(error));
	pflask_close(container);
	if (r < 0)
		return fail(line, &error);
	if (r == 0)
		return finish(line, &end, PFLASK_PASS_ON);
	if (end.output_errno)
		return fail_at(line, "write", "output", end.output_errno);
	say_detached(line->which);
	return 0;
}

static int end_container(const struct pf_command_line *line)
{
	pflask_container *container;
	struct pflask_error error;

	if (open_container(line, 0, &container, &error) < 0)
		return fail(line, &error);
	int r = pflask_end(container, line->signal, line->kill_after, &error, sizeof(error));
	pflask_close(container);
	return r < 0 ? fail(line, &error) : 0;
}

static int await(const struct pf_command_line *line)
{
	pflask_container *container;
	struct pflask_error error;
	struct pflask_exit end;

	if (open_container(line, 0, &container, &error) < 0)
		return fail(line, &error);
	int msec, r = pflask_wait(container, -1, &end, sizeof(end));
	/* pflask_wait() returns only an errno; pflask_step() also returns the text of the error. */
	int is_told = r < 0 && pflask_step(container, &msec, &error, sizeof(error)) < 0;
	pflask_close(container);
	if (is_told)
		return fail(line, &error);
	return r < 0 ? fail_at(line, "wait", line->which, -r) : finish(line, &end, 0);
}

/* Tells whether the caller opened a descriptor for writing. */
static int is_writable(int fd)
{
	struct stat status;
	int flags = fcntl(fd, F_GETFL);

	return flags >= 0 && (flags & PF_ACCESS_MODE) != O_RDONLY && fstat(fd, &status) == 0 &&
	       (status.st_mode & S_IFMT) != 0;
}

/* Does all steps that have no effect outside this process. Returns 0, or an error that Bun must
 * report. For PF_ACTION_RUN, *ret_plan is the plan. */
static int prepare(const struct pf_command_line *line, pflask_plan **ret_plan)
{
	if (line->status_fd >= 0 && !is_writable(line->status_fd))
		return -EBADF;
	int r = line->spec ? complete(line) : 0;
	if (r < 0 || line->action != PF_ACTION_RUN)
		return r;
	return pflask_plan_make(line->spec, ret_plan, NULL, 0);
}

/* Ignores SIGPIPE and SIGXFSZ, like Bun, so that write(2) returns an error. */
static void ignore_signals_of_writes(void)
{
	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN);
}

/* Carries out a command line after prepare(). Returns the exit status. */
static int act(struct pf_command_line *line, const pflask_plan *plan)
{
	switch (line->action) {
	case PF_ACTION_RUN:
		return line->spec->detach ? leave(line, plan) : stay(line, plan);
	case PF_ACTION_ATTACH:
		return attach(line);
	case PF_ACTION_EXEC:
		return execute(line);
	case PF_ACTION_KILL:
		return end_container(line);
	case PF_ACTION_WAIT:
		return await(line);
	}
	return PF_FAILED;
}

/* Tells whether standard input, output and error are open. */
static int has_stdio(void)
{
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if (fcntl(fd, F_GETFD) < 0)
			return 0;
	return 1;
}

/* Tells whether argv[0] names a program that only Bun can run (packages/cli/src/main.ts). */
static int is_other_program(const char *name)
{
	const char *slash = strrchr(name, '/');
	const char *last = slash ? slash + 1 : name;

	return strcmp(last, "pflask-attach") == 0 || strcmp(last, "pflask-userns") == 0;
}

int pf_front(int argc, char **argv, char **envp)
{
	struct pf_command_line line;
	pflask_plan *plan = NULL;

	(void)envp;
	if ((argc > 0 && is_other_program(argv[0])) || !has_stdio() ||
	    !pf_command_line(argv, &line))
		return 0;
	if (prepare(&line, &plan) < 0) {
		pf_command_line_clear(&line);
		return 0;
	}
	ignore_signals_of_writes();
	if (plan)
		pflask_report_plan(PROGRAM, line.typed, PF_FRONT_WORDS, plan);
	_exit(act(&line, plan));
}
