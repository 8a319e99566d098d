/* SPDX-License-Identifier: BSD-2-Clause */
/* Names the call of a failure (fault.h). */
#include "fault.h"

const char *pf_call_name(int failure)
{
	static const char *const names[PF_CALL_COUNT + 1] = {
		"",         "open",    "stat",      "read",     "write",    "seek",
		"truncate", "readdir", "mkdir",     "mknod",    "symlink",  "link",
		"unlink",   "rename",  "readlink",  "chown",    "chmod",    "utimens",
		"fsync",    "syncfs",  "listxattr", "getxattr", "setxattr", "removexattr",
		"flock",    "dup",     "memory",    "",         "",         "",
	};
	const enum pf_call call = pf_call_of(failure);

	return call <= PF_CALL_COUNT ? names[call] : "";
}
