/* SPDX-License-Identifier: BSD-2-Clause */
/* Reports the end of a container (report_exit.h). */
#define _GNU_SOURCE
#include "report_exit.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "debug.h"
#include "json.h"
#include "report_error.h"
#include "src/base/end_text.h"
#include "src/base/error.h"
#include "src/base/numbers.h"
#include "stats.h"

#define LOST "the monitor was killed, and with it the container"
#define LOST_OF_EXEC "the monitor was killed, and with it the command"

/* Returns the exit status for a container that ended with errors. If output could not be written,
 * the library has hung up the command's terminal, and the status of the command has no meaning: it
 * depends on timing what ends the command, SIGHUP, a failed write or something else. */
static int status_with_errors(const struct pflask_exit *end)
{
	int status = pf_end_status(end);
	int was_hung_up = end->output_errno != 0 && end->reason != PFLASK_LOST;

	return was_hung_up || status == 0 ? PF_FAILED : status;
}

/* Returns why a status is lost, if the monitor was not killed. */
static const char *lost_text(int number)
{
	switch (number) {
	case ECHILD:
		return "a tracer of the command has read it";
	case EBADMSG:
		return "the monitor sent a malformed message";
	default:
		return pf_errno_text(number);
	}
}

/* Reports that the status is not known. */
static void report_lost(const struct pf_reporter *to, const struct pflask_exit *end, uint32_t flags)
{
	struct pflask_error error;

	if (end->lost_errno != 0)
		pf_error_internal(&error, end->lost_errno, "command: the status is lost: %s",
				  lost_text(end->lost_errno));
	else
		pf_error_internal(&error, 0, "%s", flags & PFLASK_OF_EXEC ? LOST_OF_EXEC : LOST);
	pf_report_on_stderr(to, &error);
}

/* Reports an interface of the host that could not be returned, and a network program (pasta(1),
 * slirp4netns(1)) that ended before the container. */
static void report_network(const struct pf_reporter *to, const struct pflask_exit *end)
{
	struct pflask_error error;

	if (end->link_errno != 0) {
		pf_error_field(&error, "netif", end->link_errno,
			       "%s: cannot give the interface back under this name: %s", end->link,
			       pf_errno_text(end->link_errno));
		pf_error_hint(&error, "ip link");
		pf_report_on_stderr(to, &error);
	}
	if (*end->network) {
		pf_error_field(&error, "netif", 0, "%s: ended before the container", end->network);
		pf_report_on_stderr(to, &error);
	}
}

/* Reports changes that could not be listed, kept or written to a manifest. `field` is the field of
 * the spec that asked for the list, the copy or the manifest. */
static void report_changes(const struct pf_reporter *to, const char *field, const char *verb,
			   int number, const char *path)
{
	struct pflask_error error;

	if (number == 0)
		return;
	if (*path)
		pf_error_field(&error, field, number, "cannot %s '%s': %s", verb, path,
			       pf_errno_text(number));
	else
		pf_error_field(&error, field, number, "cannot %s the changes: %s", verb,
			       pf_errno_text(number));
	pf_report_on_stderr(to, &error);
}

/* Reports changes that could not be kept, or a manifest of a trial that could not be written. */
static void report_keep(const struct pf_reporter *to, int number, const char *path)
{
	if (strcmp(path, "manifest") == 0)
		report_changes(to, "ephemeral", "write", number, path);
	else
		report_changes(to, "keep", "copy", number, path);
}

static void report_output(const struct pf_reporter *to, int number)
{
	struct pflask_error error;

	if (number == 0)
		return;
	pf_error_output(&error, number);
	pf_report_on_stderr(to, &error);
}

static void report_log(const struct pf_reporter *to, int number)
{
	struct pflask_error error;

	if (number == 0)
		return;
	pf_error_field(&error, "logFile", number, "cannot write all output to the log: %s",
		       pf_errno_text(number));
	pf_report_on_stderr(to, &error);
}

/* Reports why pflask or the kernel has killed the container. */
static void report_reason(const struct pf_reporter *to, const struct pflask_exit *end)
{
	struct pflask_error error;
	char text[64];

	if (end->reason != PFLASK_TIMEOUT && end->reason != PFLASK_OOM &&
	    end->reason != PFLASK_SECCOMP)
		return;
	pf_end_text(end, text);
	pf_error_internal(&error, 0, "%s", text);
	pf_report_on_stderr(to, &error);
}

