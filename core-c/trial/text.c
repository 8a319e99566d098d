/* SPDX-License-Identifier: BSD-2-Clause */
/* Collects a text (text.h). */
#include "text.h"

#include <stdlib.h>
#include <string.h>

#include "common/utf8.h"

void pf_text_add(struct pf_text *text, const char *bytes, size_t size)
{
	if (text->failed)
		return;
	if (text->room - text->size <= size) {
		size_t room = (text->room + size + 1) * 2;
		char *larger = room > size ? realloc(text->bytes, room) : NULL;
		if (!larger) {
			text->failed = 1;
			return;
		}
		text->bytes = larger;
		text->room = room;
	}
	memcpy(text->bytes + text->size, bytes, size);
	text->size += size;
	text->bytes[text->size] = '\0';
}

void pf_text_put(struct pf_text *text, const char *string)
{
	pf_text_add(text, string, strlen(string));
}

void pf_text_digits(struct pf_text *text, uint64_t number, int base, int least)
{
	char digits[32];
	int at = (int)sizeof(digits);

	for (; number > 0 || least > 0; number /= (uint64_t)base, least--)
		digits[--at] = (char)('0' + number % (uint64_t)base);
	pf_text_add(text, digits + at, sizeof(digits) - (size_t)at);
}

void pf_text_number(struct pf_text *text, uint64_t number)
{
	pf_text_digits(text, number, 10, 1);
}

static void put_hex(struct pf_text *text, const char *prefix, unsigned char byte)
{
	static const char digits[] = "0123456789abcdef";
	const char both[2] = {digits[byte >> 4], digits[byte & 15]};

	pf_text_put(text, prefix);
	pf_text_add(text, both, sizeof(both));
}

void pf_text_json(struct pf_text *text, const char *string)
{
	pf_text_add(text, "\"", 1);
	while (*string) {
		const int length = pf_utf8_length(string);
		const unsigned char byte = (unsigned char)*string;
		if (length <= 0)
			put_hex(text, "\\udc", byte);
		else if (length == 1 && (byte < 0x20 || byte == '"' || byte == '\\'))
			put_hex(text, "\\u00", byte);
		else
			pf_text_add(text, string, (size_t)length);
		string += length > 0 ? length : 1;
	}
	pf_text_add(text, "\"", 1);
}

void pf_text_visible(struct pf_text *text, const char *name)
{
	while (*name) {
		const int length = pf_utf8_length(name);
		const char *end = name + (length > 0 ? length : 1);
		if (length > 0 && !pf_utf8_is_control(name) && *name != '\\')
			pf_text_add(text, name, (size_t)length);
		else
			for (const char *at = name; at < end; at++)
				put_hex(text, "\\x", (unsigned char)*at);
		name = end;
	}
}

void pf_text_clear(struct pf_text *text)
{
	text->size = 0;
	text->failed = 0;
	if (text->bytes)
		text->bytes[0] = '\0';
}

void pf_text_free(struct pf_text *text)
{
	free(text->bytes);
	memset(text, 0, sizeof(*text));
}

const char *pf_text_of(const struct pf_text *text)
{
	return text->bytes ? text->bytes : "";
}
