#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Installs the missing Debian packages of the given groups (scripts/packages):
#	scripts/install-packages.sh GROUP...
set -eu
list=$(dirname "$0")/packages
missing=

is_installed() {
	[ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed ]
}

for group; do
	for package in $(sed -n "s/^$group //p" "$list"); do
		is_installed "$package" || missing="$missing $package"
	done
done
[ -n "$missing" ] || exit 0

if ! command -v apt-get >/dev/null; then
	echo "install-packages: not a Debian system; install by hand:$missing" >&2
	exit 1
fi
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
