#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Checks style, types and common mistakes with every tool, and fails at the end if a tool failed.
set -u
cd "$(dirname "$0")/.."
flags="-std=c17 -Icore-c/include -Icore-c"
# small_musl.c defines functions of musl. The headers of glibc declare these functions differently.
product="$(find core-c/common core-c/src core-c/trial core-c/init core-c/front -name '*.c' \
	! -name small_musl.c | sort)"
# scripts/gen-abi.c and scripts/gen-numbers.c are left out: they include files that exist only while
# scripts/gen-abi.ts and scripts/gen-numbers.sh run.
ours="$product $(echo core-c/test/*.c)"
failed=

check() {
	echo "== $1"
	shift
	"$@" || failed=yes
}

# Runs cppcheck. The suppressed warnings are false alarms. The code subtracts two symbols of one
# section; pf_send(..., NULL, 0) reads nothing; a pointer is NULL if no number was read; a copy is
# passed on by value.
cpp() {
	# shellcheck disable=SC2086
	cppcheck --quiet --std=c11 --enable=warning,performance,portability --inline-suppr \
		--suppress=comparePointers --suppress=ctunullpointer --suppress=ctuuninitvar \
		--suppress=uninitvar:core-c/src/ids/id_map.c \
		--suppress=memleak:core-c/src/base/origins.c \
		--error-exitcode=1 -Icore-c/include -Icore-c $product
}

# Checks one file at a time: several files confuse clang-tidy's analysis of va_list.
tidy() {
	# shellcheck disable=SC2086
	for file in $ours; do
		clang-tidy-14 --quiet "$file" -- $flags 2>/dev/null || return 1
	done
}

# Two warnings are off, because this gcc can follow neither char ** nor the buffer behind
# CMSG_FIRSTHDR.
analyze() {
	# shellcheck disable=SC2086
	for file in $product; do
		gcc $flags -Wall -Wextra -Werror -fanalyzer -Wno-analyzer-malloc-leak \
			-Wno-analyzer-null-dereference -c -o /dev/null "$file" || return 1
	done
}

# shellcheck disable=SC2086
{
	check biome scripts/bun node_modules/.bin/biome check --error-on-warnings
	check folders scripts/bun scripts/check-folders.ts
	check tsc scripts/bun node_modules/.bin/tsc
	check clang-format clang-format-14 --dry-run --Werror $ours core-c/*/*.h core-c/*/*/*.h \
		core-c/examples/*.c test/*/*.[ch]
	check clang-tidy tidy
	check cppcheck cpp
	check "gcc -fanalyzer" analyze
}
[ -z "$failed" ]
