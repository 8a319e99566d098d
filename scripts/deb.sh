#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Makes the Debian packages from the products in a tree:
#	scripts/deb.sh TREE ARCHITECTURE RESULT [LIBC]
# Works in a copy below the directory RESULT, and puts the packages into RESULT. For another
# processor, LIBC is a directory with the contents of its package libc6.
set -eu
cd "$(dirname "$0")/.."
tree=$1
architecture=$2
result=$3
libc=${4:+$(realpath "$4")}
work=$result/work
options="-b -us -uc -a$architecture"
# For another processor, skip the check of build dependencies: it would require packages of that
# processor.
[ "$architecture" = "$(dpkg --print-architecture)" ] || options="$options -d"

rm -rf "$work"
mkdir -p "$work/pflask/dist"
cp -pR CHANGELOG.md Makefile core-c debian scripts "$work/pflask"
for name in include lib pflask pflask-attach pflask-userns share; do
	cp -pR "$tree/dist/$name" "$work/pflask/dist"
done
# shellcheck disable=SC2086
if ! (
	cd "$work/pflask"
	PFLASK_BUILT=1 PFLASK_LIBC=$libc dpkg-buildpackage $options
) >"$work/log" 2>&1; then
	cat "$work/log" >&2
	exit 1
fi
rm -f "$result"/*_"$architecture".deb
mv "$work"/*.deb "$result"
rm -rf "$work"
