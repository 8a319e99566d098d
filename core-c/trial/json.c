/* SPDX-License-Identifier: BSD-2-Clause */
/* Reads a line of JSON (json.h). */
#include "json.h"

#include <string.h>

#include "common/utf8.h"

/* The deepest value that is skipped. */
#define DEEPEST 16

static int fail(struct pf_json *json)
{
	json->failed = 1;
	return 0;
}

static void skip_blanks(struct pf_json *json)
{
	while (*json->at == ' ' || *json->at == '\t')
		json->at++;
}

/* Takes a character if the character comes next. */
static int take(struct pf_json *json, char wanted)
{
	skip_blanks(json);
	if (json->failed || *json->at != wanted)
		return 0;
	json->at++;
	return 1;
}

static int take_word(struct pf_json *json, const char *word)
{
	size_t length = strlen(word);

	skip_blanks(json);
	if (json->failed || strncmp(json->at, word, length) != 0)
		return 0;
	json->at += length;
	return 1;
}

int pf_json_object(struct pf_json *json)
{
	return take(json, '{') || fail(json);
}

int pf_json_list(struct pf_json *json)
{
	return take(json, '[') || fail(json);
}

/* Goes to the next part of an object or a list. Returns 0 at the end. */
static int next(struct pf_json *json, int *is_first, char end)
{
	const int was_first = *is_first;

	*is_first = 0;
	if (json->failed || take(json, end))
		return 0;
	return was_first || take(json, ',') || fail(json);
}

int pf_json_member(struct pf_json *json, int *is_first, const char **ret)
{
	char *name;

	if (!next(json, is_first, '}') || !pf_json_string(json, &name))
		return 0;
	*ret = name;
	return take(json, ':') || fail(json);
}

int pf_json_element(struct pf_json *json, int *is_first)
{
	return next(json, is_first, ']');
}

/* Reads four hexadecimal digits. Returns the number, or -1. */
static int32_t hex(const char *digits)
{
	int32_t value = 0;

	for (int i = 0; i < 4; i++) {
		const char digit = digits[i];
		int part;
		if (digit >= '0' && digit <= '9')
			part = digit - '0';
		else if ((digit | 32) >= 'a' && (digit | 32) <= 'f')
			part = (digit | 32) - 'a' + 10;
		else
			return -1;
		value = value << 4 | part;
	}
	return value;
}

/* Writes a character in UTF-8. Returns the end. */
static char *put_utf8(char *to, int32_t code)
{
	if (code < 0x80) {
		*to++ = (char)code;
		return to;
	}
	if (code < 0x800) {
		*to++ = (char)(0xc0 | code >> 6);
	} else {
		if (code < 0x10000) {
			*to++ = (char)(0xe0 | code >> 12);
		} else {
			*to++ = (char)(0xf0 | code >> 18);
			*to++ = (char)(0x80 | (code >> 12 & 63));
		}
		*to++ = (char)(0x80 | (code >> 6 & 63));
	}
	*to++ = (char)(0x80 | (code & 63));
	return to;
}

/* Reads the four digits after "\u", and a second surrogate. Writes the character, which is never
 * longer than its escape. Returns the end of the character, or NULL. */
static char *unescape_code(struct pf_json *json, char *to)
{
	int32_t code = hex(json->at);

	if (code <= 0)
		return NULL;
	json->at += 4;
	if (code >= 0xdc80 && code <= 0xdcff) {
		*to++ = (char)(code & 0xff); /* a byte that is not UTF-8 */
		return to;
	}
	if (code >= 0xd800 && code < 0xdc00) {
		int32_t low = json->at[0] == '\\' && json->at[1] == 'u' ? hex(json->at + 2) : -1;
		if (low < 0xdc00 || low > 0xdfff)
			return NULL;
		json->at += 6;
		code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
	} else if (code >= 0xdc00 && code <= 0xdfff) {
		return NULL;
	}
	return put_utf8(to, code);
}

static char *unescape(struct pf_json *json, char *to)
{
	static const char short_escapes[] = "\"\\/bfnrt", meant[] = "\"\\/\b\f\n\r\t";
	const char letter = *json->at;
	const char *found = letter ? strchr(short_escapes, letter) : NULL;

	if (letter == 'u') {
		json->at++;
		return unescape_code(json, to);
	}
	if (!found)
		return NULL;
	json->at++;
	*to++ = meant[found - short_escapes];
	return to;
}

int pf_json_string(struct pf_json *json, char **ret)
{
	if (!take(json, '"'))
		return fail(json);
	char *to = json->at;
	*ret = to;
	while (to && *json->at != '"') {
		const unsigned char byte = (unsigned char)*json->at;
		if (byte >= 0x20 && byte < 0x7f && byte != '\\') {
			*to++ = *json->at++; /* almost all characters */
			continue;
		}
		int length = pf_utf8_length(json->at);
		if (length <= 0 || (unsigned char)*json->at < 0x20)
			return fail(json);
		if (*json->at == '\\') {
			json->at++;
			to = unescape(json, to);
			continue;
		}
		memmove(to, json->at, (size_t)length);
		to += length;
		json->at += length;
	}
	if (!to)
		return fail(json);
	json->at++;
	*to = '\0';
	return 1;
}

int pf_json_number(struct pf_json *json, uint64_t most, uint64_t *ret)
{
	uint64_t value = 0;

	skip_blanks(json);
	if (json->failed || *json->at < '0' || *json->at > '9' ||
	    (*json->at == '0' && json->at[1] >= '0' && json->at[1] <= '9'))
		return fail(json);
	for (; *json->at >= '0' && *json->at <= '9'; json->at++) {
		const uint64_t digit = (uint64_t)(*json->at - '0');
		if (digit > most || value > (most - digit) / 10)
			return fail(json);
		value = value * 10 + digit;
	}
	if (*json->at == '.' || (*json->at | 32) == 'e')
		return fail(json);
	*ret = value;
	return 1;
}

int pf_json_bool(struct pf_json *json, int *ret)
{
	if (take_word(json, "true")) {
		*ret = 1;
		return 1;
	}
	*ret = 0;
	return take_word(json, "false") || fail(json);
}

int pf_json_null(struct pf_json *json)
{
	return take_word(json, "null");
}

static int skip(struct pf_json *json, int depth)
{
	const char *name;
	char *text;
	int is_first = 1, is;

	if (depth == 0)
		return fail(json);
	if (take(json, '{')) {
		while (pf_json_member(json, &is_first, &name) && skip(json, depth - 1))
			;
		return !json->failed;
	}
	if (take(json, '[')) {
		while (pf_json_element(json, &is_first) && skip(json, depth - 1))
			;
		return !json->failed;
	}
	if (*json->at == '"')
		return pf_json_string(json, &text);
	if (*json->at == 't' || *json->at == 'f')
		return pf_json_bool(json, &is);
	if (pf_json_null(json))
		return 1;
	uint64_t number;
	take(json, '-');
	return pf_json_number(json, UINT64_MAX, &number);
}

int pf_json_skip(struct pf_json *json)
{
	return skip(json, DEEPEST);
}

int pf_json_end(struct pf_json *json)
{
	skip_blanks(json);
	return (!json->failed && *json->at == '\0') || fail(json);
}
