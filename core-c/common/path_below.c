/* SPDX-License-Identifier: BSD-2-Clause */
#include "path_below.h"

#include <string.h>

const char *pf_path_below(const char *path, const char *directory)
{
	size_t length = strcmp(directory, "/") == 0 ? 0 : strlen(directory);

	if (strcmp(path, directory) == 0)
		return path + strlen(path);
	return strncmp(path, directory, length) == 0 && path[length] == '/' ? path + length : NULL;
}
