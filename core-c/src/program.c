/* SPDX-License-Identifier: BSD-2-Clause */
/* Finding programs (program.h). */
#define _GNU_SOURCE
#include "program.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int is_program(const char *file)
{
	struct stat status;

	return stat(file, &status) == 0 && S_ISREG(status.st_mode) && access(file, X_OK) == 0;
}

char *pf_find_program(const char *name)
{
	const char *path = getenv("PATH");
	char *file = NULL;

	for (path = path ? path : "/usr/bin:/bin"; *path; path += *path == ':') {
		size_t length = strcspn(path, ":");
		if (*path == '/' && asprintf(&file, "%.*s/%s", (int)length, path, name) >= 0) {
			if (is_program(file))
				return file;
			free(file);
		}
		path += length;
	}
	return NULL;
}
