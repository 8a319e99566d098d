#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Builds pflask for arm64 on another processor, in a copy of the sources below build/arm64. Then
# tries the executable and the library in qemu-user. qemu-user cannot make namespaces, so no
# container is started.
set -eu
cd "$(dirname "$0")/.."
root=$PWD
work=$root/build/arm64
version=$(sed -n 's/^version=//p' scripts/install-bun.sh)
bun=$work/bun/node_modules/@oven/bun-linux-aarch64/bin/bun
hash=$(sed -n '/^aarch64)/,/;;/s/.*hash=//p' scripts/install-bun.sh)
static="aarch64-linux-gnu-gcc -specs $work/musl.specs -idirafter /usr/aarch64-linux-gnu/include"
emulator="qemu-aarch64-static -L /usr/aarch64-linux-gnu"
mkdir -p "$work"

# Gets the C library of the static programs (musl-dev), and libc6. dpkg-shlibdeps(1) reads the
# symbols of libc6 to find the oldest release that the packages need. apt-get keeps its lists for
# arm64 below this directory.
if [ ! -f "$work/musl.specs" ] || [ ! -d "$work/libc6" ]; then
	rm -rf "$work/libc6" "$work"/apt/*.deb
	mkdir -p "$work/apt/lists/partial" "$work/apt/cache/archives/partial"
	options="-qq -o APT::Architecture=arm64 -o APT::Architectures=arm64
		-o Dir::State::Lists=$work/apt/lists -o Dir::Cache=$work/apt/cache
		-o Dir::State::status=/dev/null -o APT::Sandbox::User="
	# shellcheck disable=SC2086
	(cd "$work/apt" && apt-get $options update && apt-get $options download musl-dev libc6)
	dpkg-deb --raw-extract "$work"/apt/libc6_*_arm64.deb "$work/libc6"
	dpkg-deb --extract "$work"/apt/musl-dev_*_arm64.deb "$work/musl"
	sed "s#/usr/\(lib\|include\)/aarch64-linux-musl#$work/musl&#g" \
		"$work/musl/usr/lib/aarch64-linux-musl/musl-gcc.specs" >"$work/musl.specs"
fi

# Without --force npm refuses a package for another processor. The hash is from install-bun.sh.
if ! echo "$hash  $bun" | sha256sum --check --status 2>/dev/null; then
	mkdir -p "$work/bun"
	echo '{"private": true}' >"$work/bun/package.json"
	npm install --prefix "$work/bun" --no-save --no-package-lock --ignore-scripts --no-audit \
		--no-fund --loglevel=error --force "@oven/bun-linux-aarch64@$version" </dev/null
	echo "$hash  $bun" | sha256sum --check --quiet
fi

tree=$work/tree
mkdir -p "$tree/build"
for name in Makefile bun.lock bunfig.toml core-c debian docs package.json packages scripts; do
	rm -rf "${tree:?}/$name"
	cp -pR "$name" "$tree"
done
rm -rf "$tree"/packages/*/node_modules "$tree/build/stamp/node_modules"
ln -sfn "$root/build/bun" "$tree/build/bun"
musl=$(dpkg-deb --field "$work"/apt/musl-dev_*_arm64.deb Version)
make -C "$tree" CC=aarch64-linux-gnu-gcc INIT_CC="$static" MUSL="$musl" \
	TARGET="--target=bun-linux-arm64 --compile-executable-path=$bun" EMULATOR="$emulator"

# Each executable must print its version and a plan, and refuse a bad value. Each executable must
# also run up to the start of pflask-init, which fails in qemu-user. The front (dist/pflask) runs up
# to this start without Bun.
# shellcheck disable=SC2086
for executable in build/pflask dist/pflask; do
	run="$emulator $tree/$executable"
	$run --version
	$run --dry-run -- true >"$work/plan"
	grep -q "exec  *true true" "$work/plan"
	$run --chroot=/nowhere -- true 2>"$work/errors" || [ $? = 125 ]
	grep -q "^pflask: --chroot: /nowhere: No such file or directory$" "$work/errors"
	$run -- true 2>"$work/errors" || [ $? = 125 ]
	grep -q "^pflask: " "$work/errors"
done

# A C program makes a plan by each library.
cat >"$work/plan.c" <<-END
	#include <pflask.h>
	#include <stdio.h>
	int main(void)
	{
		pflask_spec *spec = pflask_spec_new();
		struct pflask_error error;
		pflask_plan *plan;
		pflask_spec_set(spec, "command", "true", NULL, 0);
		if (pflask_plan_make(spec, &plan, &error, sizeof(error)) == 0)
			puts(pflask_plan_text(plan, PFLASK_PLAN_TEXT));
		return 0;
	}
END
# shellcheck disable=SC2086
for library in libpflask.so.0 libpflask.a; do
	aarch64-linux-gnu-gcc -o "$work/plan.bin" -I"$tree/dist/include" "$work/plan.c" \
		"$tree/dist/lib/$library"
	$emulator -E LD_LIBRARY_PATH="$tree/dist/lib" "$work/plan.bin" >"$work/plan"
	grep -q "exec  *true true" "$work/plan"
done
echo "$tree/dist/pflask is built, prints its version and plans, and starts as far as qemu-user can"
