/* SPDX-License-Identifier: BSD-2-Clause */
/* Listing what a container changed in a scene: what the tests of it share. */
#ifndef PF_CHANGES_SCENE_H
#define PF_CHANGES_SCENE_H

#include "scene.h"

static inline void list_as(const struct pf_layer *layer, enum pf_changes_format format, int out)
{
	const char *path = NULL;
	int r = pf_changes(layer, format, out, &path);

	if (r < 0)
		dprintf(out, "%s: %s\n", path ? path : "output", strerror(-r));
}

static inline void list(const struct pf_layer *layer, int out)
{
	list_as(layer, PF_CHANGES_TEXT, out);
}

static inline void list_json(const struct pf_layer *layer, int out)
{
	list_as(layer, PF_CHANGES_JSON, out);
}

static inline int is_user(void **state)
{
	return *(const int *)*state;
}

static inline const char *changes(void **state, const char *lower, const char *container)
{
	struct scene scene = {lower, container, .look = list, .user = is_user(state)};

	return scene_text(&scene);
}

static inline void make_file(const char *path)
{
	int fd = open(path, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0600);

	MUST(fd >= 0 && close(fd) == 0);
}

#endif
