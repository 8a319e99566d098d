#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Fails if a shared library needs a symbol of glibc that is newer than a release of glibc:
#	scripts/glibc-at-most.sh RELEASE LIBRARY
# A system with that release could not load such a library.
set -eu
needed=$(objdump -T "$2" | sed -n 's/.*[ (]GLIBC_\([^ )]*\))\{0,1\} *\([^ ]*\)$/\1 \2/p')
if [ -z "$needed" ]; then
	echo "$2: needs no symbol of glibc: is it a shared library?" >&2
	exit 1
fi
newer=$(printf '%s\n' "$needed" "$1" | sort -V | sed -e "0,/^$1\$/d" -e "/^$1 /d" | tr '\n' ';')
if [ -n "$newer" ]; then
	echo "$2: needs symbols that glibc $1 does not have: $newer" >&2
	exit 1
fi
