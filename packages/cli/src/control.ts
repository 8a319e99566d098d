// SPDX-License-Identifier: BSD-2-Clause
// The actions on detached containers. This module is loaded only for such an action.
import { attach, exec, type KillOptions, kill, list, logs, wait } from "@pflask/attach";
import { isWritable, outputError, print, UsageError } from "@pflask/command";
import type { Exit } from "@pflask/runtime";
import { EBADF } from "@pflask/runtime/numbers";
import { readValue } from "./kinds.ts";
import { listJson, listPids, listTable } from "./list.ts";
import type { Action, Values } from "./options.ts";
import type { Context } from "./report.ts";
import { stoodFor, tellEnd, watch } from "./run.ts";
import { specOf } from "./spec.ts";
import { withTerminal } from "./terminal.ts";

/** Carries out an action. Returns the exit status. */
export async function control(
	action: Action,
	values: Values,
	operands: readonly string[],
	context: Context,
): Promise<number> {
	context.origins = new Map([["which", action]]);
	if (action === "exec") return execute(values, operands, context);
	const which = action === "kill" ? operands[0] : values[action];
	const surplus = operands[action === "kill" ? 1 : 0];
	if (surplus !== undefined)
		throw new UsageError(`--${action}`, `'${surplus}': extra operand`, HELP);
	if (action === "list") return show(values);
	if (which === undefined || which === true || which === "") throw nameless(action);
	switch (action) {
		case "attach":
			return left(attach(which, keyOption(values)), context);
		case "wait":
			return tellEnd(wait(which), context);
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

const LOST = "command: the status is lost: the monitor or a tracer of the command has read it";

function execute(values: Values, operands: readonly string[], context: Context): number {
	const { exec: which = "", ...others } = values;
	if (which === "") throw nameless("exec");
	const { spec, origins } = specOf(others, operands);
	context.origins = new Map([...origins, ["which", "exec"]]);
	using container = exec(which, withTerminal(spec), { foreground: true });
	return watch(container, context, LOST);
}

function show({ json, quiet }: Values): number {
	if (json && quiet) throw new UsageError("--quiet", "contradicts --json", "leave one of them out");
	const text = json ? listJson : quiet ? listPids : listTable;
	print(text(list()));
	return 0;
}

/** Returns the exit status: for the end of a container, or 0 after detaching by key. */
function left(exit: Exit | undefined, context: Context): number {
	return exit === undefined ? 0 : stoodFor(exit, context);
}

function keyOption({ "detach-key": text = "^@" }: Values): { detachKey: number | null } {
	return { detachKey: readValue("detach-key", text) };
}

function killOptions({ kill: signal, "kill-after": after }: Values): KillOptions {
	return {
		...(after !== undefined && { killAfter: readValue("kill-after", after) }),
		...(typeof signal === "string" && { signal: readValue("kill", signal) }),
	};
}
