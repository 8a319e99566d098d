/* SPDX-License-Identifier: BSD-2-Clause */
/* Sources of accounts (nsswitch.h). */
#define _GNU_SOURCE
#include "nsswitch.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BLANKS " \t\n"

/* Returns the sources in a line of the database, or NULL. */
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

/* The first source that has an entry ends the search, unless an action in brackets follows it. */
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
	char *line = NULL, *sources = NULL;
	size_t size = 0;

	while (file && !sources && getline(&line, &size, file) > 0)
		sources = sources_in(line, database);
	int is = !sources || is_files(sources, is_found);
	free(line);
	if (file)
		fclose(file);
	return is;
}
