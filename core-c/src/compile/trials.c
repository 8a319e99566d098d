/* SPDX-License-Identifier: BSD-2-Clause */
/* Compiles containers that go on with a trial, or lie above a trial (trials.h). */
#define _GNU_SOURCE
#include "trials.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/protocol/directory_lock.h"
#include "src/base/error.h"

int pf_compile_trials_check(struct pf_compiler *compiler)
{
	const char *lower = compiler->spec->lower;

	return lower ? pf_open_field_mount(compiler, "lower", "", lower, O_PATH | O_DIRECTORY,
					   &compiler->lower)
		     : 0;
}

/* If a running container uses the directory, the message says so. */
int pf_compile_resume_check(struct pf_compiler *compiler)
{
	const int at = compiler->scratch.fd;

	compiler->goes_on = faccessat(at, "manifest", F_OK, AT_SYMLINK_NOFOLLOW) == 0;
	PF_CLEANUP_FD int fd = openat(at, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int is_taken = fd >= 0 && pf_is_taken(fd);
	if (compiler->goes_on && !is_taken)
		return 0;
	int r = pf_error_field(compiler->error, "ephemeral", is_taken ? EADDRINUSE : ENOTEMPTY,
			       "%s: %s", compiler->spec->ephemeralDir,
			       is_taken ? "in use by another container" : "is not empty");

	pf_error_hint(compiler->error, "mkdir DIR, and {ephemeralDir=DIR}");
	return r;
}

void pf_compile_trials(struct pf_compiler *compiler)
{
	const struct pf_host_path *lower = &compiler->lower;
	uint32_t first = compiler->encoder.count;

	if (compiler->goes_on) {
		PF_ENCODE(&compiler->encoder, resume, PF_S(compiler->scratch.path));
		pf_note_origin(compiler, first++, "ephemeral", compiler->spec->ephemeralDir);
	}
	if (lower->path) {
		PF_ENCODE(&compiler->encoder, stack, PF_S(lower->path), PF_N(lower->device),
			  PF_N(lower->inode));
		pf_note_origin(compiler, first, "lower", compiler->spec->lower);
	}
}
