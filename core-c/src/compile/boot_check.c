/* SPDX-License-Identifier: BSD-2-Clause */
/* Refuses to boot a system on the host's own root directory (boot_check.h). The second system would
 * remove temporary files of the running system, and start its services a second time on the same
 * files. */
#define _GNU_SOURCE
#include "boot_check.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "src/base/error.h"

static int is_same(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino;
}

/* Tells whether the container's root directory is the host's. Compares the directories and not the
 * paths, because a directory has many paths: /., /proc/self/root, a bind mount of /. */
static int is_host_root(const struct pf_compiler *compiler)
{
	struct stat root, host;

	if (compiler->root_fd < 0)
		return 1;
	return fstat(compiler->root_fd, &root) == 0 && stat("/", &host) == 0 &&
	       is_same(&root, &host);
}

/* Tells whether a program is busybox or toybox, which act according to argv[0]. */
static int has_many_names(const char *program)
{
	char path[PATH_MAX];
	const char *slash = realpath(program, path) ? strrchr(path, '/') : NULL;

	return slash && (strcmp(slash, "/busybox") == 0 || strcmp(slash, "/toybox") == 0);
}

/* Tells whether a file is the program that boots the host's own system (its init). */
static int boots_host(const struct pf_compiler *compiler, const char *file)
{
	static const char programs[][32] = {"/sbin/init", "/lib/systemd/systemd",
					    "/usr/lib/systemd/systemd", "/etc/init", "/bin/init"};
	struct stat status, program;

	if (stat(file, &status) < 0)
		return 0;
	for (size_t i = 0; i < sizeof(programs) / sizeof(programs[0]); i++)
		if (stat(programs[i], &program) == 0 && is_same(&status, &program))
			return compiler->is_boot || !has_many_names(programs[i]);
	return 0;
}

/* Tells whether `directory`/`file` is the program that boots the host's own system. A relative path
 * starts at the command's working directory. */
static int boots_host_at(const struct pf_compiler *compiler, const char *directory, int length,
			 const char *file)
{
	const pflask_spec *spec = compiler->spec;
	const char *start = spec->chdir ? spec->chdir : spec->chroot ? "/" : ".";
	const char *first = length > 0 ? directory : file;
	const char *root = spec->chroot && *first != '/' && *start != '/' ? "/" : "";
	char path[PATH_MAX];

	int size =
		snprintf(path, sizeof(path), "%s%s%s%.*s%s%s", root, *first == '/' ? "" : start,
			 *first == '/' ? "" : "/", length, directory, length > 0 ? "/" : "", file);
	return size < PATH_MAX && boots_host(compiler, path);
}

/* Tells whether a program of this name in a directory of PATH boots the host's own system. */
static int boots_host_by_name(const struct pf_compiler *compiler, const char *path,
			      const char *name)
{
	int found = 0;

	for (; *path && !found; path += *path == ':') {
		int length = (int)strcspn(path, ":");
		found = boots_host_at(compiler, path, length, name);
		path += length;
	}
	return found;
}

int pf_check_boot(struct pf_compiler *compiler, const char *path)
{
	const struct pf_strings *command = &compiler->spec->command;
	const char *file = command->count > 0 ? command->items[0] : "";

	if (!compiler->is_pid1 || !*file || compiler->spec->ephemeral || !is_host_root(compiler))
		return 0;
	if (strchr(file, '/') ? !boots_host_at(compiler, "", 0, file)
			      : !compiler->is_boot && !boots_host_by_name(compiler, path, file))
		return 0;
	int r = pf_error_field(compiler->error, "command", 0,
			       "%s: would boot the host's root a second time", file);
	pf_error_hint(compiler->error, "{program} {chroot=DIR} -- %s", file);
	return r;
}
