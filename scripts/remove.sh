#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Removes files and directories of this repository. Refuses if a file system is mounted below the
# repository, because rm would remove the files in the file system.
set -eu
cd "$(dirname "$0")/.."
if grep -F " $(pwd -P)/" /proc/self/mountinfo; then
	echo "remove: something is mounted below $(pwd -P); nothing was removed" >&2
	exit 1
fi
rm -rf "$@"
