// SPDX-License-Identifier: BSD-2-Clause
// Carries out the actions on detached containers. Only such an action loads this module.
import { attach, exec, type KillOptions, kill, list, logs, wait } from "@pflask/attach";
import { isWritable, outputError, print, sayDetached, UsageError } from "@pflask/command";
import { OF_EXEC, PASS_ON, type Reporter, reportExit } from "@pflask/runtime";
import { EBADF } from "@pflask/runtime/numbers";
import { readValue } from "./kinds.ts";
import { listJson, listPids, listTable } from "./list.ts";
import type { Action, Values } from "./options.ts";
import { watch } from "./run.ts";
import { specOf } from "./spec.ts";
import { statsFlag } from "./stats.ts";
import { withTerminal } from "./terminal.ts";
import { typedWords } from "./words.ts";

/** Carries out an action. Returns the exit status. */
export async function control(
	action: Action,
	values: Values,
	operands: readonly string[],
	to: Reporter,
): Promise<number> {
	to.typed = typedWords(new Map([["which", action]]));
	if (action === "exec") return execute(values, operands, to);
	const which = action === "kill" ? operands[0] : values[action];
	const surplus = operands[action === "kill" ? 1 : 0];
	if (surplus !== undefined)
		throw new UsageError(`--${action}`, `'${surplus}': extra operand`, HELP);
	if (action === "list") return show(values);
	if (which === undefined || which === true || which === "") throw nameless(action);
	switch (action) {
		case "attach":
			return attached(which, values, to);
		case "wait":
			return reportExit(to, wait(which), statsFlag(values));
		case "kill":
			kill(which, killOptions(values));
			return 0;
		case "logs":
			if (!(await isWritable(1))) throw outputError(EBADF);
			logs(which, { follow: values.follow === true });
			return 0;
	}
}

const HELP = "pflask --help";

function nameless(action: Action): UsageError {
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

function show({ json, quiet }: Values): number {
	if (json && quiet) throw new UsageError("--quiet", "contradicts --json", "leave one of them out");
	const text = json ? listJson : quiet ? listPids : listTable;
	print(text(list()));
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
