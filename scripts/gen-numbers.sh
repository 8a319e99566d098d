#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Compiles and runs scripts/gen-numbers.c, which prints packages/runtime/src/numbers.gen.ts, or with
# the argument "c" core-c/src/base/numbers.gen.h.
set -eu
root=$(dirname "$0")/..
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
${CC:-cc} -std=c17 -Wall -Wextra -Werror -I"$root/core-c" -o "$work/gen" \
	"$root/scripts/gen-numbers.c"
"$work/gen" "$@"
