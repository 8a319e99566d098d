/* SPDX-License-Identifier: BSD-2-Clause */
/* Finds the users who can log in (logins.h). Does not trust the file, because another user may have
 * written the file. */
#define _GNU_SOURCE
#include "logins.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "common/cleanup.h"
#include "common/fd_path.h"
#include "common/sys.h"
#include "src/base/written.h"

#define MOST_BYTES (1 << 20) /* a larger file is not read */
#define MOST_NAMES 8         /* maximum number of names in the text */

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
	size_t n = text ? fread(text, 1, MOST_BYTES, file) : 0;
	if (file)
		fclose(file);
	if (text && memchr(text, '\0', n)) {
		free(text);
		return NULL;
	}
	return text;
}

/* Tells whether a password can have this hash (crypt(5)). "$" begins the hash of a named method,
 * and "_" begins a hash of BSDi. A hash of the oldest method has 13 characters. */
static int is_hash(const char *text)
{
	return *text == '$' || *text == '_' || strlen(text) == 13;
}

/* Tells whether useradd(8) could have given a name. Any other name could pretend to be a part of
 * the message. */
static int is_plain(const char *name)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_"
				      "0123456789-.";

	return *name && strspn(name, letters) == strlen(name) && *name != '-';
}

/* Returns the name of the user in a line, or NULL if no password opens the account. An empty hash
 * opens the account without a password. */
static const char *login_of(char *line, int *ret_is_open)
{
	char *rest = line, *name = strsep(&rest, ":"), *hash = strsep(&rest, ":");

	if (!rest || !is_plain(name) || (*hash && !is_hash(hash)))
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
