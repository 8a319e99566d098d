/* SPDX-License-Identifier: BSD-2-Clause */
/* Compares absolute paths as texts: tells whether one path lies below another. */
#ifndef PF_PATH_BELOW_H
#define PF_PATH_BELOW_H

#include <stddef.h>

/* Returns the rest of a path after `directory`, or NULL if the path does not lie in `directory`.
 * The rest is "" for the directory itself; otherwise it begins with a slash. */
const char *pf_path_below(const char *path, const char *directory);

/* Tells whether a path is the directory, or lies below the directory. */
static inline int pf_lies_in(const char *path, const char *directory)
{
	return pf_path_below(path, directory) != NULL;
}

#endif
