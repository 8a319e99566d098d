/* SPDX-License-Identifier: BSD-2-Clause */
/* The order of a plan (compile.h). */
#define _GNU_SOURCE
#include "compile.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>

#include "cleanup.h"
#include "environment.h"
#include "error.h"

static int check_root(struct pf_compiler *compiler, char ret[PATH_MAX])
{
	const char *directory = compiler->spec->chroot;

	if (!directory)
		return 0;
	if (!realpath(directory, ret))
		return pf_error_field(compiler->error, "chroot", errno, "%s: %s", directory,
				      strerror(errno));
	compiler->root = open(ret, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (compiler->root < 0)
		return pf_error_field(compiler->error, "chroot", errno, "%s: %s", directory,
				      strerror(errno));
	return 0;
}

/* A system that boots on the host's own root would take the place of the one that runs there. */
static int check_boot(struct pf_compiler *compiler)
{
	char command[PATH_MAX], init[PATH_MAX];
	const char *file = compiler->boots ? compiler->spec->command.items[0] : "";

	if (!compiler->boots || compiler->spec->chroot)
		return 0;
	if (strchr(file, '/') &&
	    (!realpath(file, command) || !realpath("/sbin/init", init) || strcmp(command, init) != 0))
		return 0;
	int r = pf_error_field(compiler->error, "command", 0,
			       "%s: would boot the host's own root a second time", file);
	pf_error_hint(compiler->error, "pflask --chroot=DIR -- %s", file);
	return r;
}

static uint64_t namespaces_of(const pflask_spec *spec)
{
	return CLONE_NEWCGROUP | (spec->mountns ? CLONE_NEWNS : 0) |
	       (spec->pidns ? CLONE_NEWPID : 0) | (spec->ipcns ? CLONE_NEWIPC : 0) |
	       (spec->utsns ? CLONE_NEWUTS : 0) | (spec->netns ? CLONE_NEWNET : 0);
}

static void add_monitor(struct pf_compiler *compiler)
{
	const pflask_spec *spec = compiler->spec;
	struct pf_encoder *encoder = &compiler->encoder;

	if (spec->killSignal)
		PF_ENCODE(encoder, kill_signal, PF_N(spec->killSignal));
	else if (compiler->boots)
		PF_ENCODE(encoder, kill_signal, PF_N(SIGRTMIN + 3));
	if (compiler->pid1)
		PF_ENCODE(encoder, kill_after, PF_N(spec->killAfter));
	if (compiler->boots)
		PF_ENCODE(encoder, cgroup, PF_S("pflask-$PID"));
	PF_ENCODE(encoder, clone, PF_N(namespaces_of(spec)));
	if (!spec->pidns)
		PF_ENCODE(encoder, subreaper);
}

/* Mounts, and the root they lead to. Without a mount namespace nothing is mounted at all, and a
 * root directory is entered by chroot(2) alone. */
static void add_root(struct pf_compiler *compiler, const char *directory)
{
	struct pf_encoder *encoder = &compiler->encoder;
	const pflask_spec *spec = compiler->spec;

	if (!spec->mountns) {
		if (compiler->terminal)
			PF_ENCODE(encoder, terminal, PF_S("/dev/ptmx"), PF_N(spec->rows),
				  PF_N(spec->cols));
		if (spec->chroot)
			PF_ENCODE(encoder, chroot, PF_S(directory));
		return;
	}
	PF_ENCODE(encoder, propagation, PF_N(MS_SLAVE | MS_REC));
	if (!spec->chroot) {
		pf_compile_host_root(compiler);
		return;
	}
	PF_ENCODE(encoder, root, PF_S(directory));
	pf_compile_root(compiler);
	PF_ENCODE(encoder, pivot_root);
}

static uint64_t stdio_of(const struct pf_compiler *compiler)
{
	uint64_t own = PF_STDIO_TERMINAL;

	if (!compiler->terminal)
		return 0;
	return own | own << PF_STDIO_BITS |
	       (compiler->spec->ownStderr ? 0 : own << (2 * PF_STDIO_BITS));
}

static int add_process(struct pf_compiler *compiler)
{
	PF_CLEANUP_STRINGS struct pf_strings variables = {0};
	struct pf_encoder *encoder = &compiler->encoder;

	if (compiler->spec->hostname)
		PF_ENCODE(encoder, hostname, PF_S(compiler->spec->hostname));
	if (compiler->spec->netns)
		PF_ENCODE(encoder, loopback);
	PF_ENCODE(encoder, keyring);
	if (!compiler->pid1)
		PF_ENCODE(encoder, fork);
	PF_ENCODE(encoder, session, PF_N(compiler->terminal));
	PF_ENCODE(encoder, stdio, PF_N(stdio_of(compiler)));
	if (compiler->spec->openFiles)
		PF_ENCODE(encoder, open_files, PF_N(compiler->spec->openFiles));
	PF_ENCODE(encoder, umask, PF_N(0022));
	if (pf_environment(compiler->spec, &variables) < 0)
		return pf_error_internal(compiler->error, ENOMEM, "out of memory");
	PF_ENCODE(encoder, environ, PF_L(variables.items));
	return pf_compile_command(compiler);
}

static int finish(struct pf_compiler *compiler, void **ret)
{
	int r = pf_encode_finish(&compiler->encoder, ret);

	return r < 0 ? pf_error_internal(compiler->error, -r, "plan: %s", strerror(-r)) : r;
}

int pf_compile(const pflask_spec *spec, void **ret, struct pflask_error *reterr)
{
	struct pf_compiler compiler = {.spec = spec, .error = reterr, .root = -1};
	char directory[PATH_MAX];
	void *plan = NULL;

	int r = pf_spec_check(spec, reterr);
	if (r < 0)
		return r;
	compiler.boots = pf_spec_boots(spec);
	compiler.pid1 = compiler.boots || spec->asPid1;
	compiler.terminal = compiler.boots || spec->terminal;
	r = check_root(&compiler, directory);
	if (r == 0)
		r = check_boot(&compiler);
	if (r == 0) {
		add_monitor(&compiler);
		add_root(&compiler, directory);
		r = add_process(&compiler);
		int size = finish(&compiler, &plan);
		if (r < 0)
			free(plan);
		else
			r = size;
	}
	pf_close_ptr(&compiler.root);
	if (r >= 0)
		*ret = plan;
	return r;
}
