/* SPDX-License-Identifier: BSD-2-Clause */
/* Compiles containers that continue a trial, or lie above a trial of --lower (trials.h). */
#define _GNU_SOURCE
#include "trials.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/path_below.h"
#include "common/protocol/directory_lock.h"
#include "src/base/error.h"
#include "src/host/overlay_check.h"

int pf_compile_trials_check(struct pf_compiler *compiler)
{
	const char *lower = compiler->spec->lower;

	return lower ? pf_open_field_mount(compiler, "lower", "", lower, O_PATH | O_DIRECTORY,
					   &compiler->lower)
		     : 0;
}

/* Refuses a bind mount through which the command could write to the directory of the trial: a
 * forged manifest would decide what --apply does, and where. */
static int check_binds(struct pf_compiler *compiler)
{
	const char *own = compiler->scratch.path;

	for (size_t i = 0; i < compiler->spec->mount.count; i++) {
		const struct pf_mount *mount = &compiler->mounts[i];
		const char *source = compiler->mount_paths[i].source.path;
		if (mount->type != PF_MOUNT_BIND || mount->set & MOUNT_ATTR_RDONLY || !source ||
		    (!pf_lies_in(own, source) && !pf_lies_in(source, own)))
			continue;
		int r = pf_error_field(compiler->error, "ephemeral", EINVAL,
				       "%s: the command can write to it by %s",
				       compiler->spec->ephemeralDir, mount->text);
		pf_error_hint(compiler->error, "mkdir DIR, and {ephemeralDir=DIR}");
		return r;
	}
	return 0;
}

/* Checks a directory that has entries. If a running container uses the directory, the error says
 * so. */
static int check_entries(struct pf_compiler *compiler)
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

int pf_compile_trial_check(struct pf_compiler *compiler)
{
	int r = check_binds(compiler);

	return r == 0 && pf_has_entries(compiler->scratch.fd) ? check_entries(compiler) : r;
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
