// SPDX-License-Identifier: BSD-2-Clause
// Makes the surroundings of a newcomer who types the examples of the documents. The newcomer is an
// ordinary user with a project, sudo, an archive of packages, debootstrap, and a network with an
// uplink.
import { chownSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { type Account, executable } from "./account.ts";
import { sh } from "./host.ts";
import type { Box } from "./live.ts";
import { FAR, machine, uplink } from "./network-user.ts";
import { TREE } from "./paths.ts";
import { inMounts } from "./private.ts";
import { debianCopy } from "./roots.ts";
import { subordinateDebian } from "./shell-root.ts";
import { type Session, startOnTerminal } from "./terminal.ts";

/** The things that a newcomer has. */
export interface Newcomer {
	/** A shell of the user on a terminal. Its prompt is "$ ". */
	readonly shell: Session;
	close(): Promise<void>;
}

/** The spec file that pflask(1) shows. */
const [, SPEC = ""] =
	/^has:\n\.Bd -literal.*\n([^]*?)^\.Ed$/m.exec(
		readFileSync(`${TREE}/packages/cli/man/pflask.1`, "utf8"),
	) ?? [];

/** The files of the user's home. */
const FILES: Readonly<Record<string, string>> = {
	".ssh/id_ed25519": "secret\n",
	"project/Makefile": `O = .
$(O)/hello: hello.c
	$(CC) -o $@ $<
check:
	@grep Seccomp: /proc/self/status
install:
	@grep CapEff: /proc/self/status
`,
	"project/hello.c": '#include <stdio.h>\n\nint main(void)\n{\n\tputs("Hello, world!");\n}\n',
	"project/installer.sh": `#!/bin/sh
cat ~/.ssh/id_ed25519
curl -sS http://example.org/
echo installed
`,
	"project/web.json": SPEC,
};

/**
 * Directories of the home: the directory that "make build" makes, and a directory for the product.
 */
const DIRECTORIES = ["dist", "project/out"];

/**
 * Stands for sudo, which may not be installed. The setuid program is on a tmpfs that only the mount
 * namespace of the newcomer has.
 */
const SUDO = `#!/bin/sh
export HOME=/root SUDO_USER="$USER" USER=root LOGNAME=root APT_CONFIG="$NEWCOMER/apt.conf"
exec "$NEWCOMER/setuid/setpriv" --reuid=0 --regid=0 --init-groups -- "$@"
`;

/**
 * Stands for debootstrap, which would need the internet. Copies a root from the cache of the tests.
 * A root with a compiler has the programs of this machine.
 */
const DEBOOTSTRAP = `#!/bin/sh
set -e
for root in "$@"; do :; done
debian=$NEWCOMER/debian
mkdir -p "$root"
case $* in
*gcc*)
	mount -t tmpfs -o mode=755 none "$root"
	cp -a "$debian/etc" "$debian/bin" "$debian/sbin" "$debian/lib" "$debian/lib64" "$root"
	for name in tmp usr root var; do mkdir "$root/$name"; done
	mount --bind /usr "$root/usr"
	mount --bind /etc/alternatives "$root/etc/alternatives"
	;;
*) mount --bind "$debian" "$root" ;;
esac
echo "I: Base system installed successfully."
`;

/**
 * Stands for mmdebstrap, and for debootstrap in a user namespace. The archive is in the root,
 * because the network has no archive.
 */
const MMDEBSTRAP = `#!/bin/sh
set -e
for root in "$@"; do :; done
mkdir "$root"
tar -C "$root" -xpf "$NEWCOMER/debian.tar" --numeric-owner
mkdir "$root/archive"
cp "$NEWCOMER/archive/Packages" "$NEWCOMER/archive/hello.deb" "$root/archive"
echo "deb [trusted=yes] file:/archive ./" >"$root/etc/apt/sources.list"
case $0 in
*mmdebstrap) echo "I: success in 21.0000 seconds" >&2 ;;
*) echo "I: Base system installed successfully." ;;
esac
`;

/** Stands for npm. Needs a network, and writes to its working directory. */
const NPM = `#!/bin/sh
set -e
ls /sys/class/net | grep -qvx lo
mkdir node_modules
echo "added 1 package in 1s"
`;

/** The settings of apt, for an archive in the directory $NEWCOMER/archive. */
const APT = `Dir {
	Etc { SourceList "DIR/sources.list"; SourceParts "-"; };
	State::Lists "DIR/lists";
	Cache "DIR/cache";
};
`;

/** Makes an archive with the package hello. $1 is its directory, and $2 the settings of apt. */
const ARCHIVE = `
	mkdir -p "$1/hello/DEBIAN" "$1/hello/usr/bin" "$1/lists" "$1/cache"
	cd "$1"
	printf '#!/bin/sh\\necho "Hello, world!"\\n' >hello/usr/bin/hello
	chmod 755 hello/usr/bin/hello
	printf '%s\\n' >hello/DEBIAN/control 'Package: hello' 'Version: 2.10-3' \\
		'Architecture: all' 'Maintainer: no user <none@localhost>' 'Description: example'
	dpkg-deb --root-owner-group --build hello hello.deb >/dev/null
	{
		cat hello/DEBIAN/control
		echo "Filename: ./hello.deb"
		echo "Size: $(stat -c %s hello.deb)"
		echo "SHA256: $(sha256sum hello.deb | cut -d' ' -f1)"
	} >Packages
	echo "deb [trusted=yes] file:$1 ./" >sources.list
	APT_CONFIG=$2 apt-get update -qq`;

/** Makes the mounts that only the newcomer sees. $DEBIAN is a root. */
const MOUNTS = `
	mount -t tmpfs -o mode=755 none /srv
	mount -t tmpfs -o mode=755 none "$NEWCOMER/setuid"
	install -m 4755 "$(command -v setpriv)" "$NEWCOMER/setuid/setpriv"
	mount --bind "$DEBIAN" "$NEWCOMER/debian"
	mount --bind "$NEWCOMER/bin" /usr/local/bin
	mount --bind "$NEWCOMER/bin/mmdebstrap" /usr/sbin/debootstrap
	tar -C "$DEBIAN" -cf "$NEWCOMER/debian.tar" --exclude='./dev/*' .`;

/** A resolv.conf with short waits, because no name server answers at the far end of the uplink. */
const RESOLVER = `nameserver ${FAR.v4}\noptions timeout:1 attempts:1\n`;

async function fillHome(box: Box, { home, name }: Account): Promise<void> {
	for (const directory of DIRECTORIES) mkdirSync(`${home}/${directory}`, { recursive: true });
	for (const [path, text] of Object.entries(FILES)) {
		mkdirSync(dirname(`${home}/${path}`), { recursive: true });
		writeFileSync(`${home}/${path}`, text, { mode: path.endsWith(".sh") ? 0o755 : 0o644 });
	}
	await sh(["cp", "--reflink=auto", executable(box), `${home}/dist/pflask`]);
	for (const other of ["attach", "userns"]) symlinkSync("pflask", `${home}/dist/pflask-${other}`);
	await sh(["chown", "-R", "--no-dereference", `${name}:`, home]);
}

/** Makes the programs, the archive and XDG_RUNTIME_DIR below the directory of the box. */
async function fillBox({ dir }: Box, { uid }: Account): Promise<void> {
	for (const name of ["archive", "bin", "debian", "setuid"]) mkdirSync(`${dir}/${name}`);
	mkdirSync(`${dir}/run`, { mode: 0o700 });
	chownSync(`${dir}/run`, uid, 0);
	const made = { debootstrap: DEBOOTSTRAP, mmdebstrap: MMDEBSTRAP, npm: NPM, sudo: SUDO };
	for (const [name, text] of Object.entries(made))
		writeFileSync(`${dir}/bin/${name}`, text, { mode: 0o755 });
	writeFileSync(`${dir}/apt.conf`, APT.replaceAll("DIR", `${dir}/archive`));
	await sh(["sh", "-ceu", ARCHIVE, "sh", `${dir}/archive`, `${dir}/apt.conf`]);
}

/** Makes the surroundings, and starts the shell. */
export async function newcomer(box: Box, user: Account): Promise<Newcomer> {
	await fillHome(box, user);
	await fillBox(box, user);
	const { near, close: closeLink } = await uplink(box, box);
	const own = await machine(box, { resolver: RESOLVER });
	const via = [...near.within, ...own, ...inMounts(MOUNTS), ...user.become];
	const roots = { DEBIAN: await debianCopy(), SUBORDINATE: await subordinateDebian() };
	const env = { ...user.env, ...roots, NEWCOMER: box.dir, XDG_RUNTIME_DIR: `${box.dir}/run` };
	const options = { program: "/bin/sh", via, env, cwd: user.home, columns: 200 };
	const shell = startOnTerminal([], options);
	await shell.until(/\$ $/);
	async function close(): Promise<void> {
		shell.type("exit\n");
		await shell.ended;
		await closeLink();
	}
	return { shell, close };
}
