/* SPDX-License-Identifier: BSD-2-Clause */
/* Replaces names in braces with words (words.h). */
#define _GNU_SOURCE
#include "words.h"

#include <stdio.h>
#include <string.h>

#include "src/base/written.h"

/* A part of a text. `start` is NULL if there is none. */
struct span {
	const char *start;
	size_t size;
};

/* A name in braces: "{name}" or "{name=value}". */
struct named {
	struct span name, value;
	const char *end; /* rest of the text, after the closing brace */
};

static const char blanks[] = " \t\n\v\f\r";

static int is_one_of(const char *characters, char character)
{
	return character && strchr(characters, character);
}

static int is_of_name(char character)
{
	return is_one_of("_0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ",
			 character);
}

/* Tells whether a closing brace ends a name: a blank, a punctuation mark or the end of the text
 * must follow. */
static int is_end(const char *text)
{
	return *text == '}' &&
	       (!text[1] || is_one_of(blanks, text[1]) || is_one_of(",;:)-", text[1]));
}

/* Reads {name} or {name=value} at the start of a text. If the text was cut off inside the value,
 * the value ends with the text. Returns whether there is a name. */
static int read_named(const char *text, struct named *ret)
{
	const char *at = text + 1;

	while (is_of_name(*at))
		at++;
	*ret = (struct named){.name = {text + 1, (size_t)(at - text - 1)}, .end = at + 1};
	if (*text != '{' || ret->name.size == 0)
		return 0;
	if (*at != '=')
		return is_end(at);
	ret->value.start = ++at;
	while (*at && !is_end(at))
		at++;
	ret->value.size = (size_t)(at - ret->value.start);
	ret->end = *at ? at + 1 : at;
	return 1;
}

static int is_equal(struct span span, const char *text, size_t size)
{
	return span.size == size && memcmp(span.start, text, size) == 0;
}

/* Tells whether the key of a line, NAME or NAME=VALUE, matches a name. *ret_any tells whether VALUE
 * is *, which stands for any value. */
static int fits(struct span key, const struct named *named, int *ret_any)
{
	size_t size = named->name.size;

	*ret_any = 0;
	if (key.size < size || memcmp(key.start, named->name.start, size) != 0)
		return 0;
	if (!named->value.start || key.size == size)
		return key.size == size && !named->value.start;
	const char *value = key.start + size + 1;
	size_t value_size = key.size - size - 1;
	*ret_any = value_size == 1 && *value == '*';
	return key.start[size] == '=' && (*ret_any || is_equal(named->value, value, value_size));
}

/* Finds the words for a name in a list. `start` of the result is NULL if there are none. */
static struct span find(const char *list, const struct named *named, int *ret_any)
{
	while (list && *list) {
		const char *tab = list + strcspn(list, "\t"), *end = tab + strcspn(tab, "\n");
		if (*tab && fits((struct span){list, (size_t)(tab - list)}, named, ret_any))
			return (struct span){tab + 1, (size_t)(end - tab - 1)};
		list = *end ? end + 1 : end;
	}
	return (struct span){0};
}

static void put_words(FILE *out, struct span words, const struct named *named, int any)
{
	for (size_t i = 0; i < words.size; i++)
		if (any && words.start[i] == '*')
			fwrite(named->value.start, 1, named->value.size, out);
		else
			fputc(words.start[i], out);
}

/* Prints the words for a name. Returns whether there are words. */
static int put_named(FILE *out, const struct named *named, const struct pf_words *words)
{
	int any = 0;
	struct span found = find(words->typed, named, &any);

	if (!found.start)
		found = find(words->others, named, &any);
	if (found.start)
		put_words(out, found, named, any);
	return found.start != NULL;
}

/* Copies a text. Replaces the names in braces, except in the first `head` bytes. */
static char *worded(const char *text, size_t head, const struct pf_words *words)
{
	struct pf_written written;
	struct named named;
	FILE *out = pf_write_begin(&written);

	if (!out)
		return NULL;
	fwrite(text, 1, head, out);
	for (const char *at = text + head; *at;) {
		int begins = at == text || at[-1] == '(' || is_one_of(blanks, at[-1]);
		const char *end = begins && read_named(at, &named) ? named.end : at + 1;
		if (end == at + 1 || !put_named(out, &named, words))
			fwrite(at, 1, (size_t)(end - at), out);
		at = end;
	}
	return pf_write_take(&written);
}

char *pf_worded(const char *text, const struct pf_words *words)
{
	return worded(text, 0, words);
}

char *pf_worded_reason(const char *message, const struct pf_words *words)
{
	size_t head = 0;

	for (size_t i = 0; message[i]; i++)
		if (message[i] == ':' && message[i + 1] == ' ')
			head = i + 1;
	return worded(message, head, words);
}

char *pf_words_for(const struct pf_words *words, const char *name, const char *value)
{
	const struct named named = {{name, strlen(name)}, {value, strlen(value)}, NULL};
	int any;
	struct span found = find(words->others, &named, &any);

	return found.start ? strndup(found.start, found.size) : NULL;
}

size_t pf_typed(const struct pf_words *words, const char *field, const char **ret)
{
	const struct named named = {.name = {field, strlen(field)}};
	int any;
	struct span found = find(words->typed, &named, &any);

	*ret = found.start;
	return found.size;
}
