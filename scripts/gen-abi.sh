#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Prints packages/runtime/src/abi.gen.ts:
#	scripts/gen-abi.sh >packages/runtime/src/abi.gen.ts
set -eu
root=$(dirname "$0")/..
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
${CC:-cc} -std=c17 -Wall -Wextra -Werror -I "$root/core-c/include" -o "$work/gen-abi" \
	"$root/scripts/gen-abi.c"
"$work/gen-abi"
