#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Fails if a file is larger than a limit: scripts/at-most.sh BYTES FILE
set -eu
size=$(stat -c %s "$2")
if [ "$size" -gt "$1" ]; then
	echo "$2: $size bytes, at most $1 are allowed" >&2
	exit 1
fi
