/* SPDX-License-Identifier: BSD-2-Clause */
/* Prints plans as JSON (print_json.h). scripts/gen-plan.ts makes the schema and the TypeScript type
 * of this JSON. */
#define _GNU_SOURCE
#include "print_json.h"

#include <stdio.h>
#include <string.h>

#include "json.h"
#include "print.h"
#include "src/base/numbers.h"
#include "src/base/op_names.h"
#include "src/base/written.h"

/* Version of the JSON format. Raise it if a program for the old version would misread the new
 * one. */
#define VERSION 1

/* The argument names of all operations, in the order of the operations, with an empty name after
 * each operation. An array of arrays would be mostly empty. */
static const char all_names[] =
#define PF_OP(name, side, arguments, names, field, meaning) names "\0"
#include "defs/ops.def"
	;

static const char *names_of(uint32_t code)
{
	const char *names = all_names;

	while (code--)
		names += strlen(names) + 1;
	return names;
}

static void put_separator(FILE *out, int index)
{
	if (index)
		fputc(',', out);
}

static void put_list(FILE *out, const void *plan, uint64_t offset)
{
	const uint64_t *entry = pf_plan_list(plan, offset);

	fputc('[', out);
	for (int i = 0; entry[i]; i++) {
		put_separator(out, i);
		pf_json_bytes(out, pf_plan_string(plan, entry[i]));
	}
	fputc(']', out);
}

/* Prints the lines of a map, which are "INSIDE OUTSIDE COUNT". */
static void put_map(FILE *out, const void *plan, uint64_t offset)
{
	const uint64_t *entry = pf_plan_list(plan, offset);

	fputc('[', out);
	for (int i = 0; entry[i]; i++) {
		unsigned inside = 0, outside = 0, count = 0;
		sscanf(pf_plan_string(plan, entry[i]), "%u %u %u", &inside, &outside, &count);
		put_separator(out, i);
		fprintf(out, "{\"inside\":%u,\"outside\":%u,\"count\":%u}", inside, outside, count);
	}
	fputc(']', out);
}

static void put_flags(FILE *out, char kind, uint64_t flags)
{
	int count = 0;

	fprintf(out, "{\"number\":%llu,\"names\":[", (unsigned long long)flags);
	for (const struct pf_flag_name *row = pf_flag_names(kind); *row->name; row++) {
		if (!(flags & row->flag))
			continue;
		put_separator(out, count++);
		pf_json_string(out, row->name);
	}
	fputs("]}", out);
}

/* Prints a set of capabilities: either the missing capabilities ("except"), or the capabilities in
 * the set ("only"). */
static void put_caps(FILE *out, uint64_t set)
{
	int is_all = (set & PF_CAPS_UNKNOWN) != 0, count = 0;

	fprintf(out, "{\"all\":%s,\"%s\":[", is_all ? "true" : "false", is_all ? "except" : "only");
	for (int i = 0; i < PF_CAPS_COUNT; i++) {
		const char *name = pf_capability_name(i);
		if (((set & PF_CAP(i)) != 0) == is_all)
			continue;
		put_separator(out, count++);
		if (name)
			fprintf(out, "\"%s\"", name);
		else
			fprintf(out, "\"%d\"", i);
	}
	fputs("]}", out);
}

static void put_stdio(FILE *out, uint64_t sources)
{
	for (int i = 0; i < 3; i++, sources >>= PF_STDIO_BITS)
		fprintf(out, "%c\"%s\"", i ? ',' : '[',
			(sources & 3) == PF_STDIO_TERMINAL ? "pty" : "caller");
	fputc(']', out);
}

/* Prints an argument as a string. Its text has only letters, digits, "+" and "-". */
static void put_text(FILE *out, const void *plan, char kind, uint64_t argument)
{
	fputc('"', out);
	pf_print_argument(out, plan, kind, argument);
	fputc('"', out);
}

/* Prints an argument that is a number with a name, by its name. */
static void put_named(FILE *out, const void *plan, char kind, uint64_t argument)
{
	fprintf(out, "{\"number\":%llu,\"name\":", (unsigned long long)argument);
	put_text(out, plan, kind, argument);
	fputc('}', out);
}

static void put_filter(FILE *out, const void *plan, uint64_t offset)
{
	uint32_t count;

	pf_plan_filter(plan, offset, &count);
	fprintf(out, "%u", count);
}

static void put_argument(FILE *out, const void *plan, char kind, uint64_t argument)
{
	switch (kind) {
	case 's':
		pf_json_bytes(out, pf_plan_string(plan, argument));
		break;
	case 'l':
		put_list(out, plan, argument);
		break;
	case 'm':
		put_map(out, plan, argument);
		break;
	case 'n':
	case 'a':
	case 'p':
		put_flags(out, kind, argument);
		break;
	case 'g':
	case 'r':
		put_named(out, plan, kind, argument);
		break;
	case 'c':
		put_caps(out, argument);
		break;
	case 'd':
		put_stdio(out, argument);
		break;
	case 'b':
		put_filter(out, plan, argument);
		break;
	case 'o':
		put_text(out, plan, kind, argument);
		break;
	default:
		if (kind == 'v' && argument == PF_UNLIMITED)
			put_text(out, plan, kind, argument);
		else
			pf_print_argument(out, plan, kind, argument);
	}
}

/* Prints the arguments of an operation with their names, except those of kinds that are not
 * shown. */
static void put_arguments(FILE *out, const void *plan, const struct pf_op *op)
{
	const char *kinds = pf_op_table[op->code].arguments, *name = names_of(op->code);

	for (int i = 0; kinds[i]; i++) {
		if (!pf_is_printed(kinds[i]))
			continue;
		size_t size = strcspn(name, " ?");
		int is_yes_or_no = name[size] == '?';
		fprintf(out, ",\"%.*s\":", (int)size, name);
		if (is_yes_or_no)
			fputs(op->arg[i] ? "true" : "false", out);
		else
			put_argument(out, plan, kinds[i], op->arg[i]);
		name += size + is_yes_or_no;
		name += *name == ' ';
	}
}

static void put_operation(FILE *out, const void *plan, const struct pf_origins *origins,
			  uint32_t index)
{
	const struct pf_op *op = pf_plan_op(plan, index);
	const char *field = pf_origin_of(origins, plan, index, 0).field;

	fprintf(out, "{\"op\":\"%s\",\"by\":\"%s\",\"field\":", pf_op_names[op->code],
		pf_side_name(op));
	pf_json_string(out, *field ? field : NULL);
	put_arguments(out, plan, op);
	fputc('}', out);
}

char *pf_print_plan_json(const void *plan, const struct pf_origins *origins)
{
	struct pf_written written;
	FILE *out = pf_write_begin(&written);

	if (!out)
		return NULL;
	fprintf(out, "{\"version\":%d,\"operations\":[", VERSION);
	for (uint32_t i = 0; i < pf_plan_count(plan); i++) {
		fputs(i ? ",\n" : "\n", out);
		put_operation(out, plan, origins, i);
	}
	fputs("\n]}\n", out);
	return pf_write_take(&written);
}
