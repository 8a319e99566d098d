/* SPDX-License-Identifier: BSD-2-Clause */
/* Looks numbers up in the generated tables (numbers.h). */
#include "numbers.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "numbers.gen.h"

/* The maximum length of a mistyped name for which a similar name is searched. */
#define LONGEST_TYPED 31

/* One typing error is allowed for each PER_SLIP characters, as in packages/command. */
#define PER_SLIP 4

/* The last number that the kernel can return as an error. */
#define LAST_ERRNO 4095

/* Returns string number `index` of a table of NUL-terminated strings, or "" if the table has fewer
 * strings. */
static const char *string_at(const char *table, size_t size, int index)
{
	const char *end = table + size - 1;

	for (; index > 0 && table < end; index--)
		table += strlen(table) + 1;
	return index == 0 && table < end ? table : "";
}

/* Returns the name (`which` is 0) or the text (`which` is 1) of an error number, or "". */
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

const char *pf_capability_name(int number)
{
	const char *name = string_at(capability_names, sizeof(capability_names), number);

	return *name ? name : NULL;
}

const char *pf_resource_name(int number)
{
	const char *name = string_at(resource_names, sizeof(resource_names), number);

	return *name ? name : NULL;
}

size_t pf_prefix_length(const char *text, const char *prefix)
{
	size_t length = strlen(prefix);

	return strncasecmp(text, prefix, length) == 0 ? length : 0;
}

int pf_named(pf_name_of name_of, const char *text, size_t length)
{
	for (int i = 0; name_of(i); i++)
		if (strlen(name_of(i)) == length && strncasecmp(name_of(i), text, length) == 0)
			return i;
	return -1;
}

static size_t least(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* Returns the number of typing errors between a text and a name: inserted, removed or replaced
 * characters. */
static size_t distance(const char *text, size_t length, const char *name)
{
	size_t row[LONGEST_TYPED + 1];

	for (size_t i = 0; i <= length; i++)
		row[i] = i;
	for (size_t line = 1; *name; name++, line++) {
		size_t corner = row[0];
		row[0] = line;
		for (size_t i = 1; i <= length; i++) {
			size_t changed = least(row[i], row[i - 1]) + 1;
			size_t same = corner + (strncasecmp(text + i - 1, name, 1) != 0);
			corner = row[i];
			row[i] = least(same, changed);
		}
	}
	return row[length];
}

const char *pf_nearest_name(pf_name_of name_of, const char *text, size_t length)
{
	const char *nearest = NULL;
	size_t most = length < PER_SLIP ? 1 : length / PER_SLIP;

	if (length > LONGEST_TYPED)
		return NULL;
	for (int i = 0; name_of(i); i++) {
		size_t slips = distance(text, length, name_of(i));
		if (slips > most)
			continue;
		nearest = name_of(i);
		most = slips - 1;
		if (slips == 0)
			break;
	}
	return nearest;
}
