/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Prints the front's results for command lines. command_lines.test.ts compares these results with
 * the results of TypeScript. For each command line, the input has a text with one character for
 * each word, and then the words. The output has texts "NAME=VALUE", and an empty text at the end of
 * each command line. A NUL ends each text.
 */
#define _GNU_SOURCE
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "front/options.h"
#include "src/spec/spec.h"

static void print(const char *name, const char *value)
{
	printf("%s=%s%c", name, value, 0);
}

static void print_number(const char *name, uint64_t number)
{
	printf("%s=%llu%c", name, (unsigned long long)number, 0);
}

static void print_list(const char *name, const struct pf_strings *list)
{
	for (size_t i = 0; i < list->count; i++)
		print(name, list->items[i]);
}

/* Prints the fields that differ from their defaults. */
static void print_spec(const pflask_spec *spec, const pflask_spec *none)
{
#define PF_LIST(name, text) print_list(#name, &spec->name);
#define PF_VARIABLES(name, text) print_list(#name, &spec->name);
#define PF_STRING(name, text) \
	if (spec->name)       \
		print(#name, spec->name);
#define PF_WORD(name, most, pattern, text) PF_STRING(name, text)
#define PF_FLAG(name, standard, text) \
	if (spec->name != none->name) \
		print(#name, spec->name ? "yes" : "no");
#define PF_NUMBER(name, unset, standard, least, most, unit, text) \
	if (spec->name != none->name)                             \
		print_number(#name, spec->name);
#include "defs/spec.def"
}

static void print_line(const struct pf_command_line *line, const pflask_spec *none)
{
	static const char *const actions[] = {"run", "attach", "exec", "kill", "wait"};

	print("action", actions[line->action]);
	print("typed", line->typed);
	if (line->which)
		print("which", line->which);
	if (line->signal)
		print_number("signal", (uint64_t)line->signal);
	if (line->kill_after >= 0)
		print_number("kill_after", (uint64_t)line->kill_after);
	if (line->action == PF_ACTION_ATTACH)
		printf("detach_key=%d%c", line->detach_key, 0);
	if (line->status_fd >= 0)
		print_number("status_fd", (uint64_t)line->status_fd);
	if (line->stats)
		print_number("stats", line->stats);
	if (line->spec)
		print_spec(line->spec, none);
}

/* Reads one text, which the caller frees. Returns NULL at the end of the input. */
static char *read_text(void)
{
	char *text = NULL;
	size_t room = 0;

	if (getdelim(&text, &room, '\0', stdin) > 0)
		return text;
	free(text);
	return NULL;
}

int main(void)
{
	pflask_spec *none = pflask_spec_new();
	char *argv[64] = {0}, *count;

	while ((count = read_text())) {
		struct pf_command_line line;
		for (size_t i = 0; count[i]; i++)
			argv[i] = read_text();
		if (pf_command_line(argv, &line)) {
			print_line(&line, none);
			pf_command_line_clear(&line);
		} else {
			print("action", "");
		}
		putchar(0);
		for (size_t i = 0; argv[i]; i++) {
			free(argv[i]);
			argv[i] = NULL;
		}
		free(count);
	}
	pflask_spec_free(none);
	return 0;
}
