#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Fails if two compilers do not work, or do not compile for the same processor:
#	scripts/check-compilers.sh CC INIT_CC
# The library contains pflask-init, which INIT_CC compiles. Without this check, a pflask-init for
# another processor would fail only when the library starts a container.
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# Prints the processor that a compiler compiles for. The command of a compiler may be several words.
# shellcheck disable=SC2086
machine() {
	echo "int pf_nothing;" >"$work/nothing.c"
	if ! $2 -c -o "$work/nothing.o" "$work/nothing.c" 2>"$work/errors"; then
		echo "check-compilers: $1 ($2): $(head -n 1 "$work/errors")" >&2
		return 1
	fi
	readelf -h "$work/nothing.o" | sed -n 's/^ *\(Class\|Machine\): *//p' | paste -s -d ' '
}

cc=$(machine CC "$1")
init_cc=$(machine INIT_CC "$2")
if [ "$cc" != "$init_cc" ]; then
	echo "check-compilers: CC (${1%% *}) compiles for $cc, INIT_CC (${2%% *}) for $init_cc;" \
		"hint: set INIT_CC to a compiler with musl for $cc, or run make arm64" >&2
	exit 1
fi
