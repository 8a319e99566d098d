/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Parses argument vectors by getopt_long("+") of the C library, and prints the results.
 * getopt.test.ts compares the parser with this output.
 *
 *	oracle GRAMMAR <CASES
 *
 * GRAMMAR: "long:short:argument,...", short may be empty, argument is 0, 1 or 2 (has_arg).
 * CASES: one a line, words separated by US (0x1f). Output: for each case one line, fields
 * separated by US: "long=value" or "long" for each option up to the first mistake, then
 * "!unknown", "!ambiguous", "!missing" or "!unwanted", or "--" and the operands.
 */
#define _GNU_SOURCE
#include <err.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX 64
#define SEPARATOR "\x1f"

static struct option longs[MAX];
static char shorts[3 * MAX + 3] = "+:";

static void read_grammar(char *text)
{
	size_t count = 0;
	char *letters = shorts + strlen(shorts);

	for (char *entry; (entry = strsep(&text, ",")); count++) {
		char *name = strsep(&entry, ":"), *letter = strsep(&entry, ":");
		int argument = atoi(entry);
		if (count == MAX - 1)
			errx(1, "grammar: too many options");
		longs[count] = (struct option){name, argument, NULL, 0x100 + (int)count};
		if (*letter == '\0')
			continue;
		longs[count].val = *letter;
		*letters++ = *letter;
		letters = mempcpy(letters, "::", (size_t)argument);
	}
}

static const struct option *find(int val)
{
	for (const struct option *option = longs; option->name; option++)
		if (option->val == val)
			return option;
	errx(1, "getopt_long: %d", val);
}

/* Returns the kind of a mistake. getopt_long(3) distinguishes some kinds only by its message. */
static const char *mistake(int result, const char *message)
{
	if (result == ':')
		return "!missing";
	if (strstr(message, "ambiguous"))
		return "!ambiguous";
	return strstr(message, "allow an argument") ? "!unwanted" : "!unknown";
}

/* Returns the message of getopt_long(3). With ":" in the option string, getopt_long(3) prints no
 * message, so this function calls getopt_long(3) again without ":". */
static const char *message_of(int argc, char **argv, char **text)
{
	size_t size;
	FILE *standard = stderr;

	shorts[1] = shorts[0];
	stderr = open_memstream(text, &size);
	optind = 0;
	opterr = 1;
	while (getopt_long(argc, argv, shorts + 1, longs, NULL) != '?')
		;
	fclose(stderr);
	stderr = standard;
	shorts[1] = ':';
	return *text;
}

static void parse(int argc, char **argv)
{
	int result;
	char *text = NULL;

	optind = 0;
	opterr = 0;
	while ((result = getopt_long(argc, argv, shorts, longs, NULL)) != -1) {
		if (result == '?' || result == ':') {
			puts(mistake(result, result == '?' ? message_of(argc, argv, &text) : ""));
			free(text);
			return;
		}
		fputs(find(result)->name, stdout);
		if (optarg)
			printf("=%s", optarg);
		fputs(SEPARATOR, stdout);
	}
	fputs("--", stdout);
	for (; optind < argc; optind++)
		printf(SEPARATOR "%s", argv[optind]);
	puts("");
}

int main(int argc, char **argv)
{
	char *line = NULL;
	size_t size = 0;

	if (argc != 2)
		errx(1, "usage: oracle GRAMMAR <CASES");
	read_grammar(argv[1]);
	while (getline(&line, &size, stdin) > 0) {
		char *words[MAX] = {"oracle"}, *rest = line;
		int count = 1;

		line[strcspn(line, "\n")] = '\0';
		while (rest && count < MAX - 1)
			words[count++] = strsep(&rest, SEPARATOR);
		parse(count, words);
	}
	free(line);
	return 0;
}
