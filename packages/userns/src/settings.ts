// SPDX-License-Identifier: BSD-2-Clause
// Reads the settings of the kernel that may forbid user namespaces, and makes the text of the file
// that changes the settings at boot.
import { readdirSync } from "node:fs";
import { LIMITS } from "@pflask/runtime/numbers";
import { pathOf, readText } from "./files.ts";
import type { RequirementName } from "./requirement.ts";

/** A setting of the kernel, sysctl(8). */
export interface Setting {
	/** The requirement that the setting belongs to. */
	readonly name: RequirementName;
	/** The key of the setting. */
	readonly key: string;
	/** Tells whether a value forbids user namespaces. */
	readonly blocks: (value: number) => boolean;
	/** A value that allows user namespaces. */
	readonly allows: number;
	/** Whether the setting applies to root too. */
	readonly forRoot: boolean;
}

/** The settings. A kernel may have only some of these settings. */
export const SETTINGS: readonly Setting[] = [
	{
		// The number of user namespaces that a user may have in this user namespace and below
		// (user_namespaces(7)).
		name: "max-user-namespaces",
		key: "user.max_user_namespaces",
		blocks: (value) => value === 0,
		allows: LIMITS.namespaces,
		forRoot: true,
	},
	{
		// Debian and Arch only. If the value is 0, making a user namespace requires CAP_SYS_ADMIN.
		name: "unprivileged-userns-clone",
		key: "kernel.unprivileged_userns_clone",
		blocks: (value) => value === 0,
		allows: 1,
		forRoot: false,
	},
	{
		// Ubuntu only. If the value is 1, a process loses all capabilities in a new user namespace,
		// unless its AppArmor profile has "userns".
		name: "apparmor",
		key: "kernel.apparmor_restrict_unprivileged_userns",
		blocks: (value) => value !== 0,
		allows: 0,
		forRoot: false,
	},
];

/** The file that `setup` writes. */
export const SETTINGS_FILE = "/etc/sysctl.d/90-pflask-userns.conf";

const DIRECTORIES = [
	"/etc/sysctl.d",
	"/run/sysctl.d",
	"/usr/local/lib/sysctl.d",
	"/usr/lib/sysctl.d",
];
const HEADER = "# Written by pflask-userns(1): users may make user namespaces.\n";

/** Returns the value of a setting, or undefined if this kernel does not have the setting. */
export function settingValue({ key }: Setting, root: string): number | undefined {
	const text = readText(root, fileOf(key)).trim();
	return /^\d+$/.test(text) ? Number(text) : undefined;
}

/** Returns the path of a setting below /proc/sys. */
export function fileOf(key: string): string {
	return `/proc/sys/${key.replaceAll(".", "/")}`;
}

/** Tells whether the current value of a setting forbids user namespaces to ordinary users. */
export function isBlocking(setting: Setting, root: string): boolean {
	const value = settingValue(setting, root);
	return value !== undefined && setting.blocks(value);
}

/** Returns the command that sets a setting until the machine is booted again. */
export function settingCommand({ key, allows }: Setting): string {
	return `sudo sysctl -w ${key}=${allows}`;
}

/** Returns the text of SETTINGS_FILE that makes these settings allow user namespaces. */
export function settingsText(wanted: readonly Setting[], root: string): string {
	const before = linesOf(readText(root, SETTINGS_FILE) || HEADER);
	const kept = before.map(({ line, key }) => {
		const setting = wanted.find((setting) => setting.key === key);
		return setting === undefined ? line : lineOf(setting);
	});
	const added = wanted.filter((setting) => !before.some(({ key }) => key === setting.key));
	return `${[...kept, ...added.map(lineOf)].join("\n")}\n`;
}

function lineOf({ key, allows }: Setting): string {
	return `${key} = ${allows}`;
}

/**
 * Returns a file that undoes a setting at boot, because the file is read after SETTINGS_FILE.
 * Returns undefined if there is no such file.
 */
export function undoneBy(setting: Setting, root: string): string | undefined {
	const valueIn = (file: string) =>
		linesOf(readText(root, file)).findLast(({ key }) => key === setting.key)?.value;
	const last = laterFiles(root).findLast((file) => valueIn(file) !== undefined);
	return last !== undefined && setting.blocks(valueIn(last) ?? 0) ? last : undefined;
}

/**
 * Returns the files that are read at boot after SETTINGS_FILE. Files are read in the order of their
 * names (sysctl.d(5)). If several directories have a file of the same name, only the file in the
 * first directory counts. sysctl(8) reads sysctl.conf last.
 */
function laterFiles(root: string): string[] {
	const own = SETTINGS_FILE.split("/").at(-1) ?? "";
	const paths = new Map<string, string>();
	for (const directory of DIRECTORIES)
		for (const name of namesIn(pathOf(root, directory)))
			if (name.endsWith(".conf") && name > own && !paths.has(name))
				paths.set(name, `${directory}/${name}`);
	const names = [...paths.keys()].sort();
	return [...names.map((name) => paths.get(name) ?? ""), "/etc/sysctl.conf"];
}

function namesIn(directory: string): string[] {
	try {
		return readdirSync(directory);
	} catch {
		return [];
	}
}

/**
 * Parses the lines of sysctl.conf(5): "key = value". The key may have slashes and a leading "-".
 */
function linesOf(text: string): { line: string; key: string; value: number }[] {
	const lines = text.replace(/\n$/, "").split("\n");
	return lines.map((line) => {
		const [, key = "", value = ""] = /^\s*-?([\w./-]+)\s*=\s*(\S+)/.exec(line) ?? [];
		return { line, key: key.replaceAll("/", "."), value: Number(value) };
	});
}
