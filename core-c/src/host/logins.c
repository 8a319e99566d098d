/* SPDX-License-Identifier: BSD-2-Clause */
/* Finds the users who can log in (logins.h). Does not trust the writer of the file. */
#define _GNU_SOURCE
#include "logins.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "common/cleanup.h"
#include "common/fd_path.h"
#include "common/sys.h"
#include "src/base/written.h"

#define MOST_BYTES (1 << 20) /* of the file */
#define MOST_NAMES 8         /* in the text */

/* Reads the file if it is a regular file: opening a device or a fifo can have effects, or never
 * return. Returns a text that the caller frees, or NULL. */
static char *read_shadow(int root)
{
	PF_CLEANUP_FD int place = pf_openat2(root, "etc/shadow", O_PATH, RESOLVE_IN_ROOT);
	char path[PF_FD_PATH];
	struct stat status;

	if (place < 0 || fstat(place, &status) < 0 || !S_ISREG(status.st_mode) ||
	    status.st_size > MOST_BYTES)
		return NULL;
	pf_fd_path(place, path);
	FILE *file = fopen(path, "re");
	char *text = file ? calloc(1, MOST_BYTES + 1) : NULL;
	if (text && fread(text, 1, MOST_BYTES, file) == 0)
		*text = '\0';
	if (file)
		fclose(file);
	return text;
}

/* Returns the name of the user in a line, or NULL if no password opens the account: a hash that
 * begins with "!" or "*" is the hash of no password. An empty hash needs no password. */
static const char *login_of(char *line, int *ret_is_open)
{
	char *rest = line, *name = strsep(&rest, ":"), *hash = strsep(&rest, ":");

	if (!rest || !*name || strchr("#+-", *name) || strchr("!*", *hash ? *hash : 'x'))
		return NULL;
	*ret_is_open = !*hash;
	return name;
}

char *pf_logins(int root)
{
	char *text = read_shadow(root), *rest = text;
	struct pf_written written;
	FILE *out = text ? pf_write_begin(&written) : NULL;
	int count = 0, is_open;

	while (out && rest) {
		const char *name = login_of(strsep(&rest, "\n"), &is_open);
		if (name && count++ < MOST_NAMES)
			fprintf(out, "%s%s%s", count > 1 ? ", " : "", name,
				is_open ? " (no password)" : "");
	}
	if (out && count > MOST_NAMES)
		fprintf(out, " and %d more", count - MOST_NAMES);
	free(text);
	return out ? pf_write_take(&written) : NULL;
}
