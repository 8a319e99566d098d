/* SPDX-License-Identifier: BSD-2-Clause */
/* Tells whether one absolute path lies below another, by their texts. */
#ifndef PF_PATH_BELOW_H
#define PF_PATH_BELOW_H

#include <stddef.h>

/* Returns the rest of a path after `directory`, or NULL where the path lies elsewhere. The rest is
 * "" for the directory itself, and begins with a slash otherwise. */
const char *pf_path_below(const char *path, const char *directory);

/* Tells whether a path is the directory itself, or lies below the directory. */
static inline int pf_lies_in(const char *path, const char *directory)
{
	return pf_path_below(path, directory) != NULL;
}

#endif
