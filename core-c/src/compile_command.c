/* SPDX-License-Identifier: BSD-2-Clause */
/* The last operations of a plan: where the command starts, and what it is (compile.h). */
#define _GNU_SOURCE
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cleanup.h"
#include "compile.h"
#include "error.h"
#include "sys.h"

/* The directory that was asked for. The plan has its name, since the host's /proc, say, is not the
 * container's. */
static int add_asked(struct pf_compiler *compiler, const char *asked)
{
	char here[PATH_MAX] = "", path[PATH_MAX];

	if (!compiler->spec->chroot && *asked != '/' && !getcwd(here, sizeof(here))) {
		int r = pf_error_field(compiler->error, "chdir", errno,
				       "%s: the current directory can not be named: %s", asked,
				       strerror(errno));
		pf_error_hint(compiler->error, "--chdir=/");
		return r;
	}
	if (snprintf(path, PATH_MAX, "%s%s%s", here, *asked == '/' ? "" : "/", asked) >= PATH_MAX)
		return pf_error_field(compiler->error, "chdir", ENAMETOOLONG, "%s: %s", asked,
				      strerror(ENAMETOOLONG));
	PF_ENCODE(&compiler->encoder, chdir, PF_S(path));
	return 0;
}

/* On the host's files that is the current directory. Where the command's user may not enter it, or
 * it is not in the container, the command starts in its home, as after a login. */
static void add_default(struct pf_compiler *compiler, const char *home)
{
	char here[PATH_MAX], root[] = "/", *list[4];
	size_t count = 0;

	if (!compiler->spec->chroot && getcwd(here, sizeof(here)) && *here == '/')
		list[count++] = here;
	if (!compiler->spec->chroot && home && *home == '/')
		list[count++] = (char *)home;
	list[count++] = root;
	list[count] = NULL;
	if (strcmp(list[0], root) == 0)
		PF_ENCODE(&compiler->encoder, chdir, PF_S(root));
	else
		PF_ENCODE(&compiler->encoder, chdir_first, PF_L(list));
}

static int is_executable(const struct pf_compiler *compiler, const char *path)
{
	int base = compiler->root >= 0 ? compiler->root : AT_FDCWD;
	uint64_t resolve = compiler->root >= 0 ? RESOLVE_IN_ROOT : 0;
	struct stat status;
	PF_CLEANUP_FD int fd = pf_openat2(base, path, O_PATH, resolve);

	return fd >= 0 && fstat(fd, &status) == 0 && S_ISREG(status.st_mode) &&
	       status.st_mode & 0111;
}

/* A login shell is one whose argv[0] begins with a dash. */
static void add_shell(struct pf_compiler *compiler)
{
	int bash = is_executable(compiler, "/bin/bash");
	char *arguments[] = {bash ? "-bash" : "-sh", NULL};

	PF_ENCODE(&compiler->encoder, exec, PF_S(bash ? "/bin/bash" : "/bin/sh"), PF_L(arguments));
}

int pf_compile_command(struct pf_compiler *compiler, const char *home)
{
	const struct pf_strings *command = &compiler->spec->command;
	const char *asked = compiler->spec->chdir;
	int r = asked ? add_asked(compiler, asked) : 0;

	if (r < 0)
		return r;
	if (!asked)
		add_default(compiler, home);
	if (command->count == 0)
		add_shell(compiler);
	else
		PF_ENCODE(&compiler->encoder, exec, PF_S(command->items[0]), PF_L(command->items));
	return 0;
}
