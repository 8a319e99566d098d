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

/* Where the command starts: by name, since the host's /proc, say, is not the container's. */
static int working_directory(const struct pf_compiler *compiler, char ret[PATH_MAX])
{
	const char *asked = compiler->spec->chdir ? compiler->spec->chdir : "";
	char here[PATH_MAX] = "";

	if (!compiler->spec->chroot && *asked != '/' && !getcwd(here, sizeof(here))) {
		int r = pf_error_field(compiler->error, "chdir", errno,
				       "the current directory can not be named: %s",
				       strerror(errno));
		pf_error_hint(compiler->error, "--chdir=/");
		return r;
	}
	const char *slash = *asked == '/' ? "" : *asked || !*here ? "/" : "";
	int n = snprintf(ret, PATH_MAX, "%s%s%s", here, slash, asked);
	if (n >= PATH_MAX)
		return pf_error_field(compiler->error, "chdir", ENAMETOOLONG, "%s: %s", asked,
				      strerror(ENAMETOOLONG));
	return 0;
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

int pf_compile_command(struct pf_compiler *compiler)
{
	const struct pf_strings *command = &compiler->spec->command;
	char directory[PATH_MAX];
	int r = working_directory(compiler, directory);

	if (r < 0)
		return r;
	PF_ENCODE(&compiler->encoder, chdir, PF_S(directory));
	if (command->count == 0)
		add_shell(compiler);
	else
		PF_ENCODE(&compiler->encoder, exec, PF_S(command->items[0]), PF_L(command->items));
	return 0;
}
