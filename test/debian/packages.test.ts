// SPDX-License-Identifier: BSD-2-Clause
// The contents of the Debian packages are correct, and dpkg and apt install and remove the packages
// in clean roots.
import { readdirSync, readFileSync } from "node:fs";
import t from "tap";
import { account, as, RANGE } from "../lib/account.ts";
import { aptOptions } from "../lib/apt.ts";
import { apparmorRoot, debianPackages, PACKAGES } from "../lib/debian-packages.ts";
import { sh } from "../lib/host.ts";
import { type Box, live } from "../lib/live.ts";
import { TREE } from "../lib/paths.ts";
import { debianRoot } from "../lib/roots.ts";
import { subordinateDebian } from "../lib/shell-root.ts";

const directory = await debianPackages();
const header = readFileSync(`${TREE}/core-c/include/pflask.h`, "utf8");
const version = header.match(/define PFLASK_VERSION "(.*)"/)?.[1];
const user = await account("pft-deb", { range: RANGE });
const files = readdirSync(directory).map((name) => `${directory}/${name}`);

/** Returns the files of a package, without directories. */
async function contents(name: string): Promise<string[]> {
	const file = files.find((path) => path.startsWith(`${directory}/${name}_`)) ?? "";
	const listing = await sh(["sh", "-c", 'dpkg-deb --fsys-tarfile "$1" | tar -t', "sh", file]);
	return listing.split("\n").filter((path) => path !== "" && !path.endsWith("/"));
}

t.test("there is one package for each purpose, of the version in pflask.h", async (t) => {
	const names = files.map((path) => path.replace(/.*\/(.*)_.*\.deb$/, "$1")).sort();
	t.same(
		names,
		PACKAGES.map((name) => `${name}_${version}-1`),
	);
});

