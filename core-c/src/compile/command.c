/* SPDX-License-Identifier: BSD-2-Clause */
/* Compiles the last operations of a plan: standard descriptors, working directory and command
 * (command.h). */
#define _GNU_SOURCE
#include "command.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/passwd.h"
#include "environment.h"
#include "seccomp.h"
#include "src/base/error.h"
#include "src/base/numbers.h"

static uint64_t stdio_of(int has_terminal, int own_stderr)
{
	const uint64_t own = PF_STDIO_TERMINAL;

	if (!has_terminal)
		return 0;
	return own | own << PF_STDIO_BITS | (own_stderr ? 0 : own << (2 * PF_STDIO_BITS));
}

void pf_compile_stdio(struct pf_encoder *encoder, int has_terminal, int own_stderr)
{
	const uint64_t stdio = stdio_of(has_terminal, own_stderr);

	PF_ENCODE(encoder, stdio, PF_N(stdio));
	if (!has_terminal || own_stderr)
		PF_ENCODE(encoder, guard_input, PF_N(stdio));
}

/* Adds the working directory of the spec. The plan has its path, because the container must enter
 * its own directory of this name: a descriptor below /proc would lead to the host's /proc. */
static int add_asked(struct pf_compiler *compiler, const char *asked)
{
	char here[PATH_MAX] = "", path[PATH_MAX];

	if (!compiler->spec->chroot && *asked != '/' && !getcwd(here, sizeof(here))) {
		int r = pf_error_field(compiler->error, "chdir", errno,
				       "%s: cannot find the current directory: %s", asked,
				       pf_errno_text(errno));
		pf_error_hint(compiler->error, "{chdir=/}");
		return r;
	}
	if (snprintf(path, PATH_MAX, "%s%s%s", here, *asked == '/' ? "" : "/", asked) >= PATH_MAX)
		return pf_error_field(compiler->error, "chdir", ENAMETOOLONG, "%s: %s", asked,
				      pf_errno_text(ENAMETOOLONG));
	PF_ENCODE(&compiler->encoder, chdir, PF_S(path));
	return 0;
}

/* Adds the default working directory. On the host's root, this is the caller's current directory.
 * If the container does not have it, or the command's user cannot enter it, this is the user's home
 * directory, as after a login. */
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

/* Adds the login shells that init tries: the user's shell, and two shells that nearly every system
 * has. Init must try them in the container, where a mount may cover a shell. */
static void add_shells(struct pf_compiler *compiler)
{
	static char bash[] = "/bin/bash", sh[] = "/bin/sh";
	char *list[4];
	size_t count = 0;

	pf_identity_look_up_user(&compiler->identity, &compiler->passwd_files);
	char *own = compiler->identity.shell;
	list[count++] = pf_is_shell(own) ? own : bash;
	if (strcmp(list[0], bash) != 0)
		list[count++] = bash;
	if (strcmp(list[0], sh) != 0)
		list[count++] = sh;
	list[count] = NULL;
	PF_ENCODE(&compiler->encoder, shells, PF_L(list));
}

/* If the spec does not set SHELL, sets SHELL to the shell that runs. */
void pf_compile_login(struct pf_encoder *encoder, const pflask_spec *spec)
{
	uint64_t keeps = pf_find_variable(&spec->setenv, "SHELL") != NULL;

	PF_ENCODE(encoder, login, PF_N(keeps));
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
	/* --exec of a login shell needs the list of shells */
	if (command->count == 0 || compiler->spec->detach)
		add_shells(compiler);
	r = pf_compile_seccomp(compiler);
	if (r < 0)
		return r;
	if (command->count == 0)
		pf_compile_login(&compiler->encoder, compiler->spec);
	else
		PF_ENCODE(&compiler->encoder, exec, PF_S(command->items[0]), PF_L(command->items));
	return 0;
}
