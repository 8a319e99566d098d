// SPDX-License-Identifier: BSD-2-Clause
// Makes root directories with a release of Debian, from the archive of this machine. The default is
// the release of this machine.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { sh } from "./host.ts";
import { findSource } from "./sources.ts";

const DEBIAN_KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg";

function sourceFiles(): { name: string; text: string }[] {
	const directory = "/etc/apt/sources.list.d";
	const names = existsSync(directory) ? readdirSync(directory) : [];
	return ["/etc/apt/sources.list", ...names.map((name) => `${directory}/${name}`)]
		.filter((name) => /\.(list|sources)$/.test(name) && existsSync(name))
		.map((name) => ({ name, text: readFileSync(name, "utf8") }));
}

/**
 * Returns the value of an assignment in shell syntax, in the text of os-release(5) or
 * apt-config(8).
 */
function assignment(text: string, name: string): string {
	return text.match(new RegExp(`^${name}=["']?([^"'\\n]*)`, "m"))?.[1] ?? "";
}

/** Returns the name of this machine's release of Debian. */
export function suite(): string {
	return assignment(readFileSync("/etc/os-release", "utf8"), "VERSION_CODENAME");
}

/** An archive of Debian's packages. */
export interface Archive {
	/** The name of the release. */
	readonly suite: string;
	readonly mirror: string;
	/** The path of the key that checks the signatures. */
	readonly keyring: string;
}

/**
 * Returns the archive of a release. An archive has all releases, so the archive in the files of apt
 * serves for a release that these files do not name.
 */
export function archive(name: string = suite()): Archive {
	const files = sourceFiles();
	const source = findSource(files, name) ?? findSource(files, suite());
	if (!source) throw new Error(`no apt source of this machine has ${name} main`);
	return { suite: name, mirror: source.mirror, keyring: source.keyring ?? DEBIAN_KEYRING };
}

/** Makes a root directory with a minimal Debian and some packages. Root has no password there. */
export async function bootstrap(
	root: string,
	packages: readonly string[],
	from: Archive = archive(),
): Promise<void> {
	const proxy = await sh(["apt-config", "shell", "PROXY", "Acquire::http::Proxy"]);
	process.env.DEBIAN_FRONTEND = "noninteractive";
	process.env.http_proxy ||= assignment(proxy, "PROXY");
	await sh(
		[
			"debootstrap",
			"--variant=minbase",
			`--include=${packages.join(",")}`,
			`--keyring=${from.keyring}`,
			from.suite,
			root,
			from.mirror,
		],
		880_000,
	);
	// Tests log in without a password. The package lists are no longer needed.
	await sh(["chroot", root, "passwd", "--delete", "root"]);
	await sh(["chroot", root, "apt-get", "clean"]);
}
