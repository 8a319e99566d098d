/* SPDX-License-Identifier: BSD-2-Clause */
/* Reads the sources of accounts (nsswitch.h). */
#define _GNU_SOURCE
#include "nsswitch.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BLANKS " \t\n"

/* Returns the sources in a line about `database`, or NULL if the line is about another database. */
static char *sources_in(char *line, const char *database)
{
	size_t length = strlen(database);
	char *start = line + strspn(line, BLANKS);

	line[strcspn(line, "#")] = '\0';
	if (strncmp(start, database, length) != 0)
		return NULL;
	start += length + strspn(start + length, BLANKS);
	return *start == ':' ? start + 1 : NULL;
}

/* Tells whether glibc would read only the files. The first source with an entry ends the search, if
 * no action in brackets follows it. */
static int is_files(char *sources, int is_found)
{
	char *first = strsep(&sources, BLANKS);

	while (first && !*first)
		first = strsep(&sources, BLANKS);
	if (!first || strcmp(first, "files") != 0)
		return 0;
	const char *next = sources ? sources + strspn(sources, BLANKS) : "";
	return is_found ? *next != '[' : !*next;
}

int pf_nsswitch_is_files(const char *config, const char *database, int is_found)
{
	FILE *file = fopen(config, "re");
	char *line = NULL;
	size_t size = 0;
	int count = 0, is = 1;

	if (!file)
		return errno == ENOENT;
	while (getline(&line, &size, file) > 0) {
		char *sources = sources_in(line, database);
		if (sources)
			is = is_files(sources, is_found) && count++ == 0;
	}
	free(line);
	fclose(file);
	return is;
}
