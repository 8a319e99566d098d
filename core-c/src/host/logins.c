/* SPDX-License-Identifier: BSD-2-Clause */
/* Finds the users who can log in (logins.h). The shadow file may have been written by another user,
 * so its contents are not trusted. */
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

#define MOST_BYTES (1 << 20) /* maximum size of the shadow file */
#define MOST_NAMES 8         /* maximum number of names in the text */

/* Reads the shadow file, if it is a regular file: opening a device or a fifo can have effects, or
 * block for ever. Returns a text that the caller frees, or NULL. */
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

/* Tells whether the text can be the hash of a password (crypt(5)): "$" begins a hash with a named
 * method, "_" a hash of BSDi, and a traditional DES hash has 13 characters. */
static int is_hash(const char *text)
{
	return *text == '$' || *text == '_' || strlen(text) == 13;
}

/* Tells whether a name has only characters that useradd(8) allows. Other names could look like a
 * part of the message. */
static int is_plain(const char *name)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_"
				      "0123456789-.";

	return *name && strspn(name, letters) == strlen(name) && *name != '-';
}

/* Returns the name in a line if the user can log in, else NULL. An empty hash is a login without a
 * password (*ret_is_open). */
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
