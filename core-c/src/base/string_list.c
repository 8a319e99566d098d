/* SPDX-License-Identifier: BSD-2-Clause */
/* Implements lists of strings (string_list.h). */
#define _GNU_SOURCE
#include "string_list.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Appends a string, and takes ownership of the string. Returns 0, or -ENOMEM if there is no memory
 * or the string is NULL. */
static int append_owned(struct pf_strings *list, char *string)
{
	/* The number of used elements of the array, with the NULL. The array is full when this
	 * number is a power of two. */
	size_t room = list->count + 1;
	char **items = list->items;

	if (string && (room & (room - 1)) == 0)
		items = realloc(list->items, 2 * room * sizeof(*items));
	if (!string || !items) {
		free(string);
		return -ENOMEM;
	}
	list->items = items;
	items[list->count++] = string;
	items[list->count] = NULL;
	return 0;
}

int pf_strings_add(struct pf_strings *list, const char *value)
{
	return append_owned(list, strdup(value));
}

int pf_strings_format(struct pf_strings *list, const char *format, ...)
{
	char *string = NULL;
	va_list arguments;

	va_start(arguments, format);
	int n = vasprintf(&string, format, arguments);
	va_end(arguments);
	return append_owned(list, n < 0 ? NULL : string);
}

/* Writes a NUL at `end`, the present end of the field. Returns whether the field is complete: at
 * the end of the text, or at a colon that separates two fields. `text` is the unread rest of the
 * text. */
static int ends_field(char *field, char *end, const char *text,
		      int (*keeps)(const char *field, const char *rest))
{
	*end = '\0';
	return *text == '\0' || (*text == ':' && !(keeps && keeps(field, text + 1)));
}

int pf_strings_split(const char *text, int (*keeps)(const char *field, const char *rest),
		     struct pf_strings *ret)
{
	char *field = calloc(1, strlen(text) + 1), *end = field;
	int r = field ? 0 : -ENOMEM;

	for (; r == 0; text++) {
		if (!ends_field(field, end, text, keeps)) {
			text += text[0] == '\\' && text[1] == ':';
			*end++ = *text;
			continue;
		}
		r = pf_strings_add(ret, field);
		if (*text == '\0')
			break;
		end = field;
	}
	free(field);
	return r;
}

void pf_strings_clear(struct pf_strings *list)
{
	for (size_t i = 0; i < list->count; i++)
		free(list->items[i]);
	free(list->items);
	*list = (struct pf_strings){0};
}
