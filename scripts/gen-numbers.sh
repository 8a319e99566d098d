#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Compiles and runs scripts/gen-numbers.c. The program prints packages/runtime/src/numbers.gen.ts.
# With the argument "c", the program prints core-c/src/base/numbers.gen.h. The names of capabilities
# and limits are macros of the kernel's headers. This script turns the macros into rows: CAP(CHOWN),
# RLIMIT(NOFILE).
set -eu
root=$(dirname "$0")/..
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
printf '#include <%s>\n' linux/capability.h asm/resource.h >"$work/headers.h"
${CC:-cc} -E -dM "$work/headers.h" |
	sed -n 's/^#define \(CAP\|RLIMIT\)_\([A-Z_]*\) [0-9]*$/\1(\2)/p' >"$work/names.def"
${CC:-cc} -std=c17 -Wall -Wextra -Werror -I"$root/core-c" -I"$work" -o "$work/gen" \
	"$root/scripts/gen-numbers.c"
"$work/gen" "$@"
