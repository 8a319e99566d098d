/* SPDX-License-Identifier: BSD-2-Clause */
/* Prints plans (print.h). */
#define _GNU_SOURCE
#include "print.h"

#include <linux/mount.h>
#include <linux/sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>

#include "common/utf8.h"
#include "src/base/numbers.h"
#include "src/base/op_names.h"
#include "src/base/written.h"

static const struct pf_flag_name namespace_names[] = {
#define PF_NAMESPACE(name, flag, field) {flag, #name},
#include "defs/namespaces.def"
	{0, ""}};

static const struct pf_flag_name attribute_names[] = {{MOUNT_ATTR_RDONLY, "ro"},
						      {MOUNT_ATTR_NOSUID, "nosuid"},
						      {MOUNT_ATTR_NODEV, "nodev"},
						      {MOUNT_ATTR_NOEXEC, "noexec"},
						      {MOUNT_ATTR_NOATIME, "noatime"},
						      {MOUNT_ATTR_STRICTATIME, "strictatime"},
						      {MOUNT_ATTR_NODIRATIME, "nodiratime"},
						      {MOUNT_ATTR_NOSYMFOLLOW, "nosymfollow"},
						      {0, ""}};

static const struct pf_flag_name propagation_names[] = {
	{MS_SLAVE, "slave"}, {MS_PRIVATE, "private"},       {MS_SHARED, "shared"},
	{MS_REC, "rec"},     {MS_UNBINDABLE, "unbindable"}, {0, ""}};

const struct pf_flag_name *pf_flag_names(char kind)
{
	switch (kind) {
	case 'n':
		return namespace_names;
	case 'a':
		return attribute_names;
	case 'p':
		return propagation_names;
	default:
		return NULL;
	}
}

static void print_flags(FILE *out, char kind, uint64_t flags)
{
	const struct pf_flag_name *names = pf_flag_names(kind);
	char separator = kind == 'n' ? ' ' : ',';
	int first = 1;

	for (; *names->name; names++) {
		if (!(flags & names->flag))
			continue;
		if (!first)
			fputc(separator, out);
		fputs(names->name, out);
		first = 0;
	}
	if (first)
		fputc('-', out);
}

/* Returns the length of the first character if it can be printed as it is. Returns 0 if it has a
 * meaning for a shell or a terminal, or is not UTF-8. */
static int shown_length(const char *text)
{
	int special = *text == '\'' || *text == '\\' || pf_utf8_is_control(text);

	return special ? 0 : pf_utf8_length(text);
}

static int is_shown(const char *text)
{
	int n = 1;

	for (; *text && n > 0; text += n)
		n = shown_length(text);
	return n > 0;
}

/* Prints a string in shell syntax, quoted if it has special characters. Control characters are
 * escaped. */
static void print_string(FILE *out, const char *text)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
				    "%+,-./:=@_^$~";

	if (*text && strspn(text, plain) == strlen(text)) {
		fputs(text, out);
		return;
	}
	fputs(is_shown(text) ? "'" : "$'", out);
	while (*text) {
		int n = shown_length(text);
		if (n > 0)
			fwrite(text, 1, (size_t)n, out);
		else if (*text == '\'' || *text == '\\')
			fprintf(out, "\\%c", *text);
		else
			fprintf(out, "\\x%02x", (unsigned char)*text);
		text += n > 0 ? n : 1;
	}
	fputc('\'', out);
}

static void print_list(FILE *out, const void *plan, uint64_t offset)
{
	const uint64_t *entry = pf_plan_list(plan, offset);

	for (int i = 0; entry[i]; i++) {
		if (i)
			fputc(' ', out);
		print_string(out, pf_plan_string(plan, entry[i]));
	}
}

/* Prints the lines of a map, which have only numbers and blanks. */
static void print_map(FILE *out, const void *plan, uint64_t offset)
{
	const uint64_t *entry = pf_plan_list(plan, offset);

	for (int i = 0; entry[i]; i++)
		fprintf(out, "%s%s", i ? ", " : "", pf_plan_string(plan, entry[i]));
}

static void print_signal(FILE *out, int signal)
{
	const char *name = pf_signal_name(signal);

	if (name)
		fputs(name, out);
	else if (signal >= 34)
		fprintf(out, "RTMIN+%d", signal - 34);
	else
		fputc('-', out);
}

