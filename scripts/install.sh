#!/bin/sh
# SPDX-License-Identifier: BSD-2-Clause
# Installs built files, or removes them again:
#	scripts/install.sh install|uninstall DESTDIR PREFIX FROM=TO... -- FILE...
# A FILE is below dist. FROM/NAME becomes DESTDIR/TO/NAME. If several FROMs match a FILE, the first
# FROM decides. Also writes pflask.pc and pflask-trial.pc, for pkg-config, below the TO of dist/lib.
set -eu
action=$1
destdir=$2
prefix=$3
shift 3
cd "$(dirname "$0")/.."

rules=
while [ "$1" != -- ]; do
	case ${1#*=} in
	/*) rules="$rules$1
" ;;
	*)
		echo "install: ${1#*=}: not an absolute path;" \
			"hint: make install PREFIX=/usr/local" >&2
		exit 1
		;;
	esac
	shift
done
shift

# Prints the place of a file of dist, without DESTDIR.
place_of() {
	printf %s "$rules" | while IFS='=' read -r from to; do
		case $1 in
		"$from"/*)
			echo "$to/${1#"$from"/}"
			break
			;;
		esac
	done
}

# Copies a file. The mode of the shared library is 644, because the library is no program.
put() {
	mkdir -p "$(dirname "$2")"
	case $1 in
	dist/pflask) mode=755 ;;
	*) mode=644 ;;
	esac
	if [ -L "$1" ]; then
		ln -sfn "$(readlink "$1")" "$2"
	else
		install -m "$mode" "$1" "$2"
	fi
}

# Prints a directory for pkg-config: relative to the prefix, if possible.
below_prefix() {
	case $1 in
	"$prefix"/*) echo "\${prefix}/${1#"$prefix"/}" ;;
	*) echo "$1" ;;
	esac
}

# Prints the lines that the files for pkg-config have in common.
pkg_config_head() {
	cat <<-END
		prefix=$prefix
		includedir=$(below_prefix "$(dirname "$(place_of dist/include/pflask.h)")")
		libdir=$(below_prefix "$(dirname "$(place_of dist/lib/libpflask.a)")")

		Version: $(sed -n 's/^#define PFLASK_VERSION "\(.*\)"$/\1/p' dist/include/pflask.h)
		Cflags: -I\${includedir}
	END
}

pkg_config() {
	pkg_config_head
	cat <<-END
		Name: pflask
		Description: Run commands and whole systems inside Linux namespaces
		Libs: -L\${libdir} -lpflask
		Libs.private: -pthread
	END
}

pkg_config_trial() {
	pkg_config_head
	cat <<-END
		Name: pflask-trial
		Description: Show, apply and revert the changes of a container
		Libs: -L\${libdir} -lpflask-trial
	END
}

pc=$destdir$(place_of dist/lib/pkgconfig/pflask.pc)
trial_pc=$(dirname "$pc")/pflask-trial.pc
umask 022
if [ "$action" = install ]; then
	for file; do
		put "$file" "$destdir$(place_of "$file")"
	done
	mkdir -p "$(dirname "$pc")"
	rm -f "$pc" "$trial_pc" # a link could lead to another file
	pkg_config >"$pc"
	pkg_config_trial >"$trial_pc"
else
	for file; do
		rm -f "$destdir$(place_of "$file")"
	done
	rm -f "$pc" "$trial_pc"
	# Remove the directories that only pflask uses.
	for file in dist/include/pflask/types.h dist/share/doc/pflask/examples/container.c \
		dist/share/doc/pflask/plan.md; do
		directory=$destdir$(dirname "$(place_of "$file")")
		[ ! -d "$directory" ] || rmdir --ignore-fail-on-non-empty "$directory"
	done
fi
