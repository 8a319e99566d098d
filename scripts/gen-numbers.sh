#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Prints packages/runtime/src/numbers.gen.ts, or with the argument "c" the same for C,
# core-c/src/base/numbers.gen.h: compiles and runs scripts/gen-numbers.c.
set -eu
root=$(dirname "$0")/..
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
${CC:-cc} -std=c17 -Wall -Wextra -Werror -I"$root/core-c" -o "$work/gen" \
	"$root/scripts/gen-numbers.c"
"$work/gen" "$@"
