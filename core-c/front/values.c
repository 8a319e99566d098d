/* SPDX-License-Identifier: BSD-2-Clause */
/* Reads the values of options (values.h) as packages/cli and packages/runtime/src/signal.ts do. */
#define _GNU_SOURCE
#include "values.h"

#include <errno.h>
#include <limits.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "src/base/numbers.h"
#include "src/explain/command_line.h"
#include "src/spec/spec.h"

/* The real-time signals that glibc leaves to programs. SIGRTMIN of musl is another number. */
#define RTMIN 34
#define RTMAX 64

/* The largest number, so that its product with any unit fits into a long. */
#define LONGEST (1L << 40)

static int is_digit(char character)
{
	return character >= '0' && character <= '9';
}

/* Reads a number of one or more digits. Returns the rest of the text, or NULL. */
static const char *read_number(const char *text, long *ret)
{
	long number = 0;

	if (!is_digit(*text))
		return NULL;
	for (; is_digit(*text); text++) {
		number = number * 10 + (*text - '0');
		if (number > LONGEST)
			return NULL;
	}
	*ret = number;
	return text;
}

/* Reads a number from a text that has only digits. */
static int read_whole(const char *text, long *ret)
{
	const char *rest = read_number(text, ret);

	return rest && *rest == '\0';
}

/* Reads the text after "RTMIN" or "RTMAX": nothing, or a sign and a number. */
static int read_offset(const char *text, char sign, long *ret)
{
	*ret = 0;
	return *text == '\0' || (*text == sign && read_whole(text + 1, ret));
}

static int read_signal_name(const char *text, long *ret)
{
	const char *name = strncasecmp(text, "SIG", 3) == 0 ? text + 3 : text;
	long offset;

	for (int i = 1; i < RTMIN; i++) {
		const char *known = pf_signal_name(i);
		if (known && strcasecmp(name, known) == 0) {
			*ret = i;
			return 1;
		}
	}
	if (strncasecmp(name, "RTMIN", 5) == 0 && read_offset(name + 5, '+', &offset))
		*ret = RTMIN + offset;
	else if (strncasecmp(name, "RTMAX", 5) == 0 && read_offset(name + 5, '-', &offset))
		*ret = RTMAX - offset;
	else
		return 0;
	return *ret >= RTMIN && *ret <= RTMAX;
}

static int read_signal(const char *text, long *ret)
{
	if (is_digit(*text))
		return read_whole(text, ret) && *ret >= 1 && *ret <= RTMAX;
	return read_signal_name(text, ret);
}

/* A unit of time or size, in multiples of the smallest unit. */
struct unit {
	char name[3];
	long size;
};

/* Reads a whole number with a unit. The last entry of `units` has no name: it is the unit of a bare
 * number. */
static int read_quantity(const char *text, const struct unit *units, long most, long *ret)
{
	long number;
	const char *name = read_number(text, &number);

	if (!name)
		return 0;
	while (units->name[0] && strcmp(name, units->name) != 0)
		units++;
	if (!units->name[0] && *name)
		return 0;
	if (number > most / units->size)
		return 0;
	*ret = number * units->size;
	return 1;
}

static int read_duration(const char *text, long *ret)
{
	static const struct unit units[] = {
		{"ms", 1}, {"s", 1000}, {"m", 60000}, {"h", 3600000}, {"", 1000}};

	return read_quantity(text, units, INT_MAX, ret);
}

static int read_size(const char *text, long *ret)
{
	static const struct unit units[] = {{"K", 1L << 10}, {"k", 1L << 10}, {"M", 1L << 20},
					    {"m", 1L << 20}, {"G", 1L << 30}, {"g", 1L << 30},
					    {"", 1}};

	return read_quantity(text, units, LONGEST, ret);
}

static int read_descriptor(const char *text, long *ret)
{
	return strlen(text) <= 9 && read_whole(text, ret);
}

static int read_key(const char *text, long *ret)
{
	if (strcmp(text, "none") == 0) {
		*ret = PF_NO_KEY;
		return 1;
	}
	if (strlen(text) != 2 || text[0] != '^')
		return 0;
	if (text[1] == '?')
		*ret = 0x7f;
	else if ((text[1] >= '@' && text[1] <= '_') || (text[1] >= 'a' && text[1] <= 'z'))
		*ret = text[1] & 0x1f;
	else
		return 0;
	return 1;
}

/* Reads an escape key. A spec uses PF_NO_ESCAPE_KEY for "no key", and the options use PF_NO_KEY. */
static int read_escape(const char *text, long *ret)
{
	int is_key = read_key(text, ret);

	if (is_key && *ret == PF_NO_KEY)
		*ret = PF_NO_ESCAPE_KEY;
	return is_key;
}

/* Reads the format of --stats. Without a value, the format is text. */
static int read_format(const char *text, long *ret)
{
	*ret = text ? PFLASK_STATS_JSON : PFLASK_STATS;
	return !text || strcmp(text, "json") == 0;
}

int pf_value(enum pf_kind kind, const char *text, long *ret)
{
	switch (kind) {
	case PF_KIND_SIGNAL:
		return read_signal(text, ret);
	case PF_KIND_DURATION:
		return read_duration(text, ret);
	case PF_KIND_SIZE:
		return read_size(text, ret);
	case PF_KIND_DESCRIPTOR:
		return read_descriptor(text, ret);
	case PF_KIND_KEY:
		return read_key(text, ret);
	case PF_KIND_ESCAPE:
		return read_escape(text, ret);
	case PF_KIND_FORMAT:
		return read_format(text, ret);
	default:
		return 0;
	}
}

/* Replaces the variable of this name in a list. Returns 1; 0 if the list has no such variable; or
 * -ENOMEM. */
static int replace_variable(struct pf_strings *list, const char *piece, size_t name_size)
{
	for (size_t i = 0; i < list->count; i++) {
		if (strncmp(list->items[i], piece, name_size) != 0)
			continue;
		char *copy = strdup(piece);
		if (!copy)
			return -ENOMEM;
		free(list->items[i]);
		list->items[i] = copy;
		return 1;
	}
	return 0;
}

/* Sets one variable of the environment. Leaves a name that begins with a digit to the TypeScript
 * code, because a JavaScript object puts numeric keys before all other keys. */
static int set_variable(pflask_spec *spec, const char *piece)
{
	const char *equals = strchr(piece, '=');

	if (!equals || equals == piece || is_digit(*piece))
		return 0;
	int r = replace_variable(&spec->setenv, piece, (size_t)(equals - piece) + 1);
	return r == 1 || (r == 0 && pflask_spec_set(spec, "setenv", piece, NULL, 0) == 0);
}

/* Splits off the first piece of a text, up to the first comma that has no backslash before it. In
 * the piece, replaces "\," with ",". Returns the text after the comma, or NULL if there is no
 * further piece. */
static char *cut_piece(char *text)
{
	char *to = text;

	for (char *from = text; *from; from++) {
		if (*from == ',' && to > text && to[-1] == '\\') {
			to[-1] = ',';
		} else if (*from == ',') {
			*to = '\0';
			return from + 1;
		} else {
			*to++ = *from;
		}
	}
	*to = '\0';
	return NULL;
}

int pf_value_variables(pflask_spec *spec, const char *text)
{
	char *copy = strdup(text);
	int is_good = copy != NULL;

	for (char *piece = copy, *next; is_good && piece; piece = next) {
		next = cut_piece(piece);
		is_good = set_variable(spec, piece);
	}
	free(copy);
	return is_good;
}
