// SPDX-License-Identifier: BSD-2-Clause
// Makes the output for people.
import type { Report } from "./check.ts";
import type { Requirement } from "./requirement.ts";
import type { Change } from "./setup.ts";

const NAME_WIDTH = 27;

/** Returns a report, one line per requirement. */
export function reportText({ requirements }: Report): string {
	return requirements.map((requirement) => `${line(requirement)}\n`).join("");
}

function line(requirement: Requirement): string {
	const { ok, name, found, remedy } = requirement;
	const start = `${ok ? "ok     " : "missing"}  ${name.padEnd(NAME_WIDTH)}${found}`;
	return ok ? start : `${start}${purpose(requirement)}; remedy: ${remedy}`;
}

function purpose({ name, needed }: Requirement): string {
	if (needed) return "";
	if (name === "overlay") return " (only --ephemeral needs it)";
	return name === "cgroup" ? " (only limits and a boot need it)" : " (root does not need it)";
}

/** Returns changes, one per line. */
export function changesText(changes: readonly Change[]): string {
	if (changes.length === 0) return "nothing to do\n";
	return changes.map((change) => `${changeText(change)}\n`).join("");
}

function changeText(change: Change): string {
	switch (change.kind) {
		case "run":
			return `run: ${change.command.join(" ")}`;
		case "append":
			return `append to ${change.path}: ${change.line}`;
		case "write": {
			const lines = change.text.split("\n").filter((line) => line !== "" && line[0] !== "#");
			return `write ${change.path}: ${lines.join("; ")}`;
		}
		case "set": {
			const { key, before, value, undoneBy } = change;
			const note = undoneBy === undefined ? "" : `; at boot ${undoneBy} sets it back`;
			return `set ${key} = ${value} (it was ${before})${note}`;
		}
	}
}
