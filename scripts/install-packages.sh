#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Installs the missing Debian packages of the given groups (scripts/packages):
#	scripts/install-packages.sh GROUP...
# With NO_INSTALL=1, or on a system other than Debian, installs nothing. The script then fails if a
# program, a header or a library of these packages is missing.
set -eu
list=$(dirname "$0")/packages
missing=

is_installed() {
	[ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed ]
}

# Prints the sign of a package (scripts/packages). The sign is a program or file. If the sign
# exists, the package counts as installed. The compilers are those of make.
sign_of() {
	sign=$(sed -n "s/^shows $1 //p" "$list")
	case ${sign:-$1} in
	gcc) echo "${CC:-gcc}" ;;
	musl-gcc) echo "${INIT_CC:-musl-gcc}" ;;
	*) echo "${sign:-$1}" ;;
	esac
}

# A compiler may be several words.
# shellcheck disable=SC2086
is_there() {
	case $1 in
	"<"*) echo "#include $1" | ${CC:-gcc} -E - >/dev/null 2>&1 ;;
	/*) [ -e "${1%% *}" ] ;;
	*.so.*) ldconfig -p 2>/dev/null | grep -qF "	$1 " ;;
	*) command -v "${1%% *}" >/dev/null ;;
	esac
}

packages_of() {
	for group; do
		sed -n "s/^$group //p" "$list"
	done
}

if [ -n "${NO_INSTALL-}" ] || ! command -v dpkg-query >/dev/null; then
	for package in $(packages_of "$@"); do
		sign=$(sign_of "$package")
		is_there "$sign" || missing="$missing, ${sign%% *} (Debian: $package)"
	done
	[ -n "$missing" ] || exit 0
	echo "install-packages: missing: ${missing#, };" \
		"hint: install them${NO_INSTALL:+, or leave out NO_INSTALL}" >&2
	exit 1
fi

for package in $(packages_of "$@"); do
	is_installed "$package" || missing="$missing $package"
done
[ -n "$missing" ] || exit 0

if [ "$(id -u)" -ne 0 ]; then
	echo "install-packages: missing:$missing; hint: sudo apt-get install$missing" >&2
	exit 1
fi
export DEBIAN_FRONTEND=noninteractive
log=$(mktemp)
trap 'rm -f "$log"' EXIT
echo "installing$missing"

install() {
	apt-get update && apt-get install -y --no-install-recommends "$@"
}

# The list must be split: each word is a package.
# shellcheck disable=SC2086
if ! install $missing </dev/null >"$log" 2>&1; then
	cat "$log" >&2
	exit 1
fi
