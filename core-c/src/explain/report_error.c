/* SPDX-License-Identifier: BSD-2-Clause */
/* Reports errors (report_error.h). */
#define _GNU_SOURCE
#include "report_error.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "json.h"
#include "one_line.h"
#include "src/base/error.h"
#include "src/base/numbers.h"

/* The parts of an error report. NULL, or a number of 0, means unknown. */
struct report {
	int32_t code;
	const char *operation, *field, *subject;
	int number;
	/* Each of these texts is one line, and is freed with the report. */
	char *option, *message, *hint;
	int status;
};

static const char *code_word(int32_t code)
{
	static const char words[][16] = {
#define PF_CODE(code, word) [PFLASK_##code] = {word},
#include "defs/codes.def"
	};

	return code > 0 && code < (int32_t)(sizeof(words) / sizeof(words[0]))
		       ? words[code]
		       : words[PFLASK_INTERNAL];
}

static int status_of(int32_t code)
{
	return code == PFLASK_NOT_FOUND ? 127 : code == PFLASK_NOT_EXECUTABLE ? 126 : PF_FAILED;
}

static const char *unless_empty(const char *text)
{
	return *text ? text : NULL;
}

/* Returns a text as one line (one_line.h), and frees the text. NULL stays NULL. */
static char *line_of(char *text)
{
	char *line = text ? pf_one_line(text) : NULL;

	free(text);
	return line;
}

/* Returns a message with "OPTION: " before it, if there is an option. Frees the message. */
static char *with_option(const char *option, char *message)
{
	char *both = NULL;

	if (!option || !message)
		return message;
	if (asprintf(&both, "%s: %s", option, message) < 0)
		both = NULL;
	free(message);
	return both;
}

static void clear(struct report *report)
{
	free(report->option);
	free(report->message);
	free(report->hint);
}

/* Returns the hint of an error in the caller's words. For a command that is not found, the caller's
 * words may have another hint. */
static char *remedy_of(const struct pf_words *words, const struct pflask_error *error)
{
	if (*error->hint)
		return pf_worded(error->hint, words);
	return error->code == PFLASK_NOT_FOUND ? pf_words_for(words, error->field, error->subject)
					       : NULL;
}

/* Makes the report of an error. */
static struct report report_of(const struct pf_words *words, const struct pflask_error *error)
{
	const char *typed;
	size_t size = pf_typed(words, error->field, &typed);
	struct report report = {
		.code = error->code,
		.operation = unless_empty(error->operation),
		.field = unless_empty(error->field),
		.subject = unless_empty(error->subject),
		.number = error->number,
		.option = size > 0 ? strndup(typed, size) : NULL,
		.hint = line_of(remedy_of(words, error)),
		.status = status_of(error->code),
	};

	report.message =
		with_option(report.option, line_of(pf_worded_reason(error->message, words)));
	return report;
}

/* Prints a report on stderr. Prints nothing if the error is that the reader of standard output has
 * closed the pipe: a reader may do so at any time. */
static void print(const struct pf_reporter *to, const struct report *report)
{
	int enough = report->operation && strcmp(report->operation, "write") == 0 &&
		     report->number == EPIPE;
	struct pf_line line;

	if (enough || pf_line_begin(&line) < 0)
		return;
	fprintf(line.out, "%s: %s\n", to->program, report->message ? report->message : "");
	if (report->hint)
		fprintf(line.out, "hint: %s\n", report->hint);
	pf_line_send(&line, STDERR_FILENO);
}

static void put_member(FILE *out, const char *name, const char *text)
{
	fprintf(out, ",\"%s\":", name);
	pf_json_string(out, text);
}

static void send_event(const struct pf_reporter *to, const struct report *report)
{
	char room[PF_NUMBER_TEXT];
	struct pf_line event;

	if (to->status_fd < 0 || pf_event_begin(&event, "error") < 0)
		return;
	put_member(event.out, "code", code_word(report->code));
	put_member(event.out, "operation", report->operation);
	put_member(event.out, "option", report->option);
	put_member(event.out, "field", report->field);
	put_member(event.out, "subject", report->subject);
	put_member(event.out, "errno", report->number ? pf_errno_name(report->number, room) : NULL);
	put_member(event.out, "message", report->message ? report->message : "");
	put_member(event.out, "hint", report->hint);
	fprintf(event.out, ",\"status\":%d", report->status);
	pf_event_send(&event, to);
}

int pf_report_error(const struct pf_reporter *to, const struct pflask_error *error)
{
	struct report report = report_of(&to->words, error);

	print(to, &report);
	send_event(to, &report);
	clear(&report);
	return report.status;
}

void pf_report_on_stderr(const struct pf_reporter *to, const struct pflask_error *error)
{
	struct report report = report_of(&to->words, error);

	print(to, &report);
	clear(&report);
}

/* Returns the hint to print. NULL stands for "PROGRAM --help", and "" for no hint. */
static char *hint_of(const struct pf_reporter *to, const char *hint)
{
	char *text = NULL;

	if (hint)
		return *hint ? pf_one_line(hint) : NULL;
	return asprintf(&text, "%s --help", to->program) < 0 ? NULL : text;
}

int pf_report_mistake(const struct pf_reporter *to, const char *option, const char *why,
		      const char *hint)
{
	struct report report = {
		.code = PFLASK_INVALID,
		.option = pf_one_line(option),
		.hint = hint_of(to, hint),
		.status = PF_FAILED,
	};

	report.message = with_option(report.option, pf_one_line(why));
	print(to, &report);
	send_event(to, &report);
	clear(&report);
	return report.status;
}

void pf_error_output(struct pflask_error *error, int number)
{
	pf_error_start(error, PFLASK_SETUP, number);
	snprintf(error->operation, sizeof(error->operation), "write");
	snprintf(error->subject, sizeof(error->subject), "standard output");
	pf_error_say(error, "standard output: %s", pf_errno_text(number));
}
