#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Removes files and directories of this repository, if nothing is mounted below it: rm would go on
# into whatever that is.
set -eu
cd "$(dirname "$0")/.."
if grep -F " $(pwd -P)/" /proc/self/mountinfo; then
	echo "remove: something is mounted below $(pwd -P); nothing was removed" >&2
	exit 1
fi
rm -rf "$@"
