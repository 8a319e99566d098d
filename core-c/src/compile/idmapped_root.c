/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Compiles idmapped roots (idmapped_root.h). The kernel makes a mount tree idmapped only if all
 * file systems in it support this, so each mount of the root is a separate tree. A mount that
 * another mount will cover is left out, for instance a mount on /proc from an earlier container.
 */
#define _GNU_SOURCE
#include "idmapped_root.h"

#include <errno.h>
#include <linux/mount.h>
#include <string.h>
#include <sys/stat.h>

#include "common/path_below.h"
#include "ephemeral_root.h"
#include "root_filesystems.h"
#include "src/base/error.h"
#include "src/base/numbers.h"

/* Tells whether the root must be mounted idmapped. If the map changes no id, an idmapped mount is
 * not needed, and some file systems do not support it. */
int pf_compile_is_idmapped(const struct pf_compiler *compiler)
{
	const struct pf_id_map *map = &compiler->identity.map[PF_UID];
	struct stat status;
	int changes = 0;

	if (!compiler->identity.has_new_userns || !compiler->spec->mountns ||
	    compiler->root_fd < 0 || !pf_is_privileged() || fstat(compiler->root_fd, &status) < 0)
		return 0;
	for (size_t i = 0; i < map->count; i++) {
		if (status.st_uid - map->line[i].outside < map->line[i].count)
			return 0;
		changes |= map->line[i].inside != map->line[i].outside;
	}
	return changes;
}

int pf_compile_idmapped_check(struct pf_compiler *compiler)
{
	int r = pf_mount_table_read(compiler->root_dir, &compiler->root_mounts);

	return r < 0 ? pf_error_field(compiler->error, "chroot", -r, "/proc/self/mountinfo: %s",
				      pf_errno_text(-r))
		     : 0;
}

/* Tells whether a mount of the spec will cover a path. An overlay covers all mounts below its
 * destination, but not a mount at the destination, which is its lower directory. */
static int covers(const struct pf_mount *mount, const char *path)
{
	switch (mount->type) {
	case PF_MOUNT_SYMLINK:
	case PF_MOUNT_DIR:
		return 0;
	case PF_MOUNT_OVERLAY:
		return strcmp(path, mount->dest) != 0 && pf_lies_in(path, mount->dest);
	default:
		return pf_lies_in(path, mount->dest);
	}
}

int pf_is_covered(const struct pf_compiler *compiler, const char *path)
{
	if (pf_is_fresh(path))
		return 1;
	for (size_t i = 0; i < compiler->spec->mount.count; i++)
		if (covers(&compiler->mounts[i], path))
			return 1;
	return 0;
}

static void add_bind_parts(struct pf_compiler *compiler)
{
	for (size_t i = 0; i < compiler->root_mounts.count; i++) {
		const struct pf_mount_entry *mounted = &compiler->root_mounts.items[i];
		if (!pf_is_covered(compiler, mounted->path))
			pf_add_root_part(compiler,
					 mounted->is_deleted ? PF_ROOT_PART_EMPTY
							     : PF_ROOT_PART_BIND,
					 mounted->path);
	}
}

/* Adds the operation that makes a mount idmapped. The text of its origin is the path of the root
 * directory, by which an error tells the root itself from a mount in the root. */
static unsigned map(struct pf_compiler *compiler, const struct pf_host_path *at)
{
	uint32_t first = compiler->encoder.count;
	unsigned source = pf_compile_opened_source(compiler, PF_OP_idmap_mount, at);

	pf_note_origin(compiler, first, "chroot", compiler->root_dir);
	return source;
}

static unsigned map_below(struct pf_compiler *compiler, const char *path)
{
	char host[PATH_MAX];
	const struct pf_host_path at = {.path = (char *)pf_path_on_host(compiler, path, host)};

	return map(compiler, &at);
}

void pf_compile_idmapped(struct pf_compiler *compiler)
{
	compiler->root_source = map(compiler, &compiler->root_path);
	if (compiler->spec->ephemeral)
		pf_choose_ephemeral_parts(compiler);
	else
		add_bind_parts(compiler);
	for (size_t i = 0; i < compiler->root_part_count; i++) {
		struct pf_root_part *part = &compiler->root_parts[i];
		if (strcmp(part->path, "/") == 0)
			part->source = compiler->root_source;
		else if (part->kind != PF_ROOT_PART_EMPTY && !part->is_remote)
			part->source = map_below(compiler, part->path);
	}
}

void pf_compile_idmapped_mounts(struct pf_compiler *compiler)
{
	for (size_t i = 0; i < compiler->root_part_count; i++)
		pf_compile_root_part(compiler, &compiler->root_parts[i]);
}
