/* SPDX-License-Identifier: BSD-2-Clause */
/* Looks numbers up in the generated tables (numbers.h). */
#include "numbers.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "numbers.gen.h"

/* The last number that the kernel can return as an error. */
#define LAST_ERRNO 4095

/* Returns the string with this index, counted from 0, or "" if the table has no such string. */
static const char *string_at(const char *table, size_t size, int index)
{
	const char *end = table + size - 1;

	for (; index > 0 && table < end; index--)
		table += strlen(table) + 1;
	return index == 0 && table < end ? table : "";
}

/* Returns the name (0) or the text (1) of an error number, or "". */
static const char *errno_string(int number, int which)
{
	if (number <= 0 || number > LAST_ERRNO)
		return "";
	return string_at(errno_names, sizeof(errno_names), 2 * (number - 1) + which);
}

const char *pf_errno_text(int number)
{
	const char *text = errno_string(number, 1);

	return *text ? text : "unknown error";
}

const char *pf_errno_name(int number, char room[PF_NUMBER_TEXT])
{
	const char *name = errno_string(number, 0);

	if (*name)
		return name;
	snprintf(room, PF_NUMBER_TEXT, "E%d", number);
	return room;
}

const char *pf_signal_name(int signal)
{
	const char *name =
		signal > 0 ? string_at(signal_names, sizeof(signal_names), signal - 1) : "";

	return *name ? name : NULL;
}
