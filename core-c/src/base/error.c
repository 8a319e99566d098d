/* SPDX-License-Identifier: BSD-2-Clause */
/* Writes errors as one line of text (error.h). */
#define _GNU_SOURCE
#include "error.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void pf_error_start(struct pflask_error *error, enum pflask_code code, int number)
{
	memset(error, 0, sizeof(*error));
	error->code = (int32_t)code;
	error->number = number;
	error->index = -1;
}

/* Sets the message of an error. If the message is too long, cuts out the middle, because the reason
 * is at the end. */
static void say_list(struct pflask_error *error, const char *format, va_list arguments)
{
	const size_t size = sizeof(error->message), head = size / 2, tail = size - head - 4;
	char *text = NULL;
	int length = vasprintf(&text, format, arguments);

	if (length < 0)
		return; /* without memory, the error has no message */
	if ((size_t)length < size)
		memcpy(error->message, text, (size_t)length + 1);
	else
		snprintf(error->message, size, "%.*s...%s", (int)head, text,
			 text + (size_t)length - tail);
	free(text);
}

void pf_error_say(struct pflask_error *error, const char *format, ...)
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

	pf_error_start(reterr, PFLASK_INVALID, number);
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

	pf_error_start(reterr, PFLASK_INTERNAL, number);
	va_start(arguments, message);
	say_list(reterr, message, arguments);
	va_end(arguments);
	return number > 0 ? -number : -EPROTO;
}
