// SPDX-License-Identifier: BSD-2-Clause
// Carries out the actions on trials. Only such an action loads this module.
import { jsonText, outputError, UsageError } from "@pflask/command";
import { PflaskError, terminalSize, writeBytes, writeText } from "@pflask/runtime/internal";
import {
	apply,
	type Difference,
	type Done,
	differences,
	diffText,
	openTrial,
	RISKS,
	type Risk,
	revert,
	select,
	visible,
	visibleText,
} from "@pflask/trial";
import type { TrialAction, Values } from "./options.ts";
import { coloured, paged } from "./pager.ts";

/** Carries out an action. Returns the exit status. */
export function trial(action: TrialAction, values: Values, operands: readonly string[]): number {
	const dir = values[action] ?? "";
	if (dir === "") throw new UsageError(`--${action}`, "missing DIR", `pflask --${action}=DIR`);
	if (action === "diff") return diff(dir, values, operands);
	const opened = openTrial(dir);
	if (action === "revert") {
		const [surplus] = operands;
		if (surplus !== undefined) throw new UsageError("--revert", `'${surplus}': extra operand`);
		return outcome(dir, "reverted", "", revert(opened));
	}
	const { force = false, allow } = values;
	const options = { paths: operands, force, allow: risksOf(allow) };
	return outcome(
		dir,
		"applied",
		`pflask --apply=${dir} --force, or pflask --apply=${dir} PATH`,
		apply(opened, options),
	);
}

/** Reads the value of --allow. */
function risksOf(allow: string | undefined): Risk[] {
	return (allow?.split(",") ?? []).map((word) => {
		const risk = RISKS.find((one) => one === word);
		if (risk === undefined) throw new UsageError("--allow", `${word}: not ${RISKS.join(" or ")}`);
		return risk;
	});
}

/**
 * Returns the exit status 0 if there are no conflicts. Otherwise reports the conflicts, and throws.
 */
function outcome(dir: string, act: string, hint: string, { conflicts }: Done): number {
	const [first] = conflicts;
	if (first === undefined) return 0;
	for (const { path, why } of conflicts) writeText(2, `conflict: ${visibleText(path)}: ${why}\n`);
	const many = conflicts.length === 1 ? "1 conflict" : `${conflicts.length} conflicts`;
	throw new PflaskError(`${dir}: ${many}: nothing was ${act}`, { code: "setup", hint });
}

function diff(dir: string, values: Values, operands: readonly string[]): number {
	const formats = (["stat", "name-status", "json"] as const).filter((name) => values[name]);
	const [format, other] = formats;
	if (other !== undefined)
		throw new UsageError(`--${other}`, `contradicts --${format}`, "leave one of them out");
	const opened = openTrial(dir);
	const { changes, lost } = select(opened, operands);
	for (const { path, why } of lost) writeText(2, `pflask: ${visibleText(path)}: ${why}\n`);
	const found = differences(opened, changes);
	if (format === "name-status")
		return show(changes.map(({ kind, path }) => `${kind} ${visible(path)}\n`));
	if (format === "json") return show([`${latin1(jsonText([...found].map(toJson), "\t"))}\n`]);
	return show(format === "stat" ? statOf([...found]) : patches(found));
}

/** Returns a text as a string whose characters are bytes. */
function latin1(text: string): string {
	return Buffer.from(text).toString("latin1");
}

function* patches(found: Iterable<Difference>): Generator<string> {
	for (const one of found) yield diffText(one);
}

function toJson({ path, kind, patch, notes, lines, sizes }: Difference): object {
	const [before, after] = sizes;
	const text = Buffer.from(patch, "latin1").toString();
	const { added, removed } = lines ?? { added: null, removed: null };
	return { path, kind, added, removed, before, after, notes, patch: text };
}

const WIDTH = 40;

/** Returns a line for each path, with its number of lines or bytes, and a line for all paths. */
function* statOf(all: readonly Difference[]): Generator<string> {
	const most = Math.max(1, ...all.map(({ lines }) => (lines ? lines.added + lines.removed : 0)));
	const names = all.map(({ path }) => visible(path));
	const longest = Math.max(0, ...names.map((name) => name.length));
	let [added, removed] = [0, 0];
	for (const [i, { lines, kind, sizes }] of all.entries()) {
		const name = (names[i] ?? "").padEnd(longest);
		if (lines === undefined) {
			const [before, after] = sizes;
			const change = before === 0 && after === 0 ? "-" : `${before} -> ${after} bytes`;
			yield ` ${kind} ${name} | ${change}\n`;
			continue;
		}
		added += lines.added;
		removed += lines.removed;
		const scale = (count: number) => Math.ceil((count * Math.min(WIDTH, most)) / most);
		const bar = "+".repeat(scale(lines.added)) + "-".repeat(scale(lines.removed));
		yield ` ${kind} ${name} | ${lines.added + lines.removed} ${bar}`.trimEnd().concat("\n");
	}
	yield ` ${all.length} paths, ${added} lines added, ${removed} lines removed\n`;
}

function show(texts: Iterable<string>): number {
	if (terminalSize(1) !== undefined) return paged(coloured(texts));
	for (const text of texts) {
		const errno = writeBytes(1, Buffer.from(text, "latin1"));
		if (errno !== 0) throw outputError(errno);
	}
	return 0;
}
