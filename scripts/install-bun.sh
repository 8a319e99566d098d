#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Installs Bun below build/bun, if Bun is missing there. Downloads the package for the platform,
# because this package runs no install script. Checks the hash, so that Bun is the release that this
# project was tested with. With NO_INSTALL=1, downloads nothing, and uses a Bun of this release in
# PATH.
set -eu
version=1.4.5
case $(uname -m) in
x86_64)
	package=@oven/bun-linux-x64
	hash=f05d28a3862f4b84395c7fa32480b835dd47482e80b7e7a49a115227f0c06083
	;;
aarch64)
	package=@oven/bun-linux-aarch64
	hash=04778f1f42399a69d086853e9c7af4acf574b2f21a43d0dc673853d8b84a2923
	;;
*)
	echo "install-bun: no Bun for $(uname -m)" >&2
	exit 1
	;;
esac
cd "$(dirname "$0")/.."
bun=build/bun/node_modules/$package/bin/bun

is_right() {
	echo "$hash  $bun" | sha256sum --check --status 2>/dev/null
}

if [ -n "${NO_INSTALL-}" ] && ! is_right; then
	found=$(command -v bun || true)
	if [ -z "$found" ] || [ "$("$found" --version)" != "$version" ]; then
		echo "install-bun: missing: bun $version in PATH; hint: leave out NO_INSTALL" >&2
		exit 1
	fi
	mkdir -p build/bun
	ln -sfn "$found" build/bun/bun
	exit 0
fi
if ! is_right; then
	rm -rf build/bun
	mkdir -p build/bun
	echo '{"private": true}' >build/bun/package.json
	npm install --prefix build/bun --no-save --no-package-lock --ignore-scripts --no-audit \
		--no-fund --loglevel=error "$package@$version" </dev/null
	if ! is_right; then
		echo "install-bun: $package@$version: wrong hash" >&2
		exit 1
	fi
fi
ln -sfn "node_modules/$package/bin/bun" build/bun/bun
