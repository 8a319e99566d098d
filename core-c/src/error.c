/* SPDX-License-Identifier: BSD-2-Clause */
/* Errors as one line of text (error.h). */
#include "error.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
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

int pf_error_field(struct pflask_error *reterr, const char *field, int number, const char *message,
		   ...)
{
	va_list arguments;

	reset(reterr, PFLASK_INVALID, number);
	snprintf(reterr->field, sizeof(reterr->field), "%s", field);
	va_start(arguments, message);
	vsnprintf(reterr->message, sizeof(reterr->message), message, arguments);
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
	vsnprintf(reterr->message, sizeof(reterr->message), message, arguments);
	va_end(arguments);
	return number ? -number : -EPROTO;
}

/* What an operation is done to: its path, or else its first string. */
static const char *subject_of(const void *plan, const struct pf_op *op)
{
	const char *kinds = pf_op_table[op->code].arguments;
	size_t at = op->code == PF_OP_mount || op->code == PF_OP_symlink;

	at += strcspn(kinds + at, "s");
	return kinds[at] == 's' ? pf_plan_string(plan, op->arg[at]) : "";
}

static void describe_exec(struct pflask_error *error, const struct pf_failed *failed)
{
	const char *command = error->subject;

	snprintf(error->field, sizeof(error->field), "command");
	if (failed->detail == PF_EXEC_INTERPRETER) {
		error->code = PFLASK_NOT_FOUND;
		snprintf(error->message, sizeof(error->message),
			 "%s: the interpreter it names (#! line or ELF loader) was not found",
			 command);
	} else if (failed->number == ENOENT || failed->number == ENOTDIR) {
		error->code = PFLASK_NOT_FOUND;
		snprintf(error->message, sizeof(error->message), "%s: %s", command,
			 strchr(command, '/') ? "No such file or directory" : "command not found");
	} else {
		error->code = PFLASK_NOT_EXECUTABLE;
		snprintf(error->message, sizeof(error->message), "%s: %s", command,
			 strerror(failed->number));
	}
}

static void describe_operation(struct pflask_error *error, const void *plan, const struct pf_op *op)
{
	char line[384];

	if (op->code == PF_OP_mount)
		snprintf(line, sizeof(line), "mount %s on %s", pf_plan_string(plan, op->arg[0]),
			 error->subject);
	else
		pf_print_op(plan, op, line, sizeof(line));
	snprintf(error->message, sizeof(error->message), "%s: %s", line, strerror(error->number));
}

int pf_error_operation(struct pflask_error *reterr, const void *plan, const char *origin,
		       const struct pf_failed *failed)
{
	if (failed->index < 0 || (uint32_t)failed->index >= pf_plan_count(plan)) {
		return pf_error_internal(reterr, failed->number, "pflask-init: %s",
					 strerror(failed->number));
	}
	const struct pf_op *op = pf_plan_op(plan, (uint32_t)failed->index);
	reset(reterr, failed->number == EPERM ? PFLASK_PRIVILEGE : PFLASK_SETUP, failed->number);
	reterr->index = failed->index;
	snprintf(reterr->operation, sizeof(reterr->operation), "%s", pf_op_table[op->code].name);
	snprintf(reterr->subject, sizeof(reterr->subject), "%s", subject_of(plan, op));
	if (op->code == PF_OP_exec)
		describe_exec(reterr, failed);
	else
		describe_operation(reterr, plan, op);
	if (origin) {
		snprintf(reterr->field, sizeof(reterr->field), "mount");
		snprintf(reterr->message, sizeof(reterr->message), "%s: %s", origin,
			 strerror(failed->number));
	}
	pf_hint(reterr, plan);
	return failed->number ? -failed->number : -EIO;
}
