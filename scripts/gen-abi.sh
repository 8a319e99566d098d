#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Prints packages/runtime/src/NAME.gen.ts, which scripts/gen-NAME.c makes; NAME is abi or numbers:
#	scripts/gen-abi.sh abi >packages/runtime/src/abi.gen.ts
set -eu
root=$(dirname "$0")/..
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
${CC:-cc} -std=c17 -Wall -Wextra -Werror -I "$root/core-c/include" -I "$root/core-c" \
	-o "$work/gen" "$root/scripts/gen-$1.c"
"$work/gen"
