// SPDX-License-Identifier: BSD-2-Clause
// Makes the Debian root directory of roots.ts: make-root.ts DIRECTORY. The caller holds the lock.
import { existsSync, readdirSync, readFileSync, renameSync } from "node:fs";
import { sh } from "./host.ts";
import { findSource } from "./sources.ts";

const PACKAGES = ["systemd-sysv", "dbus", "procps", "iproute2", "login"];
const DEBIAN_KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg";

function sourceFiles(): { name: string; text: string }[] {
	const directory = "/etc/apt/sources.list.d";
	const names = existsSync(directory) ? readdirSync(directory) : [];
	return ["/etc/apt/sources.list", ...names.map((name) => `${directory}/${name}`)]
		.filter((name) => /\.(list|sources)$/.test(name) && existsSync(name))
		.map((name) => ({ name, text: readFileSync(name, "utf8") }));
}

/** Returns the value of an assignment in shell syntax, as os-release(5) and apt-config print it. */
function assignment(text: string, name: string): string {
	return text.match(new RegExp(`^${name}=["']?([^"'\\n]*)`, "m"))?.[1] ?? "";
}

async function bootstrap(root: string): Promise<void> {
	const suite = assignment(readFileSync("/etc/os-release", "utf8"), "VERSION_CODENAME");
	const source = findSource(sourceFiles(), suite);
	if (!source) throw new Error(`no apt source of this machine has ${suite} main`);
	const keyring = source.keyring ?? DEBIAN_KEYRING;
	const proxy = await sh(["apt-config", "shell", "PROXY", "Acquire::http::Proxy"]);
	process.env.DEBIAN_FRONTEND = "noninteractive";
	process.env.http_proxy ||= assignment(proxy, "PROXY");
	await sh(
		[
			"debootstrap",
			"--variant=minbase",
			`--include=${PACKAGES.join(",")}`,
			`--keyring=${keyring}`,
			suite,
			root,
			source.mirror,
		],
		880_000,
	);
	// Tests log in without a password, and nothing needs the package lists any more.
	await sh(["chroot", root, "passwd", "--delete", "root"]);
	await sh(["chroot", root, "apt-get", "clean"]);
}

async function main(root: string): Promise<void> {
	if (existsSync(root)) return;
	const unfinished = `${root}.new`;
	await sh(["rm", "-rf", "--one-file-system", unfinished]);
	await bootstrap(unfinished);
	renameSync(unfinished, root);
}

await main(process.argv[2] ?? "");
