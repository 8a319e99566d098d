// SPDX-License-Identifier: BSD-2-Clause
// pflask: options -> spec -> plan -> container -> exit status.
// Start-up time counts. All of this is one small module in the executable, so that an import costs
// nothing, unless it is one of Node's; nor is Node's stdin, stdout or stderr touched: milliseconds.
// And on the way to a container there are loops, not Array's some(), filter() and map(), nor `using`:
// these are compiled when they are first met, each in as long as ten system calls take.
import { passOn, print } from "@pflask/command";
import { endProcess, plan, useLibrary } from "@pflask/runtime";
import library from "../../../dist/lib/libpflask.so.0" with { type: "file" };
import { actionOf } from "./action.ts";
import { exactArguments, quickArguments } from "./argv.ts";
import { helpText, versionText } from "./help.ts";
import { parse } from "./parse.ts";
import { type Context, tell } from "./report.ts";
import { leave, stay } from "./run.ts";
import { specOf } from "./spec.ts";
import { openStatusFd } from "./status.ts";
import { withTerminal } from "./terminal.ts";

/** Where the library is in this executable: scripts/compile.ts says it, where that made one. */
const embedded =
	typeof LIBRARY_OFFSET === "number" ? { offset: LIBRARY_OFFSET, size: LIBRARY_SIZE } : undefined;
const context: Context = { origins: new Map(), statusFd: undefined, stoodFor: undefined };
try {
	const status = await act();
	if (context.stoodFor !== undefined) passOn(context.stoodFor);
	endProcess(status);
} catch (error) {
	process.exit(tell(error, context));
}

/** Does what the command line says, and notes in the context what an error report needs. */
async function act(): Promise<number> {
	const { values, operands, error } = parse(quickArguments() ?? (await exactArguments()));
	if (values.help) return show(helpText());
	if (values.version) return show(versionText());
	if (values["status-fd"] !== undefined) context.statusFd = await openStatusFd(values["status-fd"]);
	if (error !== undefined) throw error;
	const action = actionOf(values);
	if (action !== "run") {
		await useLibrary(library, embedded);
		const { control } = await import("./control.ts");
		return await control(action, values, operands, context);
	}
	const { spec, origins } = specOf(values, operands);
	context.origins = origins;
	await useLibrary(library, embedded);
	const made = plan(withTerminal(spec)); // freed by the end of the process
	if (values["dry-run"]) return show(made.text);
	return spec.detach ? leave(made, context) : stay(made, context);
}

function show(text: string): number {
	print(text);
	return 0;
}
