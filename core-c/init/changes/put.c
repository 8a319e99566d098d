/* SPDX-License-Identifier: BSD-2-Clause */
/* Writes the parts of lines about changes (put.h). */
#define _GNU_SOURCE
#include "put.h"

#include "common/decimal.h"
#include "common/utf8.h"

static void put_hex(struct pf_output *out, const char *prefix, unsigned char byte)
{
	static const char digits[] = "0123456789abcdef";

	pf_output_put_string(out, prefix);
	pf_output_put(out, &digits[byte >> 4], 1);
	pf_output_put(out, &digits[byte & 15], 1);
}

void pf_put_escaped(struct pf_output *out, const char *text, int is_json)
{
	const unsigned char *at = (const unsigned char *)text;

	while (*at) {
		int n = pf_utf8_length((const char *)at);
		const unsigned char *next = at + (n > 0 ? n : 1);
		if (n > 0 && !pf_utf8_is_control((const char *)at) && *at != '\\' && *at != '"')
			pf_output_put(out, at, (size_t)n);
		else if (is_json)
			put_hex(out, n > 0 ? "\\u00" : "\\udc", next[-1]);
		else if (*at == '"')
			pf_output_put(out, at, 1);
		else
			for (; at < next; at++)
				put_hex(out, "\\x", *at);
		at = next;
	}
}

void pf_put_number(struct pf_output *out, const char *field, uint64_t number)
{
	char text[PF_DECIMAL_SIZE];

	pf_output_put_string(out, field);
	pf_output_put(out, text, (size_t)pf_write_decimal(number, text));
}

void pf_put_time(struct pf_output *out, const struct timespec *time)
{
	char text[PF_DECIMAL_SIZE];
	int length = pf_write_decimal((uint64_t)time->tv_nsec, text);

	if (time->tv_sec < 0)
		pf_put_number(out, "-", (uint64_t)-time->tv_sec);
	else
		pf_put_number(out, "", (uint64_t)time->tv_sec);
	pf_output_put_string(out, ".");
	pf_output_put(out, "000000000", (size_t)(9 - length));
	pf_output_put(out, text, (size_t)length);
}

void pf_put_identity(struct pf_output *out, const struct stat *status)
{
	pf_put_number(out, ",\"device\":\"", status->st_dev);
	pf_put_number(out, "\",\"inode\":\"", status->st_ino);
	pf_output_put_string(out, "\",\"ctime\":\"");
	pf_put_time(out, &status->st_ctim);
	pf_output_put_string(out, "\"");
}
