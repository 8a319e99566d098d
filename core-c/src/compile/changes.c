/* SPDX-License-Identifier: BSD-2-Clause */
/* Compiles --changes and --keep: the list and the copy of a container's changes. */
#define _GNU_SOURCE
#include "changes.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "common/sys.h"
#include "src/base/error.h"
#include "src/base/inherited_fds.h"
#include "src/base/numbers.h"
#include "src/host/overlay_check.h"

/* Returns the number of the descriptor as text if a path names a descriptor (/dev/fd/N); otherwise
 * returns the path. The descriptor itself must be used: opening its path would truncate the file,
 * would not share the file position, and is impossible for a socket. */
static const char *number_of(const char *path)
{
	static const char directories[][16] = {"/dev/fd/", "/proc/self/fd/"};

	if (strcmp(path, "-") == 0 || strcmp(path, "/dev/stdout") == 0)
		return "1";
	if (strcmp(path, "/dev/stderr") == 0)
		return "2";
	for (size_t i = 0; i < sizeof(directories) / sizeof(directories[0]); i++)
		if (strncmp(path, directories[i], strlen(directories[i])) == 0)
			return path + strlen(directories[i]);
	return path;
}

/* Refuses a descriptor that is not open for writing: the error would otherwise come only when the
 * container has ended. Refuses an O_PATH descriptor, too. */
static int check_writable(struct pf_compiler *compiler, const char *text, uint32_t fd)
{
	if ((fcntl((int)fd, F_GETFL) & PF_ACCESS_MODE) != O_RDONLY)
		return 0;
	int r = pf_error_field(compiler->error, "changes", EBADF, "%s: not open for writing", text);
	pf_error_hint(compiler->error, "%u>FILE", fd);
	return r;
}

/* Refuses a descriptor for the list of changes of a detached container. The monitor would keep the
 * descriptor open until the end of the container, and a program that reads the caller's output
 * would have to wait. */
static int check_attached(struct pf_compiler *compiler)
{
	if (!compiler->spec->detach)
		return 0;
	int r = pf_error_field(compiler->error, "changes", 0, "requires a file with {detach=yes}");
	pf_error_hint(compiler->error, "{changes=FILE}");
	return r;
}

/* Returns the format of this name (enum pf_changes_format), or -1. */
static int format_of(const char *name)
{
	static const char names[][6] = {
		[PF_CHANGES_TEXT] = "text",
		[PF_CHANGES_JSON] = "json",
		[PF_CHANGES_JSONL] = "jsonl",
	};
	int format = PF_CHANGES_JSONL;

	while (format >= 0 && strcmp(names[format], name) != 0)
		format--;
	return format;
}

/* Chooses the format of the list: the format in the spec, or else the format that the end of the
 * file name stands for. */
static int check_format(struct pf_compiler *compiler)
{
	const char *wanted = compiler->spec->changesFormat;
	const char *ending = strrchr(compiler->changes_path, '.');
	int format = wanted ? format_of(wanted) : ending ? format_of(ending + 1) : -1;

	if (wanted && format < 0) {
		int r = pf_error_field(compiler->error, "changesFormat", 0,
				       "%s: not text, json or jsonl", wanted);
		pf_error_hint(compiler->error, "{changesFormat=json}");
		return r;
	}
	compiler->changes_format = format < 0 ? PF_CHANGES_TEXT : (uint32_t)format;
	return 0;
}

/* Checks the destination of the list of changes. A descriptor must be open. The path of a file is
 * made absolute; the file itself is made at the start. */
static int check_changes(struct pf_compiler *compiler)
{
	const char *text = compiler->spec->changes;
	uint32_t *fd = &compiler->changes_fd;

	if (!text)
		return 0;
	if (pf_id_parse(number_of(text), fd) == 0) {
		int r = check_attached(compiler);
		if (r < 0)
			return r;
		if (*fd <= INT_MAX && pf_is_inherited((int)*fd) &&
		    !pf_plan_fds_has(compiler->plan_fds, (int)*fd))
			return check_writable(compiler, text, *fd);
		return pf_error_field(compiler->error, "changes", EBADF, "%s: %s", text,
				      pf_errno_text(EBADF));
	}
	return pf_make_absolute(compiler, "changes", text, compiler->changes_path);
}

/* Refuses a directory for the copy to which the container's root user cannot write: this user makes
 * the copy, and may have another uid on the host. */
static int check_keep_owner(struct pf_compiler *compiler, const char *directory)
{
	const struct pf_identity *identity = &compiler->identity;
	const struct pf_id_map *map = &identity->map[PF_UID];
	struct stat status;

	if (!identity->has_new_userns || fstat(compiler->keep_path.fd, &status) < 0 ||
	    status.st_mode & 0002)
		return 0;
	for (size_t i = 0; i < map->count; i++) {
		const struct pf_id_line *line = &map->line[i];
		uint32_t offset = identity->init[PF_UID] - line->inside;
		if (offset >= line->count || line->outside + offset == status.st_uid)
			continue;
		int r = pf_error_field(compiler->error, "keep", EACCES,
				       "%s: the container's root may not write to this directory",
				       directory);
		pf_error_hint(compiler->error, "sudo chown %u %s", line->outside + offset,
			      directory);
		return r;
	}
	return 0;
}

static int check_keep(struct pf_compiler *compiler)
{
	const char *directory = compiler->spec->keep;

	if (!directory)
		return 0;
	int r = pf_open_field_path(compiler, "keep", "", directory, O_RDONLY | O_DIRECTORY,
				   &compiler->keep_path);
	if (r < 0)
		return r;
	if (pf_has_entries(compiler->keep_path.fd))
		return pf_error_field(compiler->error, "keep", ENOTEMPTY, "%s: %s", directory,
				      pf_errno_text(ENOTEMPTY));
	return check_keep_owner(compiler, directory);
}

int pf_compile_changes_check(struct pf_compiler *compiler)
{
	int r = check_changes(compiler);

	if (r == 0)
		r = check_format(compiler);
	return r < 0 ? r : check_keep(compiler);
}

void pf_compile_changes(struct pf_compiler *compiler)
{
	struct pf_encoder *encoder = &compiler->encoder;
	const struct pflask_spec *spec = compiler->spec;

	if (*compiler->changes_path)
		PF_ENCODE(encoder, changes_file, PF_S(compiler->changes_path),
			  PF_N(compiler->changes_format),
			  PF_N(-1)); /* pf_open_changes() sets the descriptor */
	else if (spec->changes)
		PF_ENCODE(encoder, changes, PF_N(compiler->changes_fd),
			  PF_N(compiler->changes_format));
	if (spec->keep)
		PF_ENCODE(encoder, keep, PF_S(compiler->keep_path.path),
			  PF_N(compiler->keep_path.fd));
}
