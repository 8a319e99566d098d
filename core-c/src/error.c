/* SPDX-License-Identifier: BSD-2-Clause */
/* Errors as one line of text (error.h). */
#define _GNU_SOURCE
#include "error.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "plan.h"
#include "print.h"

static void reset(struct pflask_error *error, enum pflask_code code, int number)
{
	memset(error, 0, sizeof(*error));
	error->code = (int32_t)code;
	error->number = number;
	error->index = -1;
}

/* A message says why at its end: what is too long is left out of the middle. */
static void say_list(struct pflask_error *error, const char *format, va_list arguments)
{
	const size_t size = sizeof(error->message), head = size / 2, tail = size - head - 4;
	char *text = NULL;
	int length = vasprintf(&text, format, arguments);

	if (length < 0)
		return; /* no memory: an error without words */
	if ((size_t)length < size)
		memcpy(error->message, text, (size_t)length + 1);
	else
		snprintf(error->message, size, "%.*s...%s", (int)head, text,
			 text + (size_t)length - tail);
	free(text);
}

static void say(struct pflask_error *error, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

static void say(struct pflask_error *error, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	say_list(error, format, arguments);
	va_end(arguments);
}

int pf_error_field(struct pflask_error *reterr, const char *field, int number, const char *message,
		   ...)
{
	va_list arguments;

	reset(reterr, PFLASK_INVALID, number);
	snprintf(reterr->field, sizeof(reterr->field), "%s", field);
	va_start(arguments, message);
	say_list(reterr, message, arguments);
	va_end(arguments);
	return number ? -number : -EINVAL;
}

void pf_error_hint(struct pflask_error *reterr, const char *hint, ...)
{
	va_list arguments;

	va_start(arguments, hint);
	vsnprintf(reterr->hint, sizeof(reterr->hint), hint, arguments);
	va_end(arguments);
}

int pf_error_internal(struct pflask_error *reterr, int number, const char *message, ...)
{
	va_list arguments;

	reset(reterr, PFLASK_INTERNAL, number);
	va_start(arguments, message);
	say_list(reterr, message, arguments);
	va_end(arguments);
	return number > 0 ? -number : -EPROTO;
}

/* What an operation is done to: its path, or else its first string. */
static const char *subject_of(const void *plan, const struct pf_op *op)
{
	const char *kinds = pf_op_table[op->code].arguments;
	size_t at = op->code == PF_OP_mount || op->code == PF_OP_symlink;

	at += strcspn(kinds + at, "s");
	return kinds[at] == 's' ? pf_plan_string(plan, op->arg[at]) : "";
}

static void describe_exec(struct pflask_error *error, const char *command,
			  const struct pf_failed *failed)
{
	snprintf(error->field, sizeof(error->field), "command");
	error->code = PFLASK_NOT_FOUND;
	if (failed->detail == PF_EXEC_INTERPRETER) {
		say(error, "%s: the interpreter it names (#! line or ELF loader) was not found",
		    command);
	} else if (failed->number == ENOENT || failed->number == ENOTDIR) {
		say(error, "%s: %s", command,
		    strchr(command, '/') ? "No such file or directory" : "command not found");
	} else {
		error->code = PFLASK_NOT_EXECUTABLE;
		say(error, "%s: %s", command, strerror(failed->number));
	}
}

/* The field of a spec that an operation comes from, where it does what only that asks for. */
static const char *field_of(const struct pf_op *op)
{
	static const struct {
		enum pf_op_code code;
		char field[12];
	} fields[] = {
		{PF_OP_changes_file, "changes"}, {PF_OP_keep, "keep"},
		{PF_OP_chroot, "chroot"},        {PF_OP_hostname, "hostname"},
		{PF_OP_chdir, "chdir"},          {PF_OP_pid_file, "pidFile"},
	};

	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
		if (fields[i].code == op->code)
			return fields[i].field;
	return "";
}

/* The directory on the host that becomes the root; "" where there is none. */
static const char *root_of(const void *plan)
{
	const struct pf_op *root = pf_plan_find(plan, PF_OP_root);
	uint32_t count = root ? pf_plan_count(plan) : 0;

	for (uint32_t i = 0; i < count; i++) {
		const struct pf_op *op = pf_plan_op(plan, i);
		if (op->code == PF_OP_source && op->arg[0] == root->arg[0])
			return pf_plan_string(plan, op->arg[1]);
	}
	return "";
}

/* That nobody may make the place of a filesystem of pflask's own, or go there, is a matter of the
 * directory that was given as the root. */
static int describe_unreachable(struct pflask_error *error, const void *plan, const char *subject)
{
	const char *root = error->number == EACCES ? root_of(plan) : "";

	if (!*root)
		return 0;
	snprintf(error->field, sizeof(error->field), "chroot");
	say(error, "%s: no %s can be made in it, or reached: %s", root, subject,
	    strerror(error->number));
	pf_error_hint(error, "sudo pflask --chroot=%s --user-map=auto ...", root);
	return 1;
}

static void describe_operation(struct pflask_error *error, const void *plan, const struct pf_op *op,
			       const char *subject)
{
	const char *why = strerror(error->number);
	char line[8192];

	snprintf(error->field, sizeof(error->field), "%s", field_of(op));
	if (op->code == PF_OP_control && error->number == EADDRINUSE)
		snprintf(error->field, sizeof(error->field), "name");
	if (error->number == EADDRINUSE &&
	    (op->code == PF_OP_control || op->code == PF_OP_pid_file))
		why = "another container has it";
	pf_print_op(plan, op, line, sizeof(line));
	if (op->code == PF_OP_mount && describe_unreachable(error, plan, subject))
		return;
	if (op->code == PF_OP_mount)
		say(error, "mount %s on %s: %s", pf_plan_string(plan, op->arg[0]), subject, why);
	else if (*error->field)
		say(error, "%s: %s", subject, why);
	else
		say(error, "%s: %s", line, why);
}

/* What is said beside the number has come from the container: it may hold anything. A program that
 * has failed (ECHILD) says all that is known. */
static const char *reason(const struct pf_failed *failed, char *ret, size_t size)
{
	int length = (int)strnlen(failed->text, sizeof(failed->text));

	if (length == 0)
		snprintf(ret, size, "%s", strerror(failed->number));
	else if (failed->number == ECHILD)
		snprintf(ret, size, "%.*s", length, failed->text);
	else
		snprintf(ret, size, "%s (%.*s)", strerror(failed->number), length, failed->text);
	for (char *c = ret; *c; c++)
		if (*c < ' ' || *c > '~')
			*c = '?';
	return ret;
}

/* A mount or an interface says itself what it is done to; a port, of several, is said; an
 * ephemeral root has many operations of its own. */
static void describe_origin(struct pflask_error *error, const struct pf_origin *origin,
			    const struct pf_failed *failed, const char *line)
{
	char why[2 * PF_RTNL_TEXT];

	reason(failed, why, sizeof(why));
	snprintf(error->field, sizeof(error->field), "%s", origin->field);
	if (strcmp(error->operation, "port") == 0)
		say(error, "%s: %s: %s", origin->text, line, why);
	else if (strcmp(origin->field, "mount") == 0 || strncmp(origin->field, "net", 3) == 0)
		say(error, "%s: %s", origin->text, why);
	else
		say(error, "%s%s%s %s: %s", origin->text, *origin->text ? ": " : "",
		    error->operation, error->subject, why);
}

int pf_error_operation(struct pflask_error *reterr, const void *plan,
		       const struct pf_origin *origin, const struct pf_failed *failed)
{
	if (failed->index < 0 || (uint32_t)failed->index >= pf_plan_count(plan)) {
		return pf_error_internal(reterr, failed->number, "pflask-init: %s",
					 strerror(failed->number));
	}
	const struct pf_op *op = pf_plan_op(plan, (uint32_t)failed->index);
	const char *subject = subject_of(plan, op);
	reset(reterr, failed->number == EPERM ? PFLASK_PRIVILEGE : PFLASK_SETUP, failed->number);
	reterr->index = failed->index;
	snprintf(reterr->operation, sizeof(reterr->operation), "%s", pf_op_table[op->code].name);
	snprintf(reterr->subject, sizeof(reterr->subject), "%s", subject);
	if (origin) {
		char line[256];
		pf_print_op(plan, op, line, sizeof(line));
		describe_origin(reterr, origin, failed, line);
	} else if (op->code == PF_OP_exec) {
		describe_exec(reterr, subject, failed);
	} else {
		describe_operation(reterr, plan, op, subject);
	}
	pf_hint(reterr, plan);
	return failed->number > 0 ? -failed->number : -EIO;
}