/* Prints a set of capabilities. If the set has the bits of unknown capabilities, it was made by
 * dropping from all capabilities, and only the missing capabilities are printed. */
static void print_caps(FILE *out, uint64_t set)
{
	int is_all = (set & PF_CAPS_UNKNOWN) != 0;

	fputs(is_all ? "all" : set ? "" : "none", out);
	for (int i = 0, count = is_all; i < PF_CAPS_COUNT; i++) {
		int is_in = (set & PF_CAP(i)) != 0;
		if (is_in == is_all)
			continue;
		const char *name = pf_capability_name(i);
		if (count++)
			fputc(',', out);
		if (is_all)
			fputc('-', out);
		if (name)
			fputs(name, out);
		else
			fprintf(out, "%d", i);
	}
}

static void print_limit(FILE *out, uint64_t value)
{
	if (value == PF_UNLIMITED)
		fputs("unlimited", out);
	else
		fprintf(out, "%llu", (unsigned long long)value);
}

static void print_stdio(FILE *out, uint64_t sources)
{
	for (int i = 0; i < 3; i++, sources >>= PF_STDIO_BITS)
		fprintf(out, "%s%s", i ? " " : "",
			(sources & 3) == PF_STDIO_TERMINAL ? "pty" : "caller");
}

static void print_filter(FILE *out, const void *plan, uint64_t offset)
{
	uint32_t count;

	pf_plan_filter(plan, offset, &count);
	fprintf(out, "%u instructions", count);
}

void pf_print_argument(FILE *out, const void *plan, char kind, uint64_t argument)
{
	switch (kind) {
	case 's':
		print_string(out, pf_plan_string(plan, argument));
		break;
	case 'l':
		print_list(out, plan, argument);
		break;
	case 'm':
		print_map(out, plan, argument);
		break;
	case 'u':
	case 'f':
		fprintf(out, "%llu", (unsigned long long)argument);
		break;
	case 'o':
		fprintf(out, "%04llo", (unsigned long long)argument);
		break;
	case 'n':
	case 'a':
	case 'p':
		print_flags(out, kind, argument);
		break;
	case 'g':
		print_signal(out, (int)argument);
		break;
	case 'd':
		print_stdio(out, argument);
		break;
	case 'c':
		print_caps(out, argument);
		break;
	case 'r':
		fputs(pf_resource_name((int)argument), out);
		break;
	case 'v':
		print_limit(out, argument);
		break;
	case 'b':
		print_filter(out, plan, argument);
		break;
	}
}

/* Prints the arguments of an operation. Leaves out empty strings of `mount`. */
static void print_arguments(FILE *out, const void *plan, const struct pf_op *op)
{
	const char *kinds = pf_op_table[op->code].arguments;

	for (int i = 0; kinds[i]; i++) {
		if (!pf_is_printed(kinds[i]) ||
		    (kinds[i] == 's' && *pf_plan_string(plan, op->arg[i]) == '\0' &&
		     op->code == PF_OP_mount))
			continue;
		fputc(' ', out);
		pf_print_argument(out, plan, kinds[i], op->arg[i]);
	}
}

void pf_print_op(const void *plan, const struct pf_op *op, char *ret, size_t size)
{
	struct pf_written written;
	FILE *out = pf_write_begin(&written);

	ret[0] = '\0';
	if (!out)
		return;
	fputs(pf_op_names[op->code], out);
	print_arguments(out, plan, op);
	pf_write_end(&written, ret, size);
}

const char *pf_side_name(const struct pf_op *op)
{
	return pf_op_table[op->code].side == PF_SIDE_MONITOR ? "monitor" : "init";
}

static void print_line(FILE *out, const void *plan, uint32_t index)
{
	const struct pf_op *op = pf_plan_op(plan, index);
	const char *format = pf_op_table[op->code].arguments[0] ? "%2u %-7s %-11s" : "%2u %-7s %s";

	fprintf(out, format, index, pf_side_name(op), pf_op_names[op->code]);
	print_arguments(out, plan, op);
	fputc('\n', out);
}

char *pf_print_plan(const void *plan)
{
	struct pf_written written;
	FILE *out = pf_write_begin(&written);

	if (!out)
		return NULL;
	for (uint32_t i = 0; i < pf_plan_count(plan); i++)
		print_line(out, plan, i);
	return pf_write_take(&written);
}
