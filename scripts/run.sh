#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Runs dist/pflask with the given arguments. Without arguments, demonstrates pflask: prints the
# command's user and processes, and shows that pflask exits with the command's status.
set -u
pflask=$(dirname "$0")/../dist/pflask
as_root=
if [ "$(id -u)" -ne 0 ] && command -v sudo >/dev/null; then
	as_root=sudo
fi
status=0

show() {
	printf '\n$ pflask'
	printf " '%s'" "$@" | sed "s/ '\([-+.\/=:@,_A-Za-z0-9][-+.\/=:@,_A-Za-z0-9]*\)'/ \1/g"
	echo
	$as_root "$pflask" "$@"
	status=$?
	echo "exit status $status"
}

if [ $# -gt 0 ]; then
	show "$@"
	exit "$status"
fi

show -- id
[ "$status" -eq 0 ] || exit 1
if command -v ps >/dev/null; then
	show -- ps -ef
else
	# shellcheck disable=SC2016
	show -- sh -c 'cd /proc; for p in [0-9]*; do echo "$p $(tr "\0" " " <$p/cmdline)"; done'
fi
[ "$status" -eq 0 ] || exit 1
show -- sh -c 'exit 7'
[ "$status" -eq 7 ]
