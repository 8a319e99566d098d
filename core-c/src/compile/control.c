/* SPDX-License-Identifier: BSD-2-Clause */
/* Compiles the control socket of a detached container, and hides control directories
 * (control.h). */
#define _GNU_SOURCE
#include "control.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "src/base/error.h"
#include "src/base/numbers.h"
#include "src/find/request.h"

/* Refuses the name of a running container. The monitor checks again under a lock; the error here is
 * more helpful. */
static int check_name(struct pf_compiler *compiler)
{
	const char *name = compiler->spec->name;
	struct pflask_error ignored;

	if (!name || pf_check_runs(name, &ignored) < 0)
		return 0;
	int r = pf_error_field(compiler->error, "name", EEXIST, "%s: in use by another container",
			       name);
	pf_error_hint(compiler->error, "{list}");
	return r;
}

/* Opens the directory of the pid file. The monitor makes the file there, and removes it at the end
 * of the container, even if the path leads to another directory by then. */
static int check_pid_file(struct pf_compiler *compiler)
{
	const char *file = compiler->spec->pidFile;
	char directory[PATH_MAX];

	if (!file)
		return 0;
	int r = pf_make_absolute(compiler, "pidFile", file, compiler->pid_file);
	if (r < 0)
		return r;
	size_t length = (size_t)(strrchr(compiler->pid_file, '/') - compiler->pid_file);
	snprintf(directory, sizeof(directory), "%.*s/", (int)length, compiler->pid_file);
	return pf_open_field_path(compiler, "pidFile", "", directory, O_PATH | O_DIRECTORY,
				  &compiler->pid_directory);
}

int pf_compile_control_check(struct pf_compiler *compiler)
{
	if (!compiler->spec->detach)
		return 0;
	int r = pf_control_dir_for_new(compiler->control_dir);
	if (r < 0)
		return pf_error_internal(compiler->error, -r,
					 "cannot use the control directory: %s", pf_errno_text(-r));
	r = check_name(compiler);
	return r < 0 ? r : check_pid_file(compiler);
}

void pf_compile_control(struct pf_compiler *compiler)
{
	const pflask_spec *spec = compiler->spec;
	struct pf_encoder *encoder = &compiler->encoder;
	uint64_t kept = spec->scrollback == PF_UNSET ? PF_DEFAULT_scrollback : spec->scrollback;

	if (!spec->detach)
		return;
	uint32_t first = encoder->count;
	PF_ENCODE(encoder, control, PF_S(spec->name), PF_S(compiler->control_dir),
		  PF_S(spec->chroot ? compiler->root_dir : "/"),
		  PF_N(compiler->has_terminal ? kept : 0), PF_N(spec->keepLog));
	if (spec->name)
		pf_note_origin_of_errno(compiler, first, EADDRINUSE, "name", "");
	if (spec->pidFile)
		PF_ENCODE(encoder, pid_file, PF_S(compiler->pid_file),
			  PF_N(compiler->pid_directory.fd));
}

void pf_compile_control_free(struct pf_compiler *compiler)
{
	pf_control_dirs_clear(&compiler->control_dirs);
	pf_host_path_clear(&compiler->pid_directory);
}

/* Finds the existing control directories, once. */
static void find_control_dirs(struct pf_compiler *compiler)
{
	struct pf_control_dirs *dirs = &compiler->control_dirs;
	size_t kept = 0;

	if (compiler->knows_control_dirs)
		return;
	compiler->knows_control_dirs = 1;
	if (pf_control_dirs_list(PF_CONTROL_DIRS_NEAR, dirs) < 0)
		compiler->encoder.failed = -ENOMEM;
	for (size_t i = 0; i < dirs->count; i++) {
		char *real = realpath(dirs->items[i].path, NULL);
		free(dirs->items[i].path);
		if (real)
			dirs->items[kept++].path = real;
	}
	dirs->count = kept;
}

/* Hides the control directories at or below a directory of the host, which the container sees at
 * `dest` ("" is the root). */
static void hide_below(struct pf_compiler *compiler, const char *source, const char *dest)
{
	size_t length = strcmp(source, "/") == 0 ? 0 : strlen(source);
	char path[PATH_MAX];

	find_control_dirs(compiler);
	for (size_t i = 0; i < compiler->control_dirs.count; i++) {
		const char *real = compiler->control_dirs.items[i].path;
		if (strncmp(real, source, length) != 0 || (real[length] && real[length] != '/'))
			continue;
		if (snprintf(path, sizeof(path), "%s%s", dest, real + length) < PATH_MAX)
			PF_ENCODE(&compiler->encoder, hide, PF_S(path));
	}
}

void pf_compile_hide_host(struct pf_compiler *compiler)
{
	hide_below(compiler, "/", "");
}

void pf_compile_hide_bind(struct pf_compiler *compiler, const char *source, const char *dest)
{
	hide_below(compiler, source, strcmp(dest, "/") == 0 ? "" : dest);
}
