#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Installs the Debian packages of the groups named (scripts/packages), those that are missing:
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
	echo "install-packages: this is no Debian; to be installed by hand:$missing" >&2
	exit 1
fi
if [ "$(id -u)" -ne 0 ]; then
	echo "install-packages: missing:$missing; hint: sudo apt-get install$missing" >&2
	exit 1
fi
export DEBIAN_FRONTEND=noninteractive
echo "installing$missing"
apt-get update -qq </dev/null
# The list is of words, one a package.
# shellcheck disable=SC2086
apt-get install -y -qq --no-install-recommends $missing </dev/null