t.test("each built file is in one package", async (t) => {
	const packed = (await Promise.all(PACKAGES.map(contents))).flat();
	const ends = packed.map((path) => path.replace(/\.gz$/, ""));
	const patterns = ["pflask*", "{include,lib,share}/**/*"];
	const scan = (pattern: string) => [...new Bun.Glob(pattern).scanSync(`${TREE}/dist`)];
	const built = patterns.flatMap(scan);
	t.ok(built.length > 20);
	// Each product is in a package. If a file in dist is from an older build, this check fails, and
	// "make clean" removes the file.
	for (const file of built) {
		const end = file.replace(/^lib\//, "").replace(/^(pflask[^/]*)$/, "bin/$1");
		t.equal(ends.filter((path) => path.endsWith(`/${end}`)).length, 1, file);
	}
	t.ok(ends.some((path) => path.endsWith("/pkgconfig/pflask.pc")));
});

t.test("lintian finds no error and no warning", async (t) => {
	const words = ["--allow-root", "--profile=debian", "--fail-on=none", "--display-level=>=warning"];
	// This tag asks for the number of a bug in Debian's list.
	words.push("--suppress-tags=initial-upload-closes-no-bugs");
	t.equal(await sh(["lintian", ...words, ...files], 120_000), "");
});

/** Compiles and runs a C program with the files of the packages, unpacked into the directory $1. */
const COMPILE = `
	cd "$1"
	for file in "$2"/*.deb; do dpkg-deb --extract "$file" .; done
	libraries=$(echo "$1"/usr/lib/*-linux-gnu)
	export PKG_CONFIG_LIBDIR="$libraries/pkgconfig" PKG_CONFIG_SYSROOT_DIR="$1"
	printf '%s\\n' '#include <pflask.h>' '#include <stdio.h>' \
		'int main(void) { return puts(pflask_version()) < 0; }' >program.c
	gcc -Werror -o program program.c $(pkg-config --cflags --libs pflask)
	LD_LIBRARY_PATH="$libraries" ./program
	gcc -Werror -static -o program program.c $(pkg-config --static --cflags --libs pflask)
	./program`;

t.test("a C program compiles with libpflask-dev", async (t) => {
	const said = await sh(["sh", "-ceu", COMPILE, "sh", t.testdir({}), directory]);
	t.equal(said, `${version}\n${version}\n`);
});

/** Installs, runs and removes the packages. */
const TRY = `
	set -e
	listing() { find /etc /opt /usr /var -xdev ! -path '/var/*/apt/*' ! -path '*/ldconfig*' \\
		! -path '/var/lib/dpkg/*' ! -path /var/log/dpkg.log | sort; }
	quietly() { "$@" >/tmp/log 2>&1 </dev/null || { cat /tmp/log; exit 9; }; }
	useradd --create-home guest
	listing >/tmp/before
	quietly dpkg --install /mnt/*.deb
	cd /
	pflask --version
	for name in pflask pflask-attach pflask-userns; do $name --version | sed 's/ .*//'; done
	echo "root: $(pflask --user-map=0:0:1 -- id -u)"
	as_guest="setpriv --reuid=guest --regid=guest --clear-groups"
	echo "user: $($as_guest pflask -- sh -c 'id -un; echo $$')"
	test ! -e /etc/apparmor.d/pflask && echo "no profile"
	quietly dpkg --purge ${PACKAGES.join(" ")}
	listing | diff /tmp/before - && echo "nothing is left"`;

async function tried(box: Pick<Box, "run">, root: string) {
	const args = [`--chroot=${root}`, "--ephemeral", "--proc=unmasked"];
	const more = [`--mount=bind-ro:${directory}:/mnt`, "--", "sh", "-c", TRY];
	return await box.run([...args, ...more], { bound: 120_000 });
}

const EXPECTED = new RegExp(
	"^pflask \\d.*\npflask\npflask-attach\npflask-userns\n" +
		"root: 0\nuser: guest\n\\d\nno profile\nnothing is left\n$",
);

live("root installs, runs and removes the packages", async (t, box) => {
	const run = await tried(box, await debianRoot());
	t.equal(run.status, 0, `${run.err}${run.out}`);
	t.match(run.out, EXPECTED, run.err);
});

live("an ordinary user installs, runs and removes the packages", async (t, box) => {
	const run = await tried(as(user, box), await subordinateDebian());
	t.equal(run.status, 0, `${run.err}${run.out}`);
	t.match(run.out, EXPECTED, run.err);
});

/** Installs the packages by apt, and shows a manual by man(1). */
const BY_APT = `
	set -e
	export DEBIAN_FRONTEND=noninteractive MANPAGER=cat LC_ALL=C.UTF-8
	quietly() { "$@" >/tmp/log 2>&1 </dev/null || { cat /tmp/log; exit 9; }; }
	quietly apt-get update
	quietly apt-get install -y --no-install-recommends man-db
	rm -f /var/lib/man-db/auto-update
	quietly apt-get install -y /mnt/*.deb
	dpkg-query --show --showformat='\${Package} \${db:Status-Status}\\n' passt uidmap
	for page in pflask pflask-attach pflask-userns libpflask pflask_spec_new; do
		man $page | grep -o "^  *$page\\b" | head -n 1
	done`;

const APT_SAYS = [
	"passt installed",
	"uidmap installed",
	...["pflask", "pflask-attach", "pflask-userns", "libpflask", "pflask_spec_new"],
	"",
];

live("apt-get installs the packages, what they recommend, and the manuals", async (t, box) => {
	const args = [`--chroot=${await debianRoot()}`, "--ephemeral", ...aptOptions()];
	const more = [`--mount=bind-ro:${directory}:/mnt`, "--", "sh", "-c", BY_APT];
	const run = await box.run([...args, ...more], { bound: 300_000 });
	t.same(
		run.out.split("\n").map((line) => line.trim()),
		APT_SAYS,
		run.err,
	);
	t.equal(run.status, 0);
});

/** Installs and removes pflask on a system with AppArmor. */
const WITH_APPARMOR = `
	set -e
	link=/etc/apparmor.d/pflask
	parse="apparmor_parser --skip-kernel-load --skip-cache"
	quietly() { "$@" >/tmp/log 2>&1 </dev/null || { cat /tmp/log; exit 9; }; }
	sign() { [ -L $link ] && echo "$1: profile" || echo "$1: no profile"; }
	install() { quietly dpkg --install /mnt/pflask_*.deb; }
	# The root has libc6, but dpkg does not know this.
	printf '%s\\n' 'Package: libc6' 'Status: install ok installed' 'Version: 99' \\
		"Architecture: $(dpkg --print-architecture)" 'Maintainer: t <t@example.org>' \\
		'Description: t' >>/var/lib/dpkg/status

	install
	sign installed
	$parse --names $link 2>/dev/null
	$parse --debug $link 2>&1 | grep -E '^(Mode: unconfined|userns,)'
	sed 's/userns,/usersn,/' $link | $parse 2>/dev/null || echo "a wrong rule is refused"
	quietly dpkg --purge pflask
	sign purged

	# An older AppArmor refuses the profile. A later upgrade of AppArmor triggers the package pflask,
	# which then adds the profile.
	mv /usr/sbin/apparmor_parser /tmp/parser
	ln -s /bin/false /usr/sbin/apparmor_parser
	install
	sign refused
	mv /tmp/parser /usr/sbin/apparmor_parser
	upgrade() {
		dpkg-trigger --by-package=apparmor /etc/apparmor.d/abi/4.0
		quietly dpkg --triggers-only --pending
	}
	upgrade
	sign upgraded

	# A link that the administrator has removed stays away, until the package is purged.
	rm $link
	upgrade
	sign "removed, then triggered"
	install
	sign "removed, then installed again"
	quietly dpkg --remove pflask
	install
	sign "removed, then the package removed and installed"
	quietly dpkg --purge pflask
	[ ! -e /var/lib/pflask ] && echo "no mark is left"
	install
	sign "purged, then installed"`;

const APPARMOR_SAYS = [
	"installed: profile",
	"pflask",
	"Mode: unconfined",
	"userns,",
	"a wrong rule is refused",
	"purged: no profile",
	"refused: no profile",
	"upgraded: profile",
	"removed, then triggered: no profile",
	"removed, then installed again: no profile",
	"removed, then the package removed and installed: no profile",
	"no mark is left",
	"purged, then installed: profile",
	"",
];

live("the AppArmor profile is added where AppArmor knows the rule", async (t, box) => {
	const args = [`--chroot=${await apparmorRoot()}`, "--ephemeral"];
	const more = [`--mount=bind-ro:${directory}:/mnt`, "--", "sh", "-c", WITH_APPARMOR];
	const run = await box.run([...args, ...more], { bound: 120_000 });
	t.same(run.out.split("\n"), APPARMOR_SAYS, run.err);
	t.equal(run.status, 0);
});

t.end();
