// SPDX-License-Identifier: BSD-2-Clause
// Carries out the actions on detached containers. Only such an action loads this module.
import { attach, exec, forget, type KillOptions, kill, list, logs, waitAll } from "@pflask/attach";
import { isWritable, outputError, print, report, sayDetached, UsageError } from "@pflask/command";
import { OF_EXEC, PASS_ON, type Reporter, reportExit, userName } from "@pflask/runtime/internal";
import { EBADF } from "@pflask/runtime/numbers";
import { readValue } from "./kinds.ts";
import { listJson, listPids, listTable } from "./list.ts";
import { type Control, OPTIONS, type Values } from "./options.ts";
import { watch } from "./run.ts";
import { specOf } from "./spec.ts";
import { statsFlag } from "./stats.ts";
import { withTerminal } from "./terminal.ts";
import { typedWords } from "./words.ts";

/** Carries out an action. Returns the exit status. */
export async function control(
	action: Control,
	values: Values,
	operands: readonly string[],
	to: Reporter,
): Promise<number> {
	to.typed = typedWords(new Map([["which", action]]));
	if (action === "exec") return execute(values, operands, to);
	const names = namesOf(action, values, operands);
	const surplus = names[mostOf(action)];
	if (surplus !== undefined)
		throw new UsageError(`--${action}`, `'${surplus}': extra operand`, HELP);
	if (action === "list") return show(values);
	const [which] = names;
	if (which === undefined || names.includes("")) throw nameless(action);
	switch (action) {
		case "attach":
			return attached(which, values, to);
		case "wait":
			return waitForAll(names, values, to);
		case "kill":
			return killAll(names, killOptions(values), to);
		case "logs":
			if (!(await isWritable(1))) throw outputError(EBADF);
			logs(which, { follow: values.follow === true });
			return 0;
		case "forget":
			return each(names, to, (which) => {
				forget(which);
				return 0;
			});
	}
}

/** Returns the names of the containers: the value of the action's option, and the operands. */
function namesOf(action: Control, values: Values, operands: readonly string[]): readonly string[] {
	const value = values[action];
	return action === "kill" || typeof value !== "string" ? operands : [value, ...operands];
}

/** Returns the maximum number of containers for an action. */
function mostOf(action: Control): number {
	if ("operands" in OPTIONS[action]) return Number.POSITIVE_INFINITY;
	return action === "list" ? 0 : 1;
}

/**
 * Waits for containers. Asks all monitors first, because a container may end while this process
 * waits for another. Returns the exit status for the last container, or the exit status of an
 * error.
 */
function waitForAll(names: readonly string[], values: Values, to: Reporter): number {
	const flags = statsFlag(values);
	return each(waitAll(names), to, (waiting) => reportExit(to, waiting.end(), flags));
}

/** Ends containers, one after the other. Returns 0, or the exit status of an error. */
function killAll(names: readonly string[], options: KillOptions, to: Reporter): number {
	return each(names, to, (which) => {
		kill(which, options);
		return 0;
	});
}

/**
 * Carries out an action on each container. Reports the error of a container, and continues with the
 * next container. Returns the exit status of the last error, or else of the last container.
 */
function each<T>(all: readonly T[], to: Reporter, act: (one: T) => number): number {
	let failed = 0;
	let last = 0;
	for (const one of all) {
		try {
			last = act(one);
		} catch (error) {
			failed = report(to, error);
		}
	}
	return failed || last;
}

const HELP = "pflask --help";

function nameless(action: Control): UsageError {
	const hint = action === "kill" ? "pflask --kill NAME" : `pflask --${action}=NAME`;
	return new UsageError(`--${action}`, "missing PID or NAME", hint);
}

function execute(values: Values, operands: readonly string[], to: Reporter): number {
	const { exec: which = "", ...others } = values;
	if (which === "") throw nameless("exec");
	const { spec, origins } = specOf(others, operands);
	to.typed = typedWords(new Map([...origins, ["which", "exec"]]));
	const flags = statsFlag(values);
	const container = exec(which, withTerminal(spec), { foreground: true });
	return watch(container, to, PASS_ON | OF_EXEC | flags);
}

function show({ all, json, quiet }: Values): number {
	if (json && quiet) throw new UsageError("--quiet", "contradicts --json", "leave one of them out");
	if (all && quiet) throw new UsageError("--quiet", "contradicts --all", "--list --all --json");
	const found = list({ all: all === true });
	print(
		json ? listJson(found) : quiet ? listPids(found) : listTable(found, userName, all === true),
	);
	return 0;
}

/**
 * Attaches to a container. Returns the exit status for the end of the container, or 0 if the
 * container goes on.
 */
function attached(which: string, values: Values, to: Reporter): number {
	const { "detach-key": key = "^@" } = values;
	const exit = attach(which, { detachKey: readValue("detach-key", key) });
	if (exit !== undefined) return reportExit(to, exit, PASS_ON);
	sayDetached(which);
	return 0;
}

function killOptions({ kill: signal, "kill-after": after }: Values): KillOptions {
	return {
		...(after !== undefined && { killAfter: readValue("kill-after", after) }),
		...(typeof signal === "string" && { signal: readValue("kill", signal) }),
	};
}
