// SPDX-License-Identifier: BSD-2-Clause
// --ask: runs a command in an ephemeral root, shows its changes, and asks which changes to keep.
// Only a command line with --ask loads this module.
import { readdirSync } from "node:fs";
import { complain, explain, UsageError } from "@pflask/command";
import { plan, type Reporter, reportPlan, type Spec, terminalSize } from "@pflask/runtime/internal";
import { type Fate, MENU, next, questionOf, type State } from "./ask-dialogue.ts";
import { openPrivate, type Place } from "./ask-directory.ts";
import { AskTerminal } from "./ask-terminal.ts";
import { nameText } from "./ask-tree.ts";
import { TrialWork } from "./ask-work.ts";
import { stay } from "./run.ts";

/** Runs a command, and asks the user at its end. Returns the exit status of the command. */
export async function ask(
	spec: Spec,
	isDry: boolean,
	to: Reporter,
	flags: number,
): Promise<number> {
	check(spec, isDry);
	const given = spec.ephemeralDir;
	const place = given === undefined ? openPrivate(spec) : { dir: given, made: plan(spec) };
	reportPlan(to, place.made);
	let status: number;
	try {
		status = stay(place.made, to, flags);
	} catch (error) {
		if (hasChanges(place.dir)) tellPlace(place.dir);
		else place.remove?.();
		throw error;
	}
	const terminal = new AskTerminal();
	try {
		await settle(place, terminal);
	} catch (error) {
		complain("pflask", explain(error, "pflask"));
		tellPlace(place.dir);
	}
	return status;
}

/** Refuses a command line if no user can answer at the end of the command. */
function check(spec: Spec, isDry: boolean): void {
	if (!spec.ephemeral && spec.ephemeralDir === undefined)
		throw new UsageError("--ask", "requires --ephemeral", "--ephemeral --ask");
	for (const [name, isGiven] of [
		["detach", spec.detach],
		["dry-run", isDry],
	] as const)
		if (isGiven) throw new UsageError("--ask", `contradicts --${name}`, "leave one of them out");
	for (const [fd, name] of [
		[0, "standard input"],
		[2, "standard error"],
	] as const) {
		const hint = "--ephemeral=DIR, and later pflask --diff=DIR";
		if (terminalSize(fd) === undefined)
			throw new UsageError("--ask", `${name} is not a terminal`, hint);
	}
}

/** Tells whether a command has left files in the upper directories. */
function hasChanges(dir: string): boolean {
	const uppers = readdirSync(dir).filter((name) => /^upper(-\d+)?$/.test(name));
	return uppers.some((name) => entriesIn(`${dir}/${name}`) > 0);
}

/** Returns the number of entries. Returns 0 for a directory that the caller cannot read. */
function entriesIn(dir: string): number {
	try {
		return readdirSync(dir).length;
	} catch {
		return 0;
	}
}

/** Shows the changes, and asks until the user has decided. */
async function settle({ dir, remove }: Place, terminal: AskTerminal): Promise<void> {
	const work = new TrialWork(dir, terminal);
	work.showTree();
	let state: State = work.paths().length > 0 ? MENU : { at: "end", fate: "none" };
	if (state.at === "end") terminal.show("pflask: no changes\n");
	while (state.at !== "end") state = next(state, await terminal.ask(questionOf(state, work)), work);
	finish(state.fate, dir, remove);
}

function finish(fate: Fate, dir: string, remove: Place["remove"]): void {
	if (fate === "left" || (fate === "dropped" && remove === undefined)) tellPlace(dir);
	else remove?.();
}

function tellPlace(dir: string): void {
	const name = nameText(dir);
	const hint = `pflask --diff=${name}, pflask --apply=${name}, or rm -r ${name}`;
	complain("pflask", { message: `the changes are in ${name}`, hint });
}
