// SPDX-License-Identifier: BSD-2-Clause
// What people read.
import { PflaskError } from "@pflask/runtime";
import { UsageError } from "pflask/src/usage.ts";
import type { Report } from "./check.ts";
import type { Requirement } from "./requirement.ts";
import type { Change } from "./setup.ts";

const NAME_WIDTH = 27;

/** Returns a report, one line a requirement. */
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
	return name === "cgroup" ? " (only limits need it)" : " (root does not need it)";
}

/** Returns changes, one a line. */
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

/** Returns an error, one line, and perhaps one with a hint. */
export function errorLines(error: unknown): string {
	const known = error instanceof PflaskError || error instanceof UsageError;
	const message = error instanceof Error ? error.message : String(error);
	const hint = known
		? error.hint || (error instanceof UsageError ? "pflask-userns --help" : "")
		: "";
	const what = known ? message : `internal error: ${message}`;
	return `pflask-userns: ${printable(what)}\n${hint === "" ? "" : `hint: ${printable(hint)}\n`}`;
}

/** A name may hold anything, also what moves the cursor. */
function printable(text: string): string {
	return text.replace(/\p{Cc}/gu, (character) => {
		return `\\x${character.charCodeAt(0).toString(16).padStart(2, "0")}`;
	});
}