/* Reports the errors that came up at the end of a container. Returns whether there were any. */
static int report_errors(const struct pf_reporter *to, const struct pflask_exit *end,
			 uint32_t flags)
{
	if (end->reason == PFLASK_LOST) {
		report_lost(to, end, flags);
		return 1;
	}
	report_reason(to, end);
	report_network(to, end);
	report_changes(to, "changes", "list", end->changes_errno, end->changes_path);
	report_keep(to, end->keep_errno, end->keep_path);
	report_output(to, end->output_errno);
	report_log(to, end->log_errno);
	if (end->end_errno && pf_debug_is_on())
		pf_debug_caller("the end could not be kept", end->end_errno);
	return end->link_errno || *end->network || end->changes_errno || end->keep_errno ||
	       end->output_errno || end->log_errno;
}

static void put_string(FILE *out, const char *name, const char *text)
{
	if (!*text)
		return;
	fprintf(out, ",\"%s\":", name);
	pf_json_string(out, text);
}

static void put_errno(FILE *out, const char *name, int number)
{
	char room[PF_NUMBER_TEXT];

	if (number != 0)
		put_string(out, name, pf_errno_name(number, room));
}

static void put_signal(FILE *out, int signal)
{
	char name[PF_SIGNAL_TEXT];

	pf_signal_text(signal, name);
	put_string(out, "signal", name);
}

static void put_number(FILE *out, const char *name, uint64_t number)
{
	fprintf(out, ",\"%s\":%" PRIu64, name, number);
}

/* Prints a number, if it is known. */
static void put_known(FILE *out, const char *name, uint64_t number)
{
	if (number != 0)
		put_number(out, name, number);
}

static void put_usage(FILE *out, const struct pflask_exit *end)
{
	if (end->wall_usec == 0 || end->reason == PFLASK_LOST)
		return;
	fprintf(out, ",\"usage\":{\"wallUsec\":%" PRIu64, end->wall_usec);
	if (pf_has_usage(end)) {
		put_number(out, "userUsec", end->user_usec);
		put_number(out, "systemUsec", end->system_usec);
	}
	put_known(out, "maxRssKib", end->max_rss_kib);
	put_known(out, "memoryPeak", end->memory_peak);
	if (end->has_io) {
		put_number(out, "ioRead", end->io_read);
		put_number(out, "ioWrite", end->io_write);
	}
	put_known(out, "processPeak", end->process_peak);
	fputc('}', out);
}

static void send_exited(const struct pf_reporter *to, const struct pflask_exit *end, int status)
{
	struct pf_line event;

	if (to->status_fd < 0 || pf_event_begin(&event, "exited") < 0)
		return;
	put_string(event.out, "reason", pf_reason_word(end->reason));
	fprintf(event.out, ",\"status\":%d", status);
	if (end->reason == PFLASK_EXITED)
		fprintf(event.out, ",\"exitCode\":%d", end->code);
	else if (end->signal != 0)
		put_signal(event.out, end->signal);
	if (end->reason == PFLASK_OOM)
		put_known(event.out, "memoryLimit", end->memory_limit);
	put_errno(event.out, "lostErrno", end->lost_errno);
	put_errno(event.out, "outputErrno", end->output_errno);
	put_errno(event.out, "logErrno", end->log_errno);
	put_errno(event.out, "changesErrno", end->changes_errno);
	put_errno(event.out, "linkErrno", end->link_errno);
	if (end->link_errno != 0)
		put_string(event.out, "link", end->link);
	put_string(event.out, "network", end->network);
	put_string(event.out, "changesPath", end->changes_path);
	put_errno(event.out, "keepErrno", end->keep_errno);
	put_string(event.out, "keepPath", end->keep_path);
	put_usage(event.out, end);
	pf_event_send(&event, to);
}

int pf_report_exit(const struct pf_reporter *to, const struct pflask_exit *end, uint32_t flags)
{
	int status = report_errors(to, end, flags) ? status_with_errors(end) : pf_end_status(end);

	const struct pf_reporter on_stderr = {.program = to->program, .status_fd = STDERR_FILENO};

	send_exited(to, end, status);
	if (flags & PFLASK_STATS)
		pf_print_stats(end, status);
	if (flags & PFLASK_STATS_JSON)
		send_exited(&on_stderr, end, status);
	return status;
}

/* If SIGINT ended the command, SIGINT must also end this program. Otherwise a shell that has
 * received the same ^C would continue its loop or script. If the user typed ^C or ^\ while the
 * terminal was in raw mode, no signal was sent, so the function sends the signal of the key to the
 * whole process group. SIGQUIT never ends this program, because a core dump would write its memory
 * to a file. */
void pf_pass_on(const struct pflask_exit *end)
{
	if (end->typed_signal == SIGQUIT)
		signal(SIGQUIT, SIG_IGN);
	if (end->typed_signal != 0)
		kill(0, end->typed_signal);
	else if (end->reason == PFLASK_SIGNALED && end->signal == SIGINT)
		kill(getpid(), SIGINT);
}
