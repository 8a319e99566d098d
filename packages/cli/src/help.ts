// SPDX-License-Identifier: BSD-2-Clause
import { notation } from "@pflask/command";
import { version } from "../package.json" with { type: "json" };
import { GROUPS, OPTIONS, type Option } from "./options.ts";

const COLUMN = 32;

/** Returns the text of --help. */
export function helpText(): string {
	const groups = Object.entries(GROUPS).flatMap(([name, group]) => {
		const options = Object.entries<Option>(OPTIONS).filter(
			([, { group, rare }]) => group === name && rare === undefined,
		);
		return [group.title, ...(group.brief ? inRows(options) : options.map(inLine))];
	});
	return [
		"Usage: pflask [OPTION]... [--] [COMMAND [ARGUMENT]...]",
		"Run a command (or a login shell), or boot a system, in namespaces of its own.",
		...groups,
		"Examples: pflask --confine -- ./install.sh; pflask -r /srv/debian -- /sbin/init",
		"The manual page pflask(1) has all options, the mounts and the interfaces.",
		"",
	].join("\n");
}

/** Returns the text of --version. */
export function versionText(): string {
	return `pflask ${version}\n`;
}

type Entry = readonly [name: string, option: Option];

function inLine([name, option]: Entry): string {
	return `${`  ${notation(name, option)}`.padEnd(COLUMN)} ${option.help}`;
}

/** Formats the names of options, three in a row. */
function inRows(options: readonly Entry[]): string[] {
	const names = options.map(([name, { short }]) => `-${short}, --${name}`.padEnd(18));
	const rows = Array.from({ length: Math.ceil(names.length / 3) }, (_, row) => row * 3);
	return rows.map((first) => `  ${names.slice(first, first + 3).join("  ")}`.trimEnd());
}
