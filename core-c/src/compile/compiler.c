/* SPDX-License-Identifier: BSD-2-Clause */
/* Defines functions on the state that the parts of the compiler share (compiler.h). These functions
 * open files of the host, and add operations that open files of the host. compile.c drives the
 * compiler. */
#define _GNU_SOURCE
#include "compiler.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/sys.h"
#include "src/base/error.h"
#include "src/base/numbers.h"

void pf_note_origin_of_errno(struct pf_compiler *compiler, uint32_t first, int number,
			     const char *field, const char *text)
{
	const struct pf_origin origin = {first, compiler->encoder.count - first, number, field,
					 (char *)text};
	int r = pf_origins_add(compiler->origins, &origin);

	if (r < 0)
		compiler->encoder.failed = r;
}

void pf_note_origin(struct pf_compiler *compiler, uint32_t first, const char *field,
		    const char *text)
{
	pf_note_origin_of_errno(compiler, first, 0, field, text);
}

unsigned pf_compile_source(struct pf_compiler *compiler, const char *path)
{
	PF_ENCODE(&compiler->encoder, source, PF_N(compiler->source_count), PF_S(path), PF_N(0),
		  PF_N(0));
	return compiler->source_count++;
}

unsigned pf_compile_found_source(struct pf_compiler *compiler, enum pf_op_code code,
				 const char *path, int is_remote)
{
	const unsigned mask = is_remote ? 0 : STATX_INO;
	PF_CLEANUP_FD int fd = open(path, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	struct statx status = {0};
	struct pf_host_path at = {.path = (char *)path};

	if (fd >= 0 && pf_statx_idle(fd, mask, &status) == 0) {
		at.device = makedev(status.stx_dev_major, status.stx_dev_minor);
		at.inode = is_remote ? 0 : status.stx_ino;
	}
	return pf_compile_opened_source(compiler, code, &at);
}

unsigned pf_compile_opened_source(struct pf_compiler *compiler, enum pf_op_code code,
				  const struct pf_host_path *at)
{
	pf_encode(&compiler->encoder, code, PF_N(compiler->source_count), PF_S(at->path),
		  PF_N(at->device), PF_N(at->inode));
	return compiler->source_count++;
}

int pf_open_field_path(struct pf_compiler *compiler, const char *field, const char *text,
		       const char *path, int flags, struct pf_host_path *ret)
{
	int r = pf_host_path_open(compiler->plan_fds, path, flags, ret);

	if (r == 0)
		return 0;
	pf_error_field(compiler->error, field, -r, "%s%s%s: %s", text, *text ? ": " : "", path,
		       pf_errno_text(-r));
	if (r == -EMFILE)
		pf_error_hint(compiler->error, "ulimit -n 32768");
	return r;
}

int pf_open_field_mount(struct pf_compiler *compiler, const char *field, const char *text,
			const char *path, int flags, struct pf_host_path *ret)
{
	int r = pf_open_field_path(compiler, field, text, path, flags, ret);
	const char *hint, *problem = r == 0 ? pf_host_path_problem(ret, &hint) : NULL;

	if (!problem)
		return r;
	r = pf_error_field(compiler->error, field, EINVAL, "%s%s%s: %s", text, *text ? ": " : "",
			   path, problem);
	pf_error_hint(compiler->error, "%s", hint);
	return r;
}

int pf_make_absolute(struct pf_compiler *compiler, const char *field, const char *path,
		     char ret[PATH_MAX])
{
	char here[PATH_MAX] = "";
	int number = *path != '/' && !getcwd(here, sizeof(here)) ? errno : 0;

	if (!number && snprintf(ret, PATH_MAX, "%s%s%s", here, *here ? "/" : "", path) >= PATH_MAX)
		number = ENAMETOOLONG;
	return number ? pf_error_field(compiler->error, field, number, "%s: %s", path,
				       pf_errno_text(number))
		      : 0;
}
