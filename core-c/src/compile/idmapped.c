/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Compiles idmapped roots (idmapped.h). The kernel maps a mount only if its file system supports id
 * maps. So each mount of the root is mapped separately. A mount that another mount will cover is
 * left out, for instance a mount that an earlier container has left on /proc.
 */
#define _GNU_SOURCE
#include "idmapped.h"

#include <errno.h>
#include <linux/mount.h>
#include <string.h>
#include <sys/stat.h>

#include "common/path_below.h"
#include "ephemeral.h"
#include "root.h"
#include "src/base/error.h"
#include "src/base/numbers.h"

/* Returns 0 if the map changes no id: the owners would look the same, and not every file system
 * supports idmapped mounts. */
int pf_compile_is_idmapped(const struct pf_compiler *compiler)
{
	const struct pf_id_map *map = &compiler->identity.map[PF_UID];
	struct stat status;
	int changes = 0;

	if (!compiler->identity.userns || !compiler->spec->mountns || compiler->root < 0 ||
	    !pf_is_privileged() || fstat(compiler->root, &status) < 0)
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
	int r = pf_mount_table_read(compiler->directory, &compiler->table);

	return r < 0 ? pf_error_field(compiler->error, "chroot", -r, "/proc/self/mountinfo: %s",
				      pf_errno_text(-r))
		     : 0;
}

/* Tells whether a mount of the spec will cover a path. An overlay shows a mount at its own path,
 * but hides the mounts below. */
static int covers(const struct pf_mount_spec *mount, const char *path)
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

static void plan_binds(struct pf_compiler *compiler)
{
	for (size_t i = 0; i < compiler->table.count; i++) {
		const struct pf_mounted_at *mounted = &compiler->table.items[i];
		if (!pf_is_covered(compiler, mounted->path))
			pf_plan_path(compiler,
				     mounted->is_deleted ? PF_PLANNED_EMPTY : PF_PLANNED_BIND,
				     mounted->path);
	}
}

/* Adds the operation that maps a mount. The text of the origin is the path of the root directory.
 * By this path, an error tells whether the failed mount is the root itself or a mount in the
 * root. */
static unsigned map(struct pf_compiler *compiler, const struct pf_host_path *at)
{
	uint32_t first = compiler->encoder.count;
	unsigned source = pf_compile_opened(compiler, PF_OP_idmap_mount, at);

	pf_compile_origin(compiler, first, "chroot", compiler->directory);
	return source;
}

static unsigned map_below(struct pf_compiler *compiler, const char *path)
{
	char host[PATH_MAX];
	const struct pf_host_path at = {.path = (char *)pf_on_host(compiler, path, host)};

	return map(compiler, &at);
}

void pf_compile_idmapped(struct pf_compiler *compiler)
{
	compiler->root_source = map(compiler, &compiler->root_path);
	if (compiler->spec->ephemeral)
		pf_compile_ephemeral_plan(compiler);
	else
		plan_binds(compiler);
	for (size_t i = 0; i < compiler->planned_count; i++) {
		struct pf_planned *planned = &compiler->planned[i];
		if (strcmp(planned->path, "/") == 0)
			planned->source = compiler->root_source;
		else if (planned->kind != PF_PLANNED_EMPTY && !planned->is_remote)
			planned->source = map_below(compiler, planned->path);
	}
}

void pf_compile_idmapped_mounts(struct pf_compiler *compiler)
{
	for (size_t i = 0; i < compiler->planned_count; i++)
		pf_compile_planned(compiler, &compiler->planned[i]);
}
