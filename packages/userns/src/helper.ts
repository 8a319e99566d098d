// SPDX-License-Identifier: BSD-2-Clause
// Examines newuidmap(1) and newgidmap(1), the programs that map subordinate ids for unprivileged
// users.
import { realpathSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { output, readText } from "./files.ts";

/** The capability that each helper needs. */
export const HELPERS = { newuidmap: "cap_setuid", newgidmap: "cap_setgid" } as const;

/** The name of a helper. */
export type HelperName = keyof typeof HELPERS;

/** An installed helper. */
export interface Helper {
	readonly path: string;
	/** The privilege by which the helper maps ids; undefined if no privilege can be seen. */
	readonly privilege: "setuid" | "capability" | undefined;
	/** Whether only root can change the helper or put another file in its place. */
	readonly isOfRoot: boolean;
}

/** The path that pflask searches if PATH is not set. */
const DEFAULT_PATH = "/usr/bin:/bin";
const SETUID = 0o4000;
const STICKY = 0o1000;
const WRITABLE = 0o022;

/** The commands that install the helpers, by the ids of os-release(5). */
const PACKAGES: Readonly<Record<string, string>> = {
	debian: "sudo apt-get install uidmap",
	ubuntu: "sudo apt-get install uidmap",
	fedora: "sudo dnf install shadow-utils",
	rhel: "sudo dnf install shadow-utils",
	arch: "sudo pacman -S shadow",
	suse: "sudo zypper install shadow",
	alpine: "sudo apk add shadow-uidmap",
};

/** Finds a helper along PATH, as pflask does. */
export function findHelper(
	name: HelperName,
	path: string = process.env.PATH ?? DEFAULT_PATH,
): Helper | undefined {
	const found = Bun.which(name, { PATH: path });
	if (found === null) return undefined;
	return { path: found, privilege: privilegeOf(found, name), isOfRoot: isOfRoot(found) };
}

/**
 * Tells whether only root can change or replace a file. In a directory with the sticky bit, no
 * other user can replace a file of root.
 */
function isOfRoot(file: string): boolean {
	for (let path = realpathSync(file); ; path = dirname(path)) {
		const status = statSync(path);
		const isSticky = status.isDirectory() && (status.mode & STICKY) !== 0;
		if (status.uid !== 0 || ((status.mode & WRITABLE) !== 0 && !isSticky)) return false;
		if (path === "/") return true;
	}
}

/** Returns the command that installs the helpers. */
export function installCommand(root: string): string {
	const release = readText(root, "/etc/os-release");
	const ids = [...release.matchAll(/^ID(?:_LIKE)?="?([^"\n]*)/gm)].flatMap(([, ids = ""]) =>
		ids.split(" "),
	);
	const known = ids.map((id) => PACKAGES[id]).find((command) => command !== undefined);
	return known ?? "install the package that has newuidmap(1): uidmap, shadow or shadow-utils";
}

/**
 * Returns the privilege of a helper. File capabilities are in the extended attribute
 * security.capability, which getcap(8) reads.
 */
function privilegeOf(path: string, name: HelperName): Helper["privilege"] {
	const { uid, mode } = statSync(path);
	if (uid === 0 && (mode & SETUID) !== 0) return "setuid";
	return hasCapability(output("getcap", path) ?? "", HELPERS[name]) ? "capability" : undefined;
}

/**
 * Tells whether getcap(8) printed a capability: "PATH cap_setgid,cap_setuid=ep", or in older
 * versions "PATH = cap_setuid+ep".
 */
export function hasCapability(text: string, capability: string): boolean {
	const clauses = text.trim().split(/\s+/);
	return clauses.some((clause) => {
		const [, names = "", flags = ""] = /^([\w,]+)[=+](\w+)$/.exec(clause) ?? [];
		return names.split(",").includes(capability) && flags.includes("p");
	});
}
