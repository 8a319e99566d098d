/* SPDX-License-Identifier: BSD-2-Clause */
/* Finds the parent directories of paths (place.h). */
#define _GNU_SOURCE
#include "place.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "files.h"

const char *pf_last_name(const char *path, size_t *ret_parent)
{
	const char *slash = strrchr(path, '/');

	*ret_parent = slash ? (size_t)(slash - path) : 0;
	if (slash)
		return slash + 1;
	return *path ? path : ".";
}

static void close_parent(struct pf_parent *parent)
{
	if (parent->root >= 0 && parent->fd >= 0)
		close(parent->fd);
	free(parent->path);
	*parent = (struct pf_parent){.root = -1};
}

void pf_close_parents(struct pflask_trial *trial)
{
	close_parent(&trial->parents[0]);
	close_parent(&trial->parents[1]);
}

int pf_parent_of(struct pflask_trial *trial, struct pf_place place, const char **ret_name,
		 struct pf_parent **ret)
{
	size_t length;

	*ret_name = pf_last_name(place.path, &length);
	for (int i = 0; i < 2; i++) {
		struct pf_parent *parent = &trial->parents[i];
		if (parent->root != place.root || parent->length != length ||
		    memcmp(parent->path, place.path, length) != 0)
			continue;
		trial->oldest_parent = 1 - i;
		*ret = parent;
		return parent->fd;
	}
	struct pf_parent *parent = &trial->parents[trial->oldest_parent];
	close_parent(parent);
	char *path = strndup(place.path, length);
	if (!path)
		return PF_NO_MEMORY;
	int fd = pf_open_below(place.root, path, O_RDONLY | O_DIRECTORY);
	*parent = (struct pf_parent){place.root, fd, path, length, -1};
	trial->oldest_parent = 1 - trial->oldest_parent;
	*ret = parent;
	return fd;
}

int pf_status_of_place(struct pflask_trial *trial, struct pf_place place, struct stat *ret)
{
	struct pf_parent *parent;
	const char *name;
	int r = pf_parent_of(trial, place, &name, &parent);

	if (r >= 0)
		r = pf_status_at(r, name, ret);
	return pf_number_of(r) == ENOENT || pf_number_of(r) == ENOTDIR ? 0 : r;
}

int pf_identity_at(struct pflask_trial *trial, struct pf_place place, struct pf_identity *ret)
{
	struct stat status;
	int r = pf_status_of_place(trial, place, &status);

	if (r >= 0)
		*ret = pf_identity_of(r > 0 ? &status : NULL);
	return r;
}

int pf_is_reachable(struct pflask_trial *trial, struct pf_place place)
{
	struct pf_parent *parent;
	const char *name;
	int r = pf_parent_of(trial, place, &name, &parent);

	if (pf_number_of(r) == ENOENT || pf_number_of(r) == ENOTDIR)
		return 0;
	return r < 0 ? r : 1;
}

int pf_inherits(struct pf_parent *parent)
{
	if (parent->inherits < 0)
		parent->inherits = fgetxattr(parent->fd, "system.posix_acl_default", NULL, 0) > 0;
	return parent->inherits;
}
